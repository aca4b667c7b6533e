package fault

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// pauseWitness counts what a node that hangs cost: the requests that nobody
// waited for to their end, and the logins of those whom the balancer sent to
// other nodes, which do not know them.
type pauseWitness struct {
	scope
	users homes
	hangs bool            // has begun to
	stuck time.Duration   // when
	out   map[string]bool // nodes that the balancer has taken out meanwhile
}

func newPauseWitness() *pauseWitness { return &pauseWitness{out: map[string]bool{}} }

func (w *pauseWitness) phase(e *history.Event) {
	w.scope.phase(e)
	if e.State == history.PhaseEffective {
		w.hangs, w.stuck = true, e.At
	}
}

func (w *pauseWitness) decision(d *history.Event, by grounds) {
	i := by.session
	if i == nil || !w.on(i.Node) {
		return
	}
	switch sentOn := w.out[i.Node] || by.hop.tried(i.Node); {
	case sentOn && d.Node != i.Node && strange(d, by) && w.users.kept():
		w.changed(true)
	case sentOn && d.Node != i.Node:
		w.mark()
	default:
		w.users.count(d, by)
	}
}

func (w *pauseWitness) other(e *history.Event, by *hop) {
	switch {
	case e.Type == history.Response:
		w.answer(e, by)
	case e.Type == history.Route && e.State != "" && w.on(e.Node):
		w.out[e.Node] = e.State != history.StateUp && (w.out[e.Node] || w.at(e.At))
	}
}

// answer counts a request that came to the node while it hung: as lost if its
// client, or the balancer, had enough of waiting.
func (w *pauseWitness) answer(e *history.Event, by *hop) {
	if !w.hangs || e.At < w.stuck || w.recovered && e.Sent > w.to {
		return
	}
	lost := e.Err == history.ErrTimeout || e.Status == 504
	met := w.on(by.decided)
	for _, a := range by.failed {
		met = met || w.on(a.node) && a.err == history.ErrTimeout
	}
	if by.decided == "" && len(by.failed) == 0 { // nobody says where it was
		met = lost
	}
	switch {
	case met && lost:
		w.changed(false)
		w.got.RequestsCut++
	case met:
		w.mark()
	}
}
