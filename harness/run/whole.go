package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/logoutlab/logoutlab/harness/bulk"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// WholeFile has what a whole run came to, where the history is not of all its
// users.
const WholeFile = "judged.json"

// Whole is what a run came to of which not all is kept: its result can be made
// from it again, and its report.
type Whole struct {
	Schema      int                       `json:"schema"`
	Header      history.Header            `json:"header"`
	Judgement   *oracle.Judgement         `json:"judgement"` // with some of the findings, and the sums of all
	Receipts    []result.Receipt          `json:"receipts"`
	Attribution map[string]map[string]int `json:"attribution"`
	Kept        oracle.Counts             `json:"kept"` // the verdicts of the users whose history is kept

	sample   func(harmed, others int) []int // whose histories are to be kept, ascending
	harmed   func(user int) bool
	verdicts map[int]oracle.Counts // of the users kept
}

// wholeSchema is the version of the file.
const wholeSchema = 1

// Judged makes the result.
func (w *Whole) Judged() *Judged {
	return &Judged{Header: w.Header, Judgement: w.Judgement, Result: result.Of(w.Header, w.Judgement, w.Receipts, w.Attribution)}
}

// judgeBulk plays a plan in bulk and judges it.
func judgeBulk(ctx context.Context, o Options, clock substrate.Clock) (*Whole, *bulk.Played, error) {
	w := &Whole{Schema: wholeSchema}
	var header sync.WaitGroup // it draws every slot once more
	header.Go(func() { w.Header = Header(ctx, o, clock) })
	played, err := bulk.Play(ctx, o.Plan, o.OnProgress)
	header.Wait()
	if err != nil {
		return nil, nil, err
	}
	w.Judgement, w.Receipts, w.Attribution, w.sample = played.Judgement, played.Receipts, played.Attribution, played.Sample
	if err := whole(w.Header, w.Judgement); err != nil {
		return nil, nil, err
	}
	return w, played, nil
}

// Recount plays a plan once more, for what the whole run comes to: it keeps no
// history.
func Recount(ctx context.Context, o Options) (*Whole, error) {
	clock := substrate.Clock{Epoch: o.Substrate.(substrate.Virtual).Epoch()}
	var w *Whole
	var err error
	if o.engine() == Bulk {
		w, _, err = judgeBulk(ctx, o, clock)
	} else {
		w, _, err = exactTwice(ctx, o, clock)
	}
	if err != nil {
		return nil, &InfrastructureError{err}
	}
	return w, nil
}

// Digest is the SHA-256 of all counts of the run, in hexadecimal. Findings and
// stories do not count: they are those of the users kept.
func (w *Whole) Digest() (string, error) {
	j := *w.Judgement
	j.Sums = j.Sum()
	j.Findings, j.Stories, j.Affected = nil, nil, nil
	text, err := json.Marshal([]any{w.Header.PlanHash, j, w.Receipts, w.Attribution})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// saveWhole writes what a run came to into a directory that has none.
func saveWhole(dir string, w *Whole) error {
	f, err := os.OpenFile(filepath.Join(dir, WholeFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(json.NewEncoder(f).Encode(w), f.Close())
}

// LoadWhole reads what a run came to. The error names the file.
func LoadWhole(path string) (*Whole, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	w := &Whole{}
	switch err := json.Unmarshal(text, w); {
	case err != nil:
		return nil, fmt.Errorf("%s: %w: the file is damaged; run the variant again", path, err)
	case w.Schema != wholeSchema || w.Judgement == nil || w.Judgement.Sums == nil || w.Judgement.Load == nil:
		return nil, fmt.Errorf("%s is not what a run came to, of the schema %d that this version reads", path, wholeSchema)
	case len(w.Receipts) != len(w.Header.Faults):
		return nil, fmt.Errorf("%s has %d receipts of %d faults: the file is damaged; run the variant again", path, len(w.Receipts), len(w.Header.Faults))
	}
	return w, nil
}

// judgeWhole reads what a run came to, and judges the users again whose history
// is beside it: their verdicts must be what they were.
func judgeWhole(path string) (*Judged, error) {
	w, err := LoadWhole(path)
	if err != nil {
		return nil, err
	}
	if k := w.Header.Kept; k == nil || k.Harmed+k.Others == 0 {
		return w.Judged(), nil
	}
	kept := filepath.Join(filepath.Dir(path), HistoryFile)
	r, err := history.Open(kept)
	if err != nil {
		return nil, err
	}
	if h := r.Header(); h.PlanHash != w.Header.PlanHash || h.Seed != w.Header.Seed || h.Version != w.Header.Version {
		return nil, fmt.Errorf("%s is of another run than %s beside it", kept, WholeFile)
	}
	j, err := oracle.Judge(r.Header(), r.Events())
	switch {
	case err != nil:
		return nil, err
	case !j.Complete:
		return nil, fmt.Errorf("%s has no end, and %s says that it has one: run the variant again", kept, WholeFile)
	case j.Verdicts != w.Kept:
		return nil, fmt.Errorf("%s: the users kept come to the verdicts %+v, and to %+v when they ran: the file was edited, or this version judges otherwise; run the variant again", kept, j.Verdicts, w.Kept)
	}
	return w.Judged(), nil
}
