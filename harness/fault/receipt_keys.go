package fault

import (
	"maps"

	"github.com/logoutlab/logoutlab/harness/history"
)

// keyWitness takes each decision on a signature again with the keys that the
// nodes would have without the fault. It tells the fault's keys from the others
// by who signs with them, not by times: a token is signed some time after its
// decision began.
type keyWitness struct {
	scope
	rotation bool              // of all nodes, to one new key
	now      map[string]string // by node: the key that it has
	base     map[string]string // by node: the key that it had before
	fresh    map[string]bool   // keys that came with the fault
}

func newKeyWitness(rotation bool) *keyWitness {
	return &keyWitness{rotation: rotation, now: map[string]string{}, fresh: map[string]bool{}}
}

func (w *keyWitness) phase(e *history.Event) {
	w.scope.phase(e)
	if e.State == history.PhaseInject {
		w.base = maps.Clone(w.now)
	}
}

func (w *keyWitness) decision(d *history.Event, by grounds) {
	signs := d.NewTok != "" || d.NewRT != ""
	if signs || keyRefused(d) {
		w.has(d.Node, d.KeyFP)
	}
	i := by.credential
	if i == nil || i.KeyFP == "" || !w.injected {
		w.markIf(signs && w.fresh[d.KeyFP])
		return
	}
	own := w.now[d.Node]
	key := w.without(i.Node, i.KeyFP)
	switch {
	case keyRefused(d) && key != "" && key == w.without(d.Node, own):
		w.changed(!d.Accept && by.welcome(d)) // a logout is accepted all the same, and revokes nothing
	case w.fresh[i.KeyFP] || w.fresh[own]:
		w.mark()
	default: // a token of the key that the node had before
		w.markIf(w.effective && w.on(d.Node) && w.at(d.At) && key == w.before(d.Node))
	}
}

// has takes note of the key that a node signs with, or insists on.
func (w *keyWitness) has(node, key string) {
	if key == "" {
		return
	}
	w.now[node] = key
	if !w.injected || !w.on(node) || w.before(node) == "" || w.before(node) == key || w.rotation && len(w.fresh) > 0 {
		return
	}
	for n, k := range w.now {
		if k == key && !w.on(n) {
			return // it came to other nodes too
		}
	}
	w.fresh[key] = true
}

// without is the key that a node would have used without the fault, where it
// used key; "" if that is unknown.
func (w *keyWitness) without(node, key string) string {
	if key == "" || w.fresh[key] {
		return w.before(node)
	}
	return key
}

// before is the key that a node had before the fault; of a node that
// had said nothing until then, the one that the others share.
func (w *keyWitness) before(node string) string {
	if key := w.base[node]; key != "" {
		return key
	}
	if key := common(w.base, func(string) bool { return true }); key != "" {
		return key
	}
	return common(w.now, func(n string) bool { return !w.on(n) })
}

// common is the key that all nodes of a kind have; "" if they differ.
func common(keys map[string]string, kind func(node string) bool) string {
	shared := ""
	for node, key := range keys {
		if !kind(node) {
			continue
		}
		if shared != "" && shared != key {
			return ""
		}
		shared = key
	}
	return shared
}

func (w *keyWitness) other(e *history.Event, _ *hop) {
	if e.Type == history.Node {
		w.has(e.Node, e.KeyFP)
	}
}

func keyRefused(d *history.Event) bool {
	return d.Reason == history.ReasonBadSignature || d.Reason == history.ReasonUnknownKey
}
