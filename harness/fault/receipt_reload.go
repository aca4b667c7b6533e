package fault

import (
	"maps"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// reloadWitness counts what the balancer's reloads cost: requests whose
// connection was closed by it, or that went to a node which the balancer had
// known to be down; and sessions on nodes that their users had been kept on.
// What was under way at a reload, and a session's first use after it, leaves a
// mark.
type reloadWitness struct {
	scope
	reloads   int
	began     time.Duration // of the latest reload
	done      time.Duration
	busy      bool            // it is under way
	down      map[string]bool // to the balancer's knowledge
	unlearned map[string]bool // was down, which the latest reload made it forget
	met       map[string]bool // sessions used since the latest reload
	users     homes
}

func newReloadWitness() *reloadWitness {
	return &reloadWitness{down: map[string]bool{}, unlearned: map[string]bool{}, met: map[string]bool{}}
}

func (w *reloadWitness) decision(d *history.Event, by grounds) {
	i := by.session
	switch {
	case i == nil:
	case w.reloads == 0:
		w.users.count(d, by)
	case i.At >= w.began:
	case strange(d, by) && d.Node != i.Node && w.users.kept():
		w.changed(true)
	case !w.met[d.Session]:
		w.met[d.Session] = true
		w.mark()
	}
}

func (w *reloadWitness) other(e *history.Event, by *hop) {
	switch {
	case e.Type == history.Response:
		w.answer(e, by)
	case e.Type == history.Route && e.Node != "" && e.State != "":
		w.down[e.Node] = e.State == history.StateDown
		delete(w.unlearned, e.Node)
	case e.Type == history.Node && e.State == history.StateUp:
		delete(w.unlearned, e.Node)
	case e.Type == history.Route && w.at(e.At):
		w.reload(e)
	}
}

func (w *reloadWitness) reload(e *history.Event) {
	switch e.State {
	case history.StateReloading:
		w.began, w.busy = e.At, true
	case history.StateReloaded:
		w.reloads++
		w.done, w.busy = e.At, false
		clear(w.met)
		w.unlearned = maps.Clone(w.down)
		maps.DeleteFunc(w.unlearned, func(_ string, down bool) bool { return !down })
	}
}

// answer counts a request that was under way at a reload, or was sent to a node
// that is down.
func (w *reloadWitness) answer(e *history.Event, by *hop) {
	met := (w.busy || w.reloads > 0) && e.At >= w.began && (w.busy || e.Sent <= w.done)
	lost := met && len(by.failed) == 0 && by.decided == "" && died(e)
	for _, a := range by.failed {
		if w.unlearned[a.node] {
			met, lost = true, died(e)
		}
	}
	switch {
	case lost:
		w.changed(false)
		w.got.RequestsCut++
	case met:
		w.mark()
	}
}
