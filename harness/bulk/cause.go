package bulk

import (
	"time"

	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/oracle"
)

// clockNoise is the smallest difference of clocks that the oracle takes for a
// skew.
const clockNoise = 5 * time.Millisecond

// cause tells why a user was logged out, from the same evidence as the oracle
// has.
func (e *engine) cause(r *row, f *flight, out outcome, at time.Duration) {
	x := &f.refusal
	name := oracle.Unexplained
	switch {
	case out.gaveUp == client.RefreshNetwork && f.failed:
		name = oracle.RefreshLost
	case out.gaveUp == client.Network && f.failed:
		name = oracle.ConnectionCut
	case x.known && x.reason == reasonUnknown:
		e.graves.unknown(e, r, x.at, at)
		return
	case x.known && x.reason == reasonCached:
		name = oracle.Cached401
	case x.known:
		name = x.clocks()
	case f.bare:
		name = oracle.CookieRejected
	case f.failed:
		name = oracle.ConnectionCut
	}
	e.tally.Cause(at, oracle.CauseNumber(name), 1)
}

// clocks tells a wrong clock from a token that ran out.
func (x *refusal) clocks() string {
	shift := x.here - x.there
	early := x.reason == reasonNotYet
	valid := x.expIn+shift > -x.leeway
	if early {
		valid = x.iatIn+shift <= x.leeway
	}
	switch {
	case valid && (shift.Abs() >= clockNoise || early && shift != 0):
		return oracle.ClockSkew
	case early:
		return oracle.Unexplained
	case x.reason == reasonIdle:
		return oracle.SessionExpired
	}
	return oracle.TokenExpired
}

// graves is what was heard of each process, and which logouts wait for what
// becomes of it: a session that nobody knows was lost if its process has died
// since, and else is on another node. A process counts as dead from its latest
// word on, if a later one of the node is heard of or the node refuses
// connections.
type graves struct{ nodes [][]grave }

type grave struct {
	last    time.Duration // latest word
	refused time.Duration // when the node refused a connection last
	waiting []waiting     // refusals since the latest word
}

// waiting is a logout: when the session was refused, and when it was found.
type waiting struct{ at, found time.Duration }

func newGraves(nodes int) graves { return graves{make([][]grave, nodes)} }

func (g *graves) of(node, boot int) *grave {
	for len(g.nodes[node]) < boot {
		g.nodes[node] = append(g.nodes[node], grave{})
	}
	return &g.nodes[node][boot-1]
}

// word notes that a process was alive, and tells the logouts for which that
// decides.
func (g *graves) word(e *engine, node, boot int, at time.Duration) {
	x := g.of(node, boot)
	if at <= x.last {
		return
	}
	x.last = at
	if len(x.waiting) > 0 {
		x.tell(e)
	}
}

// tell tells the logouts of which it is known that the process was alive.
func (x *grave) tell(e *engine) {
	kept := x.waiting[:0]
	for _, w := range x.waiting {
		if w.at < x.last {
			e.tally.Cause(w.found, elsewhere, 1)
		} else {
			kept = append(kept, w)
		}
	}
	x.waiting = kept
}

var (
	elsewhere = oracle.CauseNumber(oracle.SessionNotOnNode)
	died      = oracle.CauseNumber(oracle.SessionLost)
)

// refused notes that a node refused a connection after its process had ended.
func (g *graves) refused(node, boot int, at time.Duration) {
	x := g.of(node, boot)
	x.refused = max(x.refused, at)
}

// unknown puts a logout down whose session or family was not known.
func (g *graves) unknown(e *engine, r *row, at, found time.Duration) {
	x := g.of(int(r.node), int(r.boot))
	if at < x.last {
		e.tally.Cause(found, elsewhere, 1)
		return
	}
	x.waiting = append(x.waiting, waiting{at, found})
}

// merge adds what was heard elsewhere of the same processes.
func (g *graves) merge(o *graves) {
	for node, boots := range o.nodes {
		for i := range boots {
			x, y := g.of(node, i+1), &boots[i]
			x.last, x.refused = max(x.last, y.last), max(x.refused, y.refused)
			x.waiting = append(x.waiting, y.waiting...)
		}
	}
}

// settle tells the rest, at the end.
func (g *graves) settle(e *engine) {
	for _, boots := range g.nodes {
		for i := range boots {
			x := &boots[i]
			x.tell(e)
			cause := elsewhere
			if i+1 < len(boots) || x.refused > x.last {
				cause = died
			}
			for _, w := range x.waiting {
				e.tally.Cause(w.found, cause, 1)
			}
		}
	}
}
