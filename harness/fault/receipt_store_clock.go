package fault

import "github.com/logoutlab/logoutlab/harness/history"

// storeClockWitness counts what a store whose clock stepped took for expired:
// what it was given before the step, by the clock as it was then, and does not
// know any more. A clock that is put right steps too.
type storeClockWitness struct{ *evictWitness }

func (w *storeClockWitness) phase(e *history.Event) {
	w.evictWitness.phase(e)
	if e.State == history.PhaseRecover {
		w.from = e.At
	}
}
