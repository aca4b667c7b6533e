package bulk

import (
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// brisk plays a page of a user who is alone in one go: a renewal if the client's
// clock asks for one, and the page. From the first request on that is not simply
// accepted the engine plays the action step by step. It reports whether it began
// the action. What comes of it is what comes of [engine.slot].
func (e *engine) brisk(s plan.Step) bool {
	r := &e.rows[0]
	if s.Kind != plan.Page || !r.has(in) || e.notes != nil || len(e.receipts.all) > 0 {
		return false
	}
	a, f := &e.answer, &e.single
	begun := max(s.At, r.free)
	e.gauge.Slot(s.At)
	e.gauge.Begun(begun - s.At)
	e.page(r, f, begun, 0)
	if f.op == opRefresh {
		v := e.visit(r, f, 0)
		if v.boot == 0 || !a.accept {
			e.onwards(s, begun, v)
			return true
		}
		e.visited(v)
		e.tally.Renewed(v.at, v.node)
		e.keep(r, f, a, v.answered)
		f.op, f.sent = opPage, v.answered
	}
	v := e.visit(r, f, e.work)
	during := oracle.Span{From: begun, To: v.answered}
	if v.boot == 0 || !a.accept || !r.ledger.Keeps(during, e.promise) {
		e.onwards(s, begun, v)
		return true
	}
	e.visited(v)
	e.tally.Opened(v.at, v.answered, v.node)
	r.ledger.Used(during)
	r.free = v.answered
	e.gauge.Over(200, v.answered-s.At)
	e.teller.tell(outcome{})
	return true
}

// visit is a request of a user who is alone.
type visit struct {
	node, boot   int // who decided on it; boot is 0 if nobody has
	at, answered time.Duration
}

// visit lets a node decide on a request and answer it, if the node that the
// balancer picks is sure to: it takes this long at most to make an answer.
func (e *engine) visit(r *row, f *flight, made time.Duration) visit {
	at := f.sent + e.way
	b := e.sky.at(at)
	bound := balancer.None
	if r.has(stuck) && at < r.bound {
		bound = int(r.sticky)
	}
	throws := r.throws
	e.thrower = r
	node := b.Choose(e.sources[0], 0, bound, at)
	if node == balancer.None {
		return visit{}
	}
	at += e.near
	boot, until, up := e.machines[node].life(at)
	if !up || until <= at+made {
		r.throws = throws
		return visit{}
	}
	a := &e.answer
	a.accept, a.known, a.expiresIn, a.cookieFor = true, false, 0, 0
	e.decide(r, f, a, node, boot, at)
	back := at + e.near
	if a.accept {
		back += made
	}
	if e.sticks {
		r.sticky, r.bound = uint8(node), b.BoundUntil(back)
		r.flags |= stuck
	}
	return visit{node, boot, at, back + e.way}
}

// visited notes that a process was alive.
func (e *engine) visited(v visit) {
	l := &e.machines[v.node].lives[v.boot-1]
	if v.at <= l.heard {
		return
	}
	l.heard = v.at
	if e.graves.word(e, v.node, v.boot, v.at) {
		e.people.of(v.node, v.boot).last.hear(v.at, e.first)
	}
}

// onwards plays an action step by step, from its latest request on.
func (e *engine) onwards(s plan.Step, begun time.Duration, v visit) {
	i := e.flight()
	f := &e.flights[i]
	*f = flight{kind: plan.Page, page: max(s.Page, 1), op: e.single.op, due: s.At, begun: begun, sent: e.single.sent}
	e.rows[0].flags |= busy
	if v.boot == 0 {
		e.agenda.push(f.sent+e.way, i)
		return
	}
	a := &e.answer
	e.visited(v)
	e.tally.Decision(v.at, v.node, a.accept)
	e.answered(i, a, e.status(f, a), v.answered)
}
