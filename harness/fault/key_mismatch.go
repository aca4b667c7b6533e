package fault

import (
	"context"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// KeySetter can give a node a key of its own, and the common key back.
type KeySetter interface {
	SetOwnKey(node int, kind string) error // kind: random, default, empty
	SetCommonKey(node int) error           // the one that it is meant to have
}

type keyMismatch struct {
	nodes []int
	kind  string
	on    KeySetter
}

// newKeyMismatch: a node signs and verifies with a key of its own. Where the
// nodes publish key pairs this is milder: the others fetch the node's new key,
// and it still trusts theirs.
func newKeyMismatch(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(KeySetter)
	if !ok {
		return nil, lacks(f.Name, "set a node's key")
	}
	return &keyMismatch{nodes: nodesOf(f, cluster), kind: f.Params.Key, on: on}, nil
}

func (k *keyMismatch) Inject(context.Context) error {
	return each(k.nodes, func(n int) error { return k.on.SetOwnKey(n, k.kind) })
}

func (k *keyMismatch) Recover(context.Context) error { return each(k.nodes, k.on.SetCommonKey) }
