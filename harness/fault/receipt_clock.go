package fault

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// clockNoise is the smallest difference of clocks that counts: a decision may
// be recorded this much after the node read its clock.
const clockNoise = 5 * time.Millisecond

// clockWitness takes each decision on times again with the clocks as they were
// before the fault: that of the node, and that of whoever set the times.
type clockWitness struct {
	scope
	base map[string]time.Duration // by node: how far off it was before
}

func (w *clockWitness) decision(d *history.Event, by grounds) {
	if !w.since(d.At) {
		w.base[d.Node] = d.Clock - d.At
		return
	}
	here := w.offset(d.Node, d.At, d.Clock-d.At)
	var there time.Duration
	if i := by.credential; i != nil {
		set := i.Grounds(d)
		there = w.offset(set.Node, set.At, set.Offset)
	}
	if here == 0 && there == 0 || !timed(d) {
		return
	}
	was, decided := recorded(d)
	now := again(d, here-there)
	if decided && was != now {
		w.changed(!passes(was) && passes(now))
		return
	}
	w.mark()
}

// offset is how far the fault set a node's clock off at a moment, from how far
// it was off in all; 0 where the fault was not.
func (w *clockWitness) offset(node string, at, off time.Duration) time.Duration {
	if !w.on(node) || !w.at(at) {
		return 0
	}
	off -= w.base[node]
	if off > -clockNoise && off < clockNoise {
		return 0
	}
	return off
}

func (w *clockWitness) other(*history.Event, *hop) {}

// timed reports whether a decision has to do with times: a credential was
// presented, or issued.
func timed(d *history.Event) bool {
	return d.Session != "" || d.Token != "" || d.Issued != "" || d.NewTok != ""
}

// recorded is the outcome of a decision as far as times decide it. It is false
// if something else decided, or nothing that has times was presented.
func recorded(d *history.Event) (string, bool) {
	if d.Op == history.OpLogin || d.Op == history.OpLogout || d.Token == "" && (d.Session == "" || d.ExpIn == 0) {
		return "", false
	}
	switch d.Reason {
	case history.ReasonOK, history.ReasonOKLeeway, history.ReasonOKGrace, history.ReasonOKUnchecked, history.ReasonExpired, history.ReasonNotYet, history.ReasonSessionIdle:
		return again(d, 0), true
	}
	return "", false
}

// again decides on the recorded times shifted by how far the clocks were off
// (RFC 7519 sections 4.1.4 to 4.1.6; a session has no "not before").
func again(d *history.Event, shift time.Duration) string {
	exp, iat := d.ExpIn+shift, d.IatIn+shift
	switch {
	case d.Token == "" && exp <= 0:
		return history.ReasonSessionIdle
	case d.Token == "":
		return history.ReasonOK
	case exp+d.Leeway <= 0:
		return history.ReasonExpired
	case iat > d.Leeway:
		return history.ReasonNotYet
	case exp <= 0 || iat > 0:
		return history.ReasonOKLeeway
	}
	return history.ReasonOK
}

func passes(reason string) bool {
	return reason == history.ReasonOK || reason == history.ReasonOKLeeway
}
