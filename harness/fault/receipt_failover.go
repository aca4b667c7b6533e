package fault

import "github.com/logoutlab/logoutlab/harness/history"

// failoverWitness counts the decisions that the store was away for, and what
// the replica had not heard of when it took over: sessions that it does not
// know, and logouts that it does not.
type failoverWitness struct {
	*evictWitness
	begun bool
}

// phase: what was lost was written before the replica took over.
func (w *failoverWitness) phase(e *history.Event) {
	w.begun = true
	if e.State == history.PhaseEffective {
		w.injected, w.from = true, e.At
	}
}

func (w *failoverWitness) decision(d *history.Event, by grounds) {
	if d.Reason == history.ReasonStoreDown && w.begun {
		w.changed(!d.Accept && !by.ended())
		return
	}
	w.evictWitness.decision(d, by)
}
