package fault

import "github.com/logoutlab/logoutlab/harness/history"

// reasonWitness counts the decisions whose reason names the fault.
type reasonWitness struct {
	scope
	reason string
}

func (w *reasonWitness) decision(d *history.Event, _ grounds) {
	if d.Reason == w.reason && w.begunUnder(d) && w.on(d.Node) {
		w.changed(!d.Accept)
	}
}

func (w *reasonWitness) other(*history.Event, *hop) {}

// storeWitness counts the decisions that the store's absence took away, and
// what it came back without, if its memory is all that it has; and sees the
// requests that only had to wait: a store that is back before the nodes lose
// patience refuses nobody.
type storeWitness struct {
	*evictWitness
	out  map[string]bool // nodes that have not found the store again
	asks map[string]bool // operations that have been seen to need it
}

func newStoreWitness() *storeWitness {
	return &storeWitness{evictWitness: newEvictWitness(), out: map[string]bool{}, asks: map[string]bool{}}
}

// decision counts the refusals during the outage and, of a node that takes
// longer to find the store again, until it does.
func (w *storeWitness) decision(d *history.Event, by grounds) {
	switch {
	case !w.on(d.Node):
	case d.Reason == history.ReasonStoreDown && (w.begunUnder(d) || w.out[d.Node]):
		w.out[d.Node], w.asks[d.Op] = true, true
		w.changed(!d.Accept && !by.ended())
		return
	case d.Reason == history.ReasonOKUnchecked && (w.begunUnder(d) || w.out[d.Node]):
		w.out[d.Node], w.asks[d.Op] = true, true
		if by.ended() {
			w.changed(false)
		} else {
			w.mark()
		}
		return
	case d.Accept && w.asks[d.Op] && w.recovered && d.At > w.to:
		delete(w.out, d.Node)
	}
	w.memories(d, by)
}

// memories counts what the store had when it went away and has not brought
// back. What was found again it did not lose by that.
func (w *storeWitness) memories(d *history.Event, by grounds) {
	switch w.memory(d, by) {
	case found:
		w.kept[d.Session] = w.kept[d.Session] || w.recovered && d.At > w.to
	case forgotten:
		if !w.kept[d.Session] {
			w.forgot(d)
		}
	case revived:
		w.changed(false)
	}
}

// other marks a request that was sent while the store was down and answered
// once it was back, having waited for at least half of the time between.
func (w *storeWitness) other(e *history.Event, _ *hop) {
	if e.Type == history.Response && w.recovered && w.at(e.Sent) && e.At > w.to && e.At-e.Sent >= (w.to-w.from)/2 {
		w.mark()
	}
}
