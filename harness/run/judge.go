package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// Judged is a judged history: all that reports are written from.
type Judged struct {
	Header    history.Header
	Result    *result.Result
	Judgement *oracle.Judgement
}

// JudgeFile judges the history at path, reading it once. Live and offline
// judging are this one function. A damaged or foreign file is an error (see
// [history.Open]), and so is one from which actions are missing; a run that was
// killed is not. Of a run whose history is not of all users, path is its
// [WholeFile] or its history: the users kept are judged again, and what the
// whole run came to is as it was.
func JudgeFile(path string) (*Judged, error) {
	if filepath.Base(path) == WholeFile {
		return judgeWhole(path)
	}
	r, err := history.Open(path)
	if err != nil {
		return nil, err
	}
	if k := r.Header().Kept; k != nil {
		j, err := judgeWhole(filepath.Join(filepath.Dir(path), WholeFile))
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%s is the history of %d users of %d alone: what the whole run came to is in its %s, which is not beside it", path, k.Harmed+k.Others, r.Header().Users, WholeFile)
		}
		return j, err
	}
	return judge(path, r)
}

// judge judges the history that r reads; path is its name.
func judge(path string, r *history.Reader) (*Judged, error) {
	t := newTrial(r.Header())
	events := r.Events()
	if r.Header().Unordered {
		events = history.ByTime(events)
	}
	for e, err := range events {
		if err != nil {
			return nil, err
		}
		t.Append(&e)
	}
	j, err := t.judged()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return j, nil
}

// Watch plays a plan in virtual time and judges it as it goes: nothing is
// saved. Of o the plan and the version are looked at.
func Watch(ctx context.Context, on substrate.Virtual, o Options) (*Judged, error) {
	o.Substrate = on
	t := newTrial(Header(ctx, o, substrate.Clock{Epoch: on.Epoch()}))
	load, end, err := on.Play(ctx, o.Plan, t, o.OnProgress)
	if err != nil {
		return nil, &InfrastructureError{err}
	}
	t.Append(&history.Event{At: end, Type: history.End, Load: &load})
	return t.judged()
}

// trial judges a history, event by event.
type trial struct {
	header   history.Header
	verdicts *oracle.Fold
	receipts *fault.ReceiptFold
	err      error
}

func newTrial(h history.Header) *trial {
	t := &trial{header: h, verdicts: oracle.New(h)}
	t.receipts, t.err = fault.NewReceipts(h)
	return t
}

// Append takes the next event.
func (t *trial) Append(e *history.Event) {
	if t.err == nil {
		t.verdicts.Add(e)
		t.receipts.Add(e)
	}
}

func (t *trial) judged() (*Judged, error) {
	if t.err != nil {
		return nil, t.err
	}
	j := t.verdicts.Judgement()
	if err := whole(t.header, j); err != nil {
		return nil, fmt.Errorf("%w. The file was edited; run the variant again", err)
	}
	return &Judged{Header: t.header, Result: result.New(t.header, j, t.receipts.Receipts(), t.receipts.ChangedBy), Judgement: j}, nil
}

// whole refuses a history whose end says that there were other actions than
// there are, or fewer than planned although nothing interrupted the run.
func whole(h history.Header, j *oracle.Judgement) error {
	switch {
	case j.Load == nil:
	case j.Actions != j.Load.Hits:
		return fmt.Errorf("the load generator counts %d actions, but %d are here", j.Load.Hits, j.Actions)
	case j.Actions != h.Actions && !j.Load.Interrupted:
		return fmt.Errorf("the header plans %d actions, but %d are here, and nothing interrupted the run", h.Actions, j.Actions)
	}
	return nil
}
