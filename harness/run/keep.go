package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/logoutlab/logoutlab/harness/bulk"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

// How many users' histories are kept at most, where not all are: fewer, if each
// does much.
const (
	keptHarmed  = 2000
	keptOthers  = 100
	keptActions = 400_000
)

// runAffected plays the plan, judges all of it, and plays it again for the
// histories of some users. What comes of the second time is held against the
// first.
func runAffected(ctx context.Context, o Options, clock substrate.Clock) (*Judged, error) {
	var w *Whole
	var again func(users []int, to history.Sink) error
	var err error
	if o.engine() == Bulk {
		w, again, err = bulkTwice(ctx, o, clock)
	} else {
		w, again, err = exactTwice(ctx, o, clock)
	}
	if err != nil {
		return nil, &InfrastructureError{err}
	}
	err = os.MkdirAll(o.Dir, 0o755)
	if err == nil {
		err = keep(ctx, o, w, again)
	}
	if disk := (*fs.PathError)(nil); err != nil && !errors.As(err, &disk) {
		return nil, &InfrastructureError{err} // what the run came to is in doubt
	}
	j := w.Judged()
	if err == nil {
		err = errors.Join(saveWhole(o.Dir, w), Save(o.Dir, j.Result))
	}
	if err != nil {
		return j, &InfrastructureError{err}
	}
	return j, nil
}

// keep records the histories of some users, and adds their stories to what the
// run came to. A nil again says that it cannot be done, and the header why.
func keep(ctx context.Context, o Options, w *Whole, again func([]int, history.Sink) error) error {
	h := &w.Header
	if again == nil || ctx.Err() != nil {
		if h.Kept == nil {
			h.Kept = &history.Kept{Of: w.Judgement.Harmed, Why: "the run was interrupted"}
		}
		return nil
	}
	each := max(1, h.Actions/max(1, h.Users)) // actions of a user
	users := w.sample(min(keptHarmed, max(1, keptActions/each)), min(keptOthers, max(1, keptActions/20/each)))
	h.Kept = &history.Kept{Of: w.Judgement.Harmed}
	for _, u := range users {
		if w.harmed(u) {
			h.Kept.Harmed++
		} else {
			h.Kept.Others++
		}
	}
	path := filepath.Join(o.Dir, HistoryFile)
	record, err := history.CreateRepeatable(path, *h)
	if err != nil {
		return err
	}
	kept := newPlayed(*h)
	err = again(users, both{record, kept})
	if ctx.Err() == nil {
		record.Append(&history.Event{At: w.Judgement.Last, Type: history.End, Load: w.Judgement.Load})
	}
	if err := errors.Join(err, record.Close()); err != nil {
		return err
	}
	if ctx.Err() != nil { // what there is of it can be judged by nothing
		h.Kept = &history.Kept{Of: w.Judgement.Harmed, Why: "the run was interrupted"}
		return os.Remove(path)
	}
	j, err := kept.end(w.verdicts)
	if err != nil {
		return err
	}
	w.Kept = j.Verdicts
	if w.Judgement.Stories == nil {
		w.Judgement.Findings, w.Judgement.Stories = j.Findings, j.Stories
	}
	return nil
}

// bulkTwice plays the plan in bulk. Again, that notes what the balancer chose
// for some users, who then play alone in the full engine.
func bulkTwice(ctx context.Context, o Options, clock substrate.Clock) (*Whole, func([]int, history.Sink) error, error) {
	w, played, err := judgeBulk(ctx, o, clock)
	if err != nil {
		return nil, nil, err
	}
	w.harmed = played.Harmed
	if err := bulk.Traceable(o.Plan); err != nil {
		w.Header.Kept = &history.Kept{Of: w.Judgement.Harmed, Why: "there is " + err.Error()}
		return w, nil, nil
	}
	return w, func(users []int, to history.Sink) error {
		t, err := bulk.TraceUsers(ctx, o.Plan, users)
		if err != nil {
			return ifNot(ctx, err)
		}
		w.verdicts = map[int]oracle.Counts{}
		for i, u := range users {
			w.verdicts[u] = t.Verdicts[i]
		}
		_, err = o.Substrate.(*sim.Substrate).PlayCast(ctx, o.Plan, t.Cast, to)
		return ifNot(ctx, err)
	}, nil
}

