package fault

import (
	"maps"

	"github.com/logoutlab/logoutlab/harness/history"
)

// nodeWitness counts what the end of a node cost: the requests under way, and
// what was in its memory. A session that is presented later is lost, also
// where another node refuses it that would have done so anyhow.
type nodeWitness struct {
	scope
	kill  bool            // says nothing when it ends
	boot  map[string]int  // the latest
	first map[string]int  // the one that the fault ended first
	last  map[string]int  // the one after the fault
	down  map[string]bool // by their own word, or the balancer's
	lost  map[string]bool // sessions
	users homes
}

func newNodeWitness(kill bool) *nodeWitness {
	return &nodeWitness{kill: kill, boot: map[string]int{}, down: map[string]bool{}, lost: map[string]bool{}}
}

func (w *nodeWitness) phase(e *history.Event) {
	w.scope.phase(e)
	switch e.State {
	case history.PhaseInject:
		w.first = maps.Clone(w.boot)
	case history.PhaseRecover:
		w.last = maps.Clone(w.boot)
	}
}

func (w *nodeWitness) decision(d *history.Event, by grounds) {
	w.boot[d.Node] = max(w.boot[d.Node], d.Boot)
	if i := by.credential; i != nil && d.Accept && i.Ended.Node == d.Node && i.Ended.Boot < d.Boot && w.took(d.Node, i.Ended.Boot) {
		w.changed(false) // accepted, since the node has forgotten the logout
		return
	}
	i := by.session
	if i == nil || !w.on(i.Node) {
		return
	}
	unknown := strange(d, by)
	switch over := w.took(i.Node, i.Boot) && (w.away(i) || w.boot[i.Node] > i.Boot); {
	case over && unknown && (d.Node == i.Node || by.hop.tried(i.Node) || w.users.kept()):
		w.lose(d.Session)
		w.changed(true)
	case over && unknown && w.lose(d.Session):
		w.changed(false) // by requests that go anywhere it would be refused here too; but there it is no more
	case over && d.Node != i.Node && (unknown || w.away(i)):
		w.mark() // elsewhere, while its first node was away
	case !w.down[i.Node] && !by.hop.tried(i.Node):
		w.users.count(d, by)
	}
}

// lose counts a session that was lost, once.
func (w *nodeWitness) lose(session string) bool {
	if w.lost[session] {
		return false
	}
	w.lost[session] = true
	w.got.SessionsLost++
	return true
}

// took reports whether the fault ended that life of a node.
func (w *nodeWitness) took(node string, boot int) bool {
	return w.injected && w.on(node) && boot >= w.first[node] && (!w.recovered || boot < w.last[node])
}

// away reports whether the node that issued something is down, or stopping.
func (w *nodeWitness) away(i *history.Issue) bool {
	killed := w.kill && i.At < w.from && w.boot[i.Node] <= i.Boot
	return killed || w.down[i.Node]
}

func (w *nodeWitness) other(e *history.Event, by *hop) {
	all := func(string) bool { return true }
	switch e.Type {
	case history.Response:
		w.response(e, by, all)
	case history.Route:
		w.connection(e, all)
		if e.State != "" {
			w.down[e.Node] = e.State != history.StateUp
		}
	case history.Node:
		w.down[e.Node] = e.State != history.StateUp
		w.boot[e.Node] = max(w.boot[e.Node], e.Boot)
	}
}
