package fault

import "github.com/logoutlab/logoutlab/harness/history"

// phoneWitness counts the users whose app was started again, by the app's own
// word: what it found, and why it was.
type phoneWitness struct {
	scope
	after string
}

func (w *phoneWitness) decision(*history.Event, grounds) {}

func (w *phoneWitness) other(e *history.Event, _ *hop) {
	switch {
	case e.Type != history.Action || e.Read == "" || e.After != w.after || !w.injected:
	case e.Read == history.ReadFound:
		w.mark()
	default:
		w.changed(true)
		w.got.SessionsLost++
	}
}
