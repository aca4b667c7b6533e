package fault

import (
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// retransmission is how long TCP waits at least before it sends again what was
// not acknowledged (on Linux; RFC 6298 section 2.4 has a second): what a
// partition held back comes later than that.
const retransmission = 200 * time.Millisecond

// linkWitness counts what trouble between two parts cost: refusals by nodes
// that missed the store, and requests that were lost, sent on or kept waiting.
type linkWitness struct {
	storeWitness
	between scenario.Pair
	delay   time.Duration // latency: by how much answers are late: all at least, or half of them if some are not
	counted map[int]bool  // requests that were lost or refused
	guessed map[int]bool  // of those that were lost: nobody has said yet where
	met     func(w *linkWitness, e *history.Event, by *hop) bool
}

func newLinkWitness(name string) *linkWitness {
	w := &linkWitness{storeWitness: *newStoreWitness(), counted: map[int]bool{}, guessed: map[int]bool{}}
	switch name {
	case "partition":
		w.met = (*linkWitness).cutOff
	case "latency":
		w.met = (*linkWitness).late
	case "reset":
		w.met = (*linkWitness).reset
	}
	return w
}

func (w *linkWitness) phase(e *history.Event) {
	w.scope.phase(e)
	if e.State != history.PhaseInject {
		return
	}
	w.between, _ = scenario.ParsePair(e.Params["between"])
	w.node = w.between.Node()
	delay, _ := scenario.ParseDuration(e.Params["delay"])
	jitter, _ := scenario.ParseDuration(e.Params["jitter"])
	if w.delay = delay - jitter; w.delay <= 0 {
		w.delay = delay // of half of the answers
	}
}

// decision counts the refusals of a node that missed the store, and takes back
// what another node turns out to have kept waiting.
func (w *linkWitness) decision(d *history.Event, by grounds) {
	if w.guessed[d.Req] && !w.on(d.Node) {
		delete(w.counted, d.Req)
		w.got.DecisionsChanged--
		w.got.RequestsCut--
		w.got.Marks--
	}
	delete(w.guessed, d.Req)
	if !w.between.Has(scenario.StorePart) || w.counted[d.Req] {
		return
	}
	before := w.got.DecisionsChanged
	w.storeWitness.decision(d, by)
	w.counted[d.Req] = w.got.DecisionsChanged > before && d.Req != 0
}

func (w *linkWitness) other(e *history.Event, by *hop) {
	if e.Type == history.Route && !w.between.Has(scenario.StorePart) {
		w.connection(e, func(string) bool { return true })
	}
	if e.Type != history.Response || !w.during(e) || w.counted[e.Req] || !w.met(w, e, by) {
		return
	}
	if !lost(e) {
		w.mark()
		return
	}
	w.counted[e.Req] = true
	w.guessed[e.Req] = by.decided == "" && len(by.failed) == 0
	w.changed(false)
	w.got.RequestsCut++
}

// cutOff is met by what hung until packets came through again, and by what
// failed in whatever way.
func (w *linkWitness) cutOff(e *history.Event, by *hop) bool {
	hung := w.recovered && e.At > w.to && e.At-e.Sent >= retransmission && w.here(by)
	return hung || w.failed(e, by, func(string) bool { return true })
}

// late is met by what took at least as long as every answer does now, and by
// whoever had less patience: the client, or the balancer.
func (w *linkWitness) late(e *history.Event, by *hop) bool {
	slow := e.At-e.Sent >= w.delay
	gaveUp := e.Err == history.ErrTimeout || e.Status == 504 && len(by.failed) == 0
	return (slow || gaveUp) && w.here(by) || slices.ContainsFunc(by.failed, func(a attempt) bool {
		return a.err == history.ErrTimeout && (a.node == "" || w.on(a.node))
	})
}

// reset is met by connections that were closed; a balancer may know no more of
// its first attempts than that they failed.
func (w *linkWitness) reset(e *history.Event, by *hop) bool {
	return w.failed(e, by, func(err string) bool { return err == history.ErrReset || err == history.ErrOther })
}

// here tells whether a request may have been at one of the fault's nodes.
func (w *linkWitness) here(by *hop) bool { return by.decided == "" || w.on(by.decided) }

// failed tells whether a request failed at one of the fault's nodes, once or
// for good, in one of these ways; if nobody says where, it may have been there.
func (w *linkWitness) failed(e *history.Event, by *hop, hits func(err string) bool) bool {
	for _, a := range by.failed {
		if hits(a.err) && (a.node == "" || w.on(a.node)) {
			return true
		}
	}
	if len(by.failed) > 0 || !lost(e) {
		return false
	}
	if e.Err == "" {
		return by.decided == ""
	}
	return hits(e.Err) && w.here(by)
}

// lost reports whether a request ended without an app's answer, or the client
// waited in vain.
func lost(e *history.Event) bool { return died(e) || e.Err == history.ErrTimeout }
