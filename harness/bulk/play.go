package bulk

import (
	"context"
	"fmt"
	"sync"

	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/workload"
)

// Played is a plan that was played and judged: all that its result is made from.
type Played struct {
	Judgement   *oracle.Judgement // without findings: it has their sums
	Receipts    []result.Receipt  // of the plan's faults, in their order
	Attribution map[string]map[string]int

	users  int
	people people
}

// options are what a plan is played for.
type options struct {
	tell     func(workload.Progress) // may be nil; is called by one goroutine at a time
	receipts bool                    // what each fault changed is to be counted
	notes    *notes                  // nil: nothing is noted
}

// Judge plays a plan and judges it: verdicts and causes, without the culprits
// and what the faults changed. The error says why the plan does not fit (see
// [Fits]), or is that of ctx: of a plan that is not played to its end nothing is
// said.
func Judge(ctx context.Context, p *plan.Plan) (*oracle.Judgement, error) {
	e, err := play(ctx, p, options{})
	if err != nil {
		return nil, err
	}
	j := e.judgement()
	j.Sums = nil
	return j, nil
}

// Play is [Judge] with all that there is to be said. It tells how far it is; tell
// may be nil.
func Play(ctx context.Context, p *plan.Plan, tell func(workload.Progress)) (*Played, error) {
	e, err := play(ctx, p, options{tell: oneByOne(tell), receipts: true})
	if err != nil {
		return nil, err
	}
	return &Played{Judgement: e.judgement(), Receipts: e.receipts.receipts(), Attribution: e.receipts.attribution(), users: p.Variant.Workload.Users, people: e.people}, nil
}

func play(ctx context.Context, p *plan.Plan, o options) (*engine, error) {
	if err := Fits(p); err != nil {
		return nil, fmt.Errorf("this plan needs the full engine: it has %w", err)
	}
	how := playTogether
	if apart(p) && !(o.receipts && meetInReceipts(p)) {
		how = playApart
	}
	e, err := how(ctx, p, o)
	if err != nil {
		return nil, err
	}
	e.graves.settle(e)
	return e, nil
}

func (e *engine) judgement() *oracle.Judgement {
	j := e.tally.Judgement()
	load := e.gauge.Load(false)
	j.Load, j.Complete = &load, true
	return j
}

// teller tells now and then how far a run is.
type teller struct {
	to   func(workload.Progress) // is told what has been done since the last time
	said workload.Progress
}

const tellEvery = 1 << 14 // actions

func (t *teller) tell(out outcome) {
	t.said.Done++
	if out.shown == client.ShownLogin {
		t.said.LoggedOut++
	}
	if t.to != nil && t.said.Done == tellEvery {
		t.to(t.said)
		t.said = workload.Progress{}
	}
}

// oneByOne adds up what several tell.
func oneByOne(tell func(workload.Progress)) func(workload.Progress) {
	if tell == nil {
		return nil
	}
	var mu sync.Mutex
	var all workload.Progress
	return func(more workload.Progress) {
		mu.Lock()
		defer mu.Unlock()
		all.Done += more.Done
		all.LoggedOut += more.LoggedOut
		tell(all)
	}
}
