package bulk

import (
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// agenda is the requests that are on their way to the balancer, by the time of
// their arrival; of two at one moment the one that was put down first.
type agenda struct {
	heap  []entry
	count uint32
}

type entry struct {
	at    time.Duration
	order uint32
	what  int32
}

func (a *entry) before(b *entry) bool {
	return a.at < b.at || a.at == b.at && int32(a.order-b.order) < 0
}

func (a *agenda) first() (time.Duration, bool) {
	if len(a.heap) == 0 {
		return forever, false
	}
	return a.heap[0].at, true
}

func (a *agenda) push(at time.Duration, what int32) {
	a.count++
	e := entry{at, a.count, what}
	h := append(a.heap, e)
	i := len(h) - 1
	for i > 0 && e.before(&h[(i-1)/2]) {
		h[i] = h[(i-1)/2]
		i = (i - 1) / 2
	}
	h[i] = e
	a.heap = h
}

func (a *agenda) pop() int32 {
	h := a.heap
	top, last := h[0].what, h[len(h)-1]
	h = h[:len(h)-1]
	a.heap = h
	if len(h) == 0 {
		return top
	}
	i := 0
	for {
		c := 2*i + 1
		if c+1 < len(h) && h[c+1].before(&h[c]) {
			c++
		}
		if c >= len(h) || !h[c].before(&last) {
			break
		}
		h[i] = h[c]
		i = c
	}
	h[i] = last
	return top
}

// dones is when requests are over in the balancer's eyes.
type dones struct{ agenda }

func (d *dones) until(b *balancer.Balancer, at time.Duration) {
	for due, some := d.first(); some && due <= at; due, some = d.first() {
		b.Done(int(d.pop()))
	}
}

// weather is what the balancer hears of its nodes: health checks, and nodes
// that come back.
type weather struct {
	interval time.Duration
	check    time.Duration // the next
	changes  []change      // nodes that come back
}

func newWeather(p *plan.Plan) weather {
	w := weather{interval: p.Variant.Architecture.Balancer.Health.Interval, check: forever}
	if w.interval > 0 {
		w.check = w.interval
	}
	for _, c := range changes(p.Variant.Faults) {
		if c.over && c.fault.Name == "node_kill" {
			w.changes = append(w.changes, c)
		}
	}
	return w
}

// next is when the balancer hears something next.
func (w *weather) next() time.Duration {
	if len(w.changes) > 0 {
		return min(w.changes[0].at, w.check)
	}
	return w.check
}

func (w *weather) until(e *engine, at time.Duration) {
	for {
		switch {
		case len(w.changes) > 0 && w.changes[0].at <= min(at, w.check):
			e.back(w.changes[0])
			w.changes = w.changes[1:]
		case w.check <= at:
			for i := range e.machines {
				_, _, up := e.machines[i].life(w.check)
				e.balancer.Check(i, up, w.check)
			}
			w.check += w.interval
		default:
			return
		}
	}
}

// back tells the balancer which nodes have started again.
func (e *engine) back(c change) {
	for i := range e.machines {
		m := &e.machines[i]
		if n := c.fault.Params.Node; n >= 0 && n != i {
			continue
		}
		if boot, _, up := m.life(c.at); up && boot > 1 && m.lives[boot-1].from == c.at {
			e.balancer.Restore(i, c.at)
		}
	}
}
