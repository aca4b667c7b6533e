package fault

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// cutWitness counts requests that died with their connection. Where idle
// connections are forgotten it is also met by a request that a node decides
// after so long a silence that no connection from before could have brought it:
// the balancer had let go of them, as it should.
type cutWitness struct {
	scope
	idle  time.Duration            // 0: connections are cut whatever they carry
	heard map[string]time.Duration // by node: when it last decided or answered
}

func newCutWitness() *cutWitness { return &cutWitness{heard: map[string]time.Duration{}} }

// phase ends a cut that is made once when it has been made: what is under way
// then is what it hits.
func (w *cutWitness) phase(e *history.Event) {
	if e.State == history.PhaseInject {
		w.idle, _ = scenario.ParseDuration(e.Params["idle"])
	}
	switch {
	case e.State == history.PhaseEffective && e.Params["every"] == "0s" && w.idle == 0:
		w.to, w.recovered = e.At, true
	case !w.recovered:
		w.scope.phase(e)
	}
}

func (w *cutWitness) decision(d *history.Event, _ grounds) {
	last, known := w.heard[d.Node]
	w.markIf(w.idle > 0 && known && d.At-last >= w.idle && w.on(d.Node) && w.at(d.At))
	w.hear(d.Node, d.At)
}

func (w *cutWitness) hear(node string, at time.Duration) { w.heard[node] = max(w.heard[node], at) }

// unknown reports whether a balancer answered in a node's place, and has not said
// yet what failed: some write that after the answer.
func unknown(e *history.Event, by *hop) bool {
	return e.Status == 502 && by.decided == "" && len(by.failed) == 0
}

func (w *cutWitness) other(e *history.Event, by *hop) {
	reset := func(err string) bool { return err == history.ErrReset }
	switch e.Type {
	case history.Response:
		if w.idle > 0 && unknown(e, by) {
			reset = func(string) bool { return true }
		}
		w.response(e, by, reset)
		if by.decided != "" {
			w.hear(by.decided, e.At)
		}
	case history.Route:
		w.connection(e, reset)
	}
}