// ifNot is err, unless the run was interrupted.
func ifNot(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// exactTwice plays the plan in the full engine, and again to record some users.
func exactTwice(ctx context.Context, o Options, clock substrate.Clock) (*Whole, func([]int, history.Sink) error, error) {
	on := o.Substrate.(substrate.Virtual)
	t := newTrial(Header(ctx, o, clock))
	load, end, err := on.Play(ctx, o.Plan, t, o.OnProgress)
	if err != nil {
		return nil, nil, err
	}
	t.Append(&history.Event{At: end, Type: history.End, Load: &load})
	judged, err := t.judged()
	if err != nil {
		return nil, nil, err
	}
	j := judged.Judgement
	harmed := map[int]bool{}
	for _, u := range j.Affected {
		harmed[u] = true
	}
	w := &Whole{
		Schema: wholeSchema, Header: t.header, Judgement: j, Receipts: t.receipts.Receipts(), Attribution: judged.Result.Attribution,
		harmed: func(u int) bool { return harmed[u] },
		sample: func(most, others int) []int {
			users := slices.Clone(j.Affected[:min(most, len(j.Affected))])
			for u := 1; u <= t.header.Users && others > 0; u++ {
				if !harmed[u] {
					users = append(users, u)
					others--
				}
			}
			slices.Sort(users)
			return users
		},
	}
	if load.Interrupted {
		w.Header.Kept = &history.Kept{Of: j.Harmed, Why: "the run was interrupted"}
		w.few(nil)
		return w, nil, nil
	}
	return w, func(users []int, to history.Sink) error {
		w.verdicts = w.few(users)
		_, _, err := on.Play(ctx, o.Plan, &some{to: to, users: users, of: map[int]int{}}, nil)
		return err
	}, nil
}

// few leaves of the findings those of some users, and a few of each kind, and
// sums all up. It gives the verdicts of the users that are not ok.
func (w *Whole) few(users []int) map[int]oracle.Counts {
	const eachKind = 4
	j := w.Judgement
	j.Sums = j.Sum()
	verdicts := map[int]oracle.Counts{}
	kinds := map[string]int{}
	j.Findings = slices.DeleteFunc(j.Findings, func(x oracle.Finding) bool {
		kind := string(x.Verdict) + " " + x.Cause
		kinds[kind]++
		_, mine := slices.BinarySearch(users, x.User)
		if mine {
			c := verdicts[x.User]
			c.Add(x.Verdict)
			verdicts[x.User] = c
		}
		return !mine && kinds[kind] > eachKind
	})
	j.Affected = nil
	return verdicts
}

// both is two sinks.
type both [2]history.Sink

// Append gives both the event.
func (b both) Append(e *history.Event) {
	b[0].Append(e)
	b[1].Append(e)
}

// some records what some users do, and what belongs to nobody.
type some struct {
	to    history.Sink
	users []int       // ascending
	of    map[int]int // whose their requests are
}

// Sent notes whose request has a number.
func (s *some) Sent(user, request int) {
	if _, mine := slices.BinarySearch(s.users, user); mine {
		s.of[request] = user
	}
}

// Append records an event, if it is to be.
func (s *some) Append(e *history.Event) {
	mine := e.User == 0 && e.Req == 0
	if e.Req != 0 {
		_, mine = s.of[e.Req]
	} else if e.User != 0 {
		_, mine = slices.BinarySearch(s.users, e.User)
	}
	if mine {
		s.to.Append(e)
	}
}

// played judges users as they are played again.
type played struct {
	*oracle.Fold
	actions map[int]int
}

func newPlayed(h history.Header) *played { return &played{oracle.New(h), map[int]int{}} }

// Append takes the next event.
func (p *played) Append(e *history.Event) {
	p.Add(e)
	if e.Type == history.Action {
		p.actions[e.User]++
	}
}

// end judges them, and refuses verdicts that differ from those of the run; of
// users of whom it says nothing of what was ok, only the others count.
func (p *played) end(first map[int]oracle.Counts) (*oracle.Judgement, error) {
	j := p.Judgement()
	now := map[int]oracle.Counts{}
	for _, x := range j.Findings {
		c := now[x.User]
		c.Add(x.Verdict)
		now[x.User] = c
	}
	for u, want := range first {
		got := now[u]
		if want.OK > 0 {
			got.OK = p.actions[u] - got.Total()
		}
		if got != want {
			return nil, fmt.Errorf("user %d, played again, comes to the verdicts %+v, where the run came to %+v: please report this, with the seed", u, got, want)
		}
	}
	for _, u := range slices.Sorted(maps.Keys(now)) {
		if _, known := first[u]; !known {
			return nil, fmt.Errorf("user %d, played again, comes to the verdicts %+v, where all was ok: please report this, with the seed", u, now[u])
		}
	}
	return j, nil
}
