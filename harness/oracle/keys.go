package oracle

import (
	"maps"
	"slices"

	"github.com/logoutlab/logoutlab/harness/history"
)

// minority is how many times more often a key has to be used as it should be
// than out of turn, for a change-over to count as one. Nodes change over one
// after the other, and a decision may be recorded late, so that some uses
// always fall on the wrong side.
const minority = 4

// keys is what became of the signing keys. It goes by the order of the history
// and by counts, not by times: a token is signed some time after its decision
// began. What a refused token's key had come to is told at the end.
type keys struct {
	uses   map[string]*keyUse // by fingerprint
	latest map[string]*keyUse // by node: the key that it signs with, or insists on
}

// keyUse is the life of one key.
type keyUse struct {
	order   int             // of first being heard of, among all keys
	signers map[string]bool // nodes that signed with it
	trusted map[string]bool // nodes that signed with it, or found its signature good
	refused map[string]*refusals
	trusts  int
}

// refusals are those of one key by one node.
type refusals struct {
	count int
	first int // trusts of the key, by any node, before the first of them
	last  int // and before the latest
	tail  int // refusals since the latest trust
}

func newKeys() keys { return keys{uses: map[string]*keyUse{}, latest: map[string]*keyUse{}} }

// decision takes note of the key that a node signed with, trusted or refused.
func (k *keys) decision(e *history.Event, issues *history.Issues) {
	switch {
	case e.NewTok != "" || e.NewRT != "":
		k.signs(e.Node, e.KeyFP)
	case e.Reason == history.ReasonBadSignature || e.Reason == history.ReasonUnknownKey:
		if e.KeyFP != "" {
			k.latest[e.Node] = k.of(e.KeyFP)
		}
		if i := issues.Of(e.Token); i != nil && i.KeyFP != "" {
			k.of(i.KeyFP).refuse(e.Node)
		}
	case e.Token != "" && e.KeyFP != "" && e.Reason != history.ReasonMalformed && e.Reason != history.ReasonAlg:
		k.of(e.KeyFP).trust(e.Node)
	}
}

func (k *keys) signs(node, key string) {
	if key == "" {
		return
	}
	u := k.of(key)
	k.latest[node] = u
	u.signers[node] = true
	u.trust(node)
}

// life takes note of the key that a node says it has.
func (k *keys) life(e *history.Event) {
	if e.KeyFP != "" {
		u := k.of(e.KeyFP)
		k.latest[e.Node], u.trusted[e.Node] = u, true
	}
}

func (k *keys) of(key string) *keyUse {
	u := k.uses[key]
	if u == nil {
		u = &keyUse{order: len(k.uses), signers: map[string]bool{}, trusted: map[string]bool{}, refused: map[string]*refusals{}}
		k.uses[key] = u
	}
	return u
}

func (u *keyUse) trust(node string) {
	u.trusts++
	u.trusted[node] = true
}

func (u *keyUse) refuse(node string) {
	r := u.refused[node]
	if r == nil {
		r = &refusals{first: u.trusts}
		u.refused[node] = r
	}
	if r.last != u.trusts {
		r.last, r.tail = u.trusts, 0
	}
	r.count++
	r.tail++
}

// outlived reports whether other nodes stood by the key while node refused it.
// Where most refusals come after everybody's last use of it, that was a
// change-over, however long it took on a busy machine.
func (u *keyUse) outlived(node string) bool {
	r := u.refused[node]
	if r == nil {
		return false
	}
	late, early := u.trusts-r.first, r.count
	if r.last == u.trusts {
		early -= r.tail
	}
	return minority*min(late, early) > min(u.trusts, r.count) && early >= r.count-early
}

// cause tells a rotation from a disagreement, for a token signed with key that
// node refused, and says by what. A rotation is to a key that is new.
func (k *keys) cause(key, node string) (name, why string) {
	u := k.of(key)
	if u.outlived(node) {
		return KeyMismatch, "key " + key + " and another key were in use at the same time"
	}
	now := k.latest[node]
	if u.trusted[node] && (now == nil || now.order >= u.order) {
		return KeyRetired, node + " had accepted key " + key + " before, and nobody does any more: it was replaced"
	}
	for _, signer := range slices.Sorted(maps.Keys(u.signers)) {
		if now := k.latest[signer]; now.order > u.order {
			return KeyRetired, signer + ", which had signed with key " + key + ", has a newer one: it was replaced"
		}
	}
	return KeyMismatch, "key " + key + " was never replaced by a newer one: its signer and " + node + " had different keys"
}

// oddOneOut is the node that alone signs with a key of its own while several
// others share theirs; "" if there is no such node.
func (k *keys) oddOneOut() string {
	alone, shared := "", false
	for _, u := range k.uses {
		if len(u.signers) > 1 {
			shared = true
			continue
		}
		for node := range u.signers {
			if alone != "" && alone != node {
				return ""
			}
			alone = node
		}
	}
	if !shared {
		return ""
	}
	return alone
}
