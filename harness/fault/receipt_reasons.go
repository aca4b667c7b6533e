package fault

import "github.com/logoutlab/logoutlab/harness/history"

// reasonWitness counts the decisions whose reason names the fault.
type reasonWitness struct {
	scope
	reason string
}

func (w *reasonWitness) decision(d *history.Event, _ grounds) {
	if d.Reason == w.reason && w.since(d.At) && w.on(d.Node) {
		w.changed(!d.Accept)
	}
}

func (w *reasonWitness) other(*history.Event, *hop) {}

// storeWitness also sees the requests that only had to wait: a store that is
// back before the nodes lose patience refuses nobody.
type storeWitness struct{ reasonWitness }

// other marks a request that was sent while the store was down and answered
// once it was back, having waited for at least half of the time between.
func (w *storeWitness) other(e *history.Event, _ *hop) {
	if e.Type == history.Response && w.recovered && w.at(e.Sent) && e.At > w.to && e.At-e.Sent >= (w.to-w.from)/2 {
		w.mark()
	}
}
