package sim

import (
	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// desk is who works on what in a process whose capacity is bounded.
type desk struct {
	*app.Admission
	waiting map[app.Ticket]*hop
}

// newDesk is that of a process which has nothing to do; nil if there is no
// bound.
func newDesk(a scenario.App) *desk {
	if a.Capacity == 0 {
		return nil
	}
	return &desk{app.NewAdmission(parts.Bounds(a)), map[app.Ticket]*hop{}}
}

// place is a request's at a desk. The zero place is none.
type place struct {
	at     *desk
	ticket app.Ticket
}

// admit lets a request begin, wait, or go. The login form takes no place: there
// is nothing to decide.
func (n *node) admit(h *hop) {
	if n.desk == nil || h.lost || h.request.Op == client.OpLoginForm {
		n.serve(h)
		return
	}
	t, entry := n.desk.Offer(n.cluster.clock.now)
	switch entry {
	case app.Serve:
		h.place = place{n.desk, t}
		n.serve(h)
	case app.Wait:
		h.place = place{n.desk, t}
		n.desk.waiting[t] = h
		n.awaitTurn(h)
	case app.Refuse:
		if n.cluster.arch.App.OnOverload == scenario.Crash {
			n.crash()
			return
		}
		n.refuse(h)
	}
}

// awaitTurn refuses a request when it has waited too long.
func (n *node) awaitTurn(h *hop) {
	patience := n.cluster.arch.App.QueueTimeout
	if patience == 0 {
		return
	}
	n.cluster.clock.after(patience, func() {
		n.unlessPaused(func() {
			if p := h.place; !h.lost && p.at != nil && p.at == n.desk && n.desk.Expire(p.ticket, n.cluster.clock.now) {
				delete(n.desk.waiting, p.ticket)
				h.place = place{}
				n.refuse(h)
			}
		})
	})
}

// release gives a request's place to the one that has waited longest. A desk
// that all have been swept from gets nothing back.
func (n *node) release(h *hop) {
	p := h.place
	h.place = place{}
	if p.at == nil || p.at != n.desk {
		return
	}
	delete(n.desk.waiting, p.ticket)
	if next := n.desk.Leave(p.ticket); next != 0 {
		h := n.desk.waiting[next]
		delete(n.desk.waiting, next)
		n.serve(h)
	}
}

// refuse answers a request that there is no capacity for.
func (n *node) refuse(h *hop) {
	req, _ := h.asks()
	at := n.cluster.clock.now
	r := app.Record{At: at, Clock: at + n.offset, Op: req.Op, Decision: auth.Decision{Reason: auth.ReasonOverload}}
	a := n.decided(h.exchange, r)
	n.drop(h)
	h.answered(a)
}

// crash ends a process that has more to do than it can, and starts another when
// its time has come, unless a fault has seen to the node meanwhile.
func (n *node) crash() {
	c := n.cluster
	n.say(history.StateCrashed)
	n.end()
	n.died = n.boot
	boot := n.boot
	c.clock.after(c.arch.App.Restart, func() {
		if n.died == boot && n.boot == boot {
			_ = c.StartNode(n.index) // there is room for it: it ran before
		}
	})
}
