package fault

import "github.com/logoutlab/logoutlab/harness/history"

// keyWitness counts decisions on tokens between nodes whose keys differ by the
// fault: refused ones, and ones accepted by another key than without it.
type keyWitness struct {
	scope
	signs map[string]string // by node: the key that it signed with last
}

func (w *keyWitness) decision(d *history.Event, by grounds) {
	if d.KeyFP != "" && (d.NewTok != "" || d.NewRT != "") {
		w.signs[d.Node] = d.KeyFP
		if w.on(d.Node) && w.at(d.At) && w.alone(d.Node, d.KeyFP) {
			w.mark()
		}
	}
	i := by.credential
	if i == nil || i.KeyFP == "" || !w.since(d.At) {
		return
	}
	signedUnder := w.on(i.Node) && w.at(i.At)
	switch {
	case keyRefused(d) && i.KeyFP != d.KeyFP && (signedUnder || w.on(d.Node) && w.at(d.At)):
		w.changed(true)
	case d.Accept && signedUnder && w.alone(i.Node, i.KeyFP):
		w.changed(false)
	}
}

// alone reports whether other nodes sign, and none of them with that key.
func (w *keyWitness) alone(node, key string) bool {
	others := 0
	for n, k := range w.signs {
		if n == node {
			continue
		}
		if k == key {
			return false
		}
		others++
	}
	return others > 0
}

func (w *keyWitness) other(*history.Event, *hop) {}

func keyRefused(d *history.Event) bool {
	return d.Reason == history.ReasonBadSignature || d.Reason == history.ReasonUnknownKey
}

// rotationWitness counts decisions after the rotation: on tokens of the old
// key those that are refused, on tokens of the new key all.
type rotationWitness struct {
	scope
	old map[string]bool // keys that were signed with before
}

func (w *rotationWitness) decision(d *history.Event, by grounds) {
	if d.KeyFP != "" && (d.NewTok != "" || d.NewRT != "") {
		if !w.since(d.At) {
			w.old[d.KeyFP] = true
		} else if len(w.old) > 0 && !w.old[d.KeyFP] {
			w.mark()
		}
	}
	i := by.credential
	if i == nil || i.KeyFP == "" || !w.since(d.At) {
		return
	}
	switch {
	case w.old[i.KeyFP] && !keyRefused(d):
		w.mark() // as without the fault, but by a key that is on its way out
	case w.old[i.KeyFP], len(w.old) > 0:
		w.changed(keyRefused(d))
	}
}

func (w *rotationWitness) other(*history.Event, *hop) {}
