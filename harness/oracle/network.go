package oracle

import (
	"cmp"

	"github.com/logoutlab/logoutlab/harness/history"
)

// renewalFailed explains a renewal that met a transport error or a 5xx.
func (f *Fold) renewalFailed(r *request, x *Finding) cause {
	describe(r, x)
	if name := r.rejectedBy(x); name != "" {
		return cause{name: name}
	}
	x.note("the client gave up its login instead of trying again")
	return cause{name: RefreshLost}
}

// failureCause explains a request that met a transport error or a 5xx.
func (f *Fold) failureCause(a *action, r *request, x *Finding) cause {
	describe(r, x)
	if name := r.rejectedBy(x); name != "" {
		return cause{name: name}
	}
	e := &r.response
	during := Span{e.Sent, e.At}
	if n, said := f.nodes.stoppingDuring(r.node(), during); n != nil {
		x.note("%s had said at %v that it is stopping, and did not let the request finish", n.name, short(said))
		return cause{name: DrainMissing, culprit: n.name}
	}
	if n, died := f.nodes.overloadedDuring(r.node(), during); n != nil {
		x.note("%s had died of overload at %v, with all requests that it had", n.name, short(died))
		return cause{name: Overload, culprit: n.name}
	}
	timeout := e.Err == history.ErrTimeout || e.Status == 504
	if timeout && len(r.routes) == 0 {
		x.note("no connection is known to have failed: the answer just did not come in time")
		return cause{name: Overload}
	}
	return cause{name: ConnectionCut}
}

// rejectedBy is the cause that a node itself gave for a 5xx; "" if none did.
func (r *request) rejectedBy(x *Finding) string {
	if !r.decided || r.decision.Accept {
		return ""
	}
	name := plainCause(r.decision.Reason)
	if name != "" {
		x.note("%s answered: %s", r.decision.Node, r.decision.Reason)
	}
	return name
}

// node is the node that the request went to last, as far as is known.
func (r *request) node() string {
	for i := len(r.routes) - 1; i >= 0; i-- {
		if r.routes[i].Node != "" {
			return r.routes[i].Node
		}
	}
	if r.decided {
		return r.decision.Node
	}
	return ""
}

// describe tells how a request failed.
func describe(r *request, x *Finding) {
	e := &r.response
	if e.Err != "" {
		x.note("%s ended without an answer: %s", orOp(e), e.Err)
	} else {
		x.note("%s was answered with %d", orOp(e), e.Status)
	}
	for i := range r.routes {
		x.note("the balancer's attempt at %s failed: %s", cmp.Or(r.routes[i].Node, "a node that it does not name"), r.routes[i].Err)
	}
}
