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
	name, culprit, by := oracle.Unexplained, -1, int8(0)
	switch {
	case out.gaveUp == client.RefreshNetwork && f.failed:
		name, by = oracle.RefreshLost, f.failedBy
	case out.gaveUp == client.Network && f.failed:
		name, by = oracle.ConnectionCut, f.failedBy
	case x.known && x.reason == reasonUnknown:
		e.graves.unknown(e, r, waiting{x.at, at, f.refusedBy})
		return
	case x.known && x.reason == reasonCached:
		name = oracle.Cached401
	case x.known:
		name, culprit = x.clocks()
		by = f.refusedBy
	case f.bare:
		name, by = oracle.CookieRejected, f.bareBy
	case f.failed:
		name, by = oracle.ConnectionCut, f.failedBy
	}
	e.blame(at, oracle.CauseNumber(name), culprit, by)
}

// failure is the cause of an error.
func (f *flight) failure() uint8 {
	if f.failed {
		return cut
	}
	return unexplained
}

// clocks tells a wrong clock, and whose, from a token that ran out.
func (x *refusal) clocks() (cause string, culprit int) {
	shift := x.here - x.there
	early := x.reason == reasonNotYet
	valid := x.expIn+shift > -x.leeway
	if early {
		valid = x.iatIn+shift <= x.leeway
	}
	switch {
	case valid && (shift.Abs() >= clockNoise || early && shift != 0):
		if x.there.Abs() > x.here.Abs() {
			return oracle.ClockSkew, int(x.setter)
		}
		return oracle.ClockSkew, int(x.decider)
	case early:
		return oracle.Unexplained, -1
	case x.reason == reasonIdle:
		return oracle.SessionExpired, -1
	}
	return oracle.TokenExpired, -1
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

// waiting is a logout: when the session was refused, when it was found, and
// which fault changed the refusal.
type waiting struct {
	at, found time.Duration
	changed   int8
}

func newGraves(nodes int) graves { return graves{make([][]grave, nodes)} }

func (g *graves) of(node, boot int) *grave {
	for len(g.nodes[node]) < boot {
		g.nodes[node] = append(g.nodes[node], grave{})
	}
	return &g.nodes[node][boot-1]
}

// word notes that a process was alive, and tells the logouts for which that
// decides. It reports whether no later word is known.
func (g *graves) word(e *engine, node, boot int, at time.Duration) (latest bool) {
	x := g.of(node, boot)
	if at > x.last {
		x.last = at
		if len(x.waiting) > 0 {
			x.tell(e)
		}
	}
	return at == x.last
}

// tell tells the logouts of which it is known that the process was alive.
func (x *grave) tell(e *engine) {
	kept := x.waiting[:0]
	for _, w := range x.waiting {
		if w.at < x.last {
			e.blame(w.found, elsewhere, -1, w.changed)
		} else {
			kept = append(kept, w)
		}
	}
	x.waiting = kept
}

var (
	elsewhere   = oracle.CauseNumber(oracle.SessionNotOnNode)
	died        = oracle.CauseNumber(oracle.SessionLost)
	cut         = oracle.CauseNumber(oracle.ConnectionCut)
	unexplained = oracle.CauseNumber(oracle.Unexplained)
)

// refused notes that a node refused a connection after its process had ended.
func (g *graves) refused(node, boot int, at time.Duration) {
	x := g.of(node, boot)
	x.refused = max(x.refused, at)
}

// unknown puts a logout down whose session or family was not known.
func (g *graves) unknown(e *engine, r *row, w waiting) {
	x := g.of(int(r.node), int(r.boot))
	if w.at < x.last {
		e.blame(w.found, elsewhere, -1, w.changed)
		return
	}
	x.waiting = append(x.waiting, w)
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
	for node, boots := range g.nodes {
		for i := range boots {
			x := &boots[i]
			x.tell(e)
			cause, culprit := elsewhere, -1
			if i+1 < len(boots) || x.refused > x.last {
				cause, culprit = died, node
			}
			for _, w := range x.waiting {
				e.blame(w.found, cause, culprit, w.changed)
			}
		}
	}
}
