package run

import (
	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
)

// Judged is a judged history: all that reports are written from.
type Judged struct {
	Header    history.Header
	Result    *result.Result
	Judgement *oracle.Judgement
}

// JudgeFile judges the history at path, reading it once. Live and offline
// judging are this one function. A damaged or foreign file is an error (see
// [history.Open]); a run that was killed is not.
func JudgeFile(path string) (*Judged, error) {
	r, err := history.Open(path)
	if err != nil {
		return nil, err
	}
	h := r.Header()
	receipts, err := fault.NewReceipts(h)
	if err != nil {
		return nil, err
	}
	verdicts := oracle.New(h)
	for e, err := range r.Events() {
		if err != nil {
			return nil, err
		}
		verdicts.Add(&e)
		receipts.Add(&e)
	}
	j := verdicts.Judgement()
	return &Judged{Header: h, Result: result.New(h, j, receipts.Receipts()), Judgement: j}, nil
}
