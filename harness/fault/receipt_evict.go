package fault

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// evictWitness counts what the store has forgotten: sessions and token families
// of before the fault that are not known any more, and revoked credentials that
// are accepted again. What it still knows leaves a mark, once.
type evictWitness struct {
	scope
	gone map[string]bool // was unknown before the fault, or has been logged out since
	lost map[string]bool
	kept map[string]bool          // was found since
	due  map[string]time.Duration // when a session's life is over anyhow
}

func newEvictWitness() *evictWitness {
	return &evictWitness{gone: map[string]bool{}, lost: map[string]bool{}, kept: map[string]bool{}, due: map[string]time.Duration{}}
}

func (w *evictWitness) decision(d *history.Event, by grounds) {
	switch w.memory(d, by) {
	case forgotten:
		w.forgot(d)
	case revived:
		w.changed(false)
	case found:
		if !w.kept[d.Session] {
			w.kept[d.Session] = true
			w.mark()
		}
	}
}

// remembrance is what a decision tells of the store's memory of before the
// fault.
type remembrance uint8

const (
	nothing   remembrance = iota
	forgotten             // a session or token family is not known any more
	revived               // what was revoked is accepted again
	found                 // it was still there
)

func (w *evictWitness) memory(d *history.Event, by grounds) remembrance {
	unknown := d.Reason == history.ReasonUnknownSess
	if d.Accept && d.Token == "" && d.ExpIn != 0 {
		w.due[d.Session] = d.At + d.ExpIn
	}
	switch {
	case by.session == nil:
	case unknown && (!w.injected || d.Op == history.OpLogout):
		w.gone[d.Session] = true
	case !w.injected:
	case by.session.At > w.from || w.gone[d.Session] || w.over(d): // it could not lose that one
	case unknown && !by.ended():
		return forgotten
	case d.Accept && by.ended() && by.credential.Ended.At <= w.from && sharesEnds(d, by.index):
		return revived
	case d.Accept && looksUp(d) || d.Reason == history.ReasonRevoked:
		return found
	}
	return nothing
}

// sharesEnds reports whether what ends what a decision was on is in one store:
// the revocation of a token, or the session itself.
func sharesEnds(d *history.Event, all *history.Issues) bool {
	return all.SharesRevocations() || d.Token == "" && all.SharesLogouts()
}

// forgot counts a decision that a session was not known any more for.
func (w *evictWitness) forgot(d *history.Event) {
	w.changed(true)
	if !w.lost[d.Session] {
		w.lost[d.Session] = true
		w.got.SessionsLost++
	}
}

// over reports whether the life of a decision's session had ended before.
func (w *evictWitness) over(d *history.Event) bool {
	due, known := w.due[d.Session]
	return known && d.At >= due
}

// fullWitness counts what a store whose memory is full has forgotten, or the
// requests for which it would keep nothing new.
type fullWitness struct{ *evictWitness }

func (w *fullWitness) decision(d *history.Event, by grounds) {
	if d.Reason == history.ReasonStoreDown && w.begunUnder(d) {
		w.changed(!d.Accept && !by.ended())
		return
	}
	w.evictWitness.decision(d, by)
}

func (w *evictWitness) other(*history.Event, *hop) {}
