package fault

import "github.com/logoutlab/logoutlab/harness/history"

// cutWitness counts requests that died with their connection.
type cutWitness struct{ scope }

// phase ends a cut that is made once when it has been made: what is under way
// then is what it hits.
func (w *cutWitness) phase(e *history.Event) {
	switch {
	case e.State == history.PhaseEffective && e.Params["every"] == "0s":
		w.to, w.recovered = e.At, true
	case !w.recovered:
		w.scope.phase(e)
	}
}

func (w *cutWitness) decision(*history.Event, grounds) {}

func (w *cutWitness) other(e *history.Event, by *hop) {
	reset := func(err string) bool { return err == history.ErrReset }
	switch e.Type {
	case history.Response:
		w.response(e, by, reset)
	case history.Route:
		w.connection(e, reset)
	}
}
