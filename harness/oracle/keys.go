package oracle

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// keys is when each signing key, by fingerprint, was in use: signed with, or
// insisted on by a node that rejected a signature. What a rejected token's key
// had come to is told at the end, when the whole history is known.
type keys map[string]*keyUse

type keyUse struct {
	span
	signers map[string]bool // nodes that signed with it
	latest  map[string]bool // nodes whose latest key this is
}

func (k keys) decision(e *history.Event) {
	if e.KeyFP == "" {
		return
	}
	signs := e.NewTok != "" || e.NewRT != ""
	if !signs && e.Reason != history.ReasonBadSignature {
		return
	}
	u := k[e.KeyFP]
	if u == nil {
		u = &keyUse{span: span{e.At, e.At}, signers: map[string]bool{}, latest: map[string]bool{}}
		k[e.KeyFP] = u
	}
	u.from, u.to = min(u.from, e.At), max(u.to, e.At)
	if signs {
		u.signers[e.Node] = true
	}
	if u.latest[e.Node] {
		return
	}
	for _, other := range k {
		delete(other.latest, e.Node)
	}
	u.latest[e.Node] = true
}

// oddOneOut is the node that alone signs with a key of its own while several
// others share theirs; "" if there is no such node.
func (k keys) oddOneOut() string {
	alone, shared := "", false
	for _, u := range k {
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

// cause tells a rotation from a disagreement, for tokens signed with key: a
// retired key was in use before its successor and no longer after it, and a
// node that signed with it has another key now; keys in use at the same time
// are a disagreement. Changing over may take slack.
func (k keys) cause(key string, slack time.Duration) string {
	u := k[key]
	if u == nil {
		return KeyMismatch
	}
	for fp, other := range k {
		if fp != key && u.to-other.from > slack && other.to-u.from > slack {
			return KeyMismatch
		}
	}
	for signer := range u.signers {
		if !u.latest[signer] {
			return KeyRetired // its signer has moved on to another key
		}
	}
	return KeyMismatch
}
