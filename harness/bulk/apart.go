package bulk

import (
	"context"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// apart reports whether a plan's users cannot meet: where the balancer sends a
// request depends on nothing that others do, and no cache gives one what another
// asked for. Then they are played one by one,
// from their first action to their last, on all cores.
func apart(p *plan.Plan) bool {
	a := p.Variant.Architecture
	return balancer.Policy(a.Balancer.Policy).BySource() && !a.Cache.Enabled
}

// atOnce is how many users a core takes on at a time.
const atOnce = 64

// playApart plays and judges a plan whose users cannot meet. What comes of it
// does not depend on the number of cores, because all that is kept adds up in
// any order.
func playApart(ctx context.Context, p *plan.Plan, o options) (*engine, error) {
	if o.notes != nil {
		return playNoted(ctx, p, o)
	}
	workers := make([]*engine, runtime.GOMAXPROCS(0))
	var next atomic.Int64
	all, ctx := errgroup.WithContext(ctx)
	for i := range workers {
		all.Go(func() (err error) {
			// Made by whoever uses it, so that no two of them share a cache line.
			if workers[i], err = newWorker(p, o); err != nil {
				return err
			}
			return workers[i].liveAll(ctx, &next)
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	for _, w := range workers[1:] {
		workers[0].tally.Merge(w.tally)
		workers[0].gauge.Merge(&w.gauge)
		workers[0].receipts.merge(w.receipts)
		workers[0].people.merge(&w.people)
		workers[0].graves.merge(&w.graves)
	}
	return workers[0], nil
}

// liveAll plays users as long as there are some that nobody has taken.
func (e *engine) liveAll(ctx context.Context, next *atomic.Int64) error {
	users := e.plan.Variant.Workload.Users
	for ctx.Err() == nil {
		to := int(next.Add(atOnce))
		for user := to - atOnce + 1; user <= min(to, users); user++ {
			e.live(user)
		}
		if to >= users {
			return nil
		}
	}
	return ctx.Err()
}

// playNoted plays the users of whom something is to be noted, and nobody else.
func playNoted(ctx context.Context, p *plan.Plan, o options) (*engine, error) {
	w, err := newWorker(p, o)
	if err != nil {
		return nil, err
	}
	for _, user := range o.notes.Users {
		w.live(user)
	}
	return w, ctx.Err()
}

// newWorker makes an engine for users who are played one by one.
func newWorker(p *plan.Plan, o options) (*engine, error) {
	w, err := newEngine(p, 1, o)
	if err != nil {
		return nil, err
	}
	w.receipts.apart(w.machines)
	w.sky, err = newSky(w)
	return w, err
}

// live plays all that one user does.
func (e *engine) live(user int) {
	e.rows[0], e.first = row{}, user
	e.sources[0] = e.source(user)
	walk := e.plan.Walk(user)
	s, some := walk.Step(e.plan)
	for {
		due, waits := e.agenda.first()
		switch {
		case some && (!waits || s.At+e.way <= due):
			if waits || !e.brisk(s) {
				e.slot(slot{Step: s})
			}
			s, some = walk.Step(e.plan)
		case waits:
			e.pick(e.agenda.pop(), due)
		default:
			return
		}
	}
}

// sky is what the balancer takes its nodes for at any time, known beforehand.
type sky struct {
	spells []spell // by time; the first begins with the run
	now    int     // the one that the latest question was about
}

// spell is a time in which the balancer does not change its mind.
type spell struct {
	from     time.Duration
	balancer *balancer.Balancer
}

// newSky plays an engine's weather, on to where nothing can change any more.
func newSky(e *engine) (*sky, error) {
	s := &sky{}
	if err := s.clears(e, 0); err != nil {
		return nil, err
	}
	settles := e.weather.interval * time.Duration(e.settings.Health.Rise+e.settings.Health.Fall+1)
	end := settles
	for _, c := range changes(e.plan.Variant.Faults) {
		end = max(end, c.at+settles)
	}
	states := e.states()
	for at := e.weather.next(); at <= end; at = e.weather.next() {
		e.weather.until(e, at)
		if now := e.states(); !slices.Equal(states, now) {
			states = now
			if err := s.clears(e, at); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// clears adds a spell in which the balancer takes its nodes for what it does
// now.
func (s *sky) clears(e *engine, from time.Duration) error {
	b, err := balancer.New(e.settings, e)
	if err != nil {
		return err
	}
	for i, state := range e.states() {
		if state != balancer.Up {
			b.Down(i)
		}
	}
	s.spells = append(s.spells, spell{from, b})
	return nil
}

// states is what the balancer takes its nodes for now.
func (e *engine) states() []balancer.State {
	all := make([]balancer.State, len(e.machines))
	for i := range all {
		all[i] = e.balancer.State(i)
	}
	return all
}

// at is the balancer at a moment.
func (s *sky) at(t time.Duration) *balancer.Balancer {
	for t < s.spells[s.now].from {
		s.now--
	}
	for s.now+1 < len(s.spells) && t >= s.spells[s.now+1].from {
		s.now++
	}
	return s.spells[s.now].balancer
}
