package fault

import (
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// newMissingSecret: a node is deployed without the secret that the others
// share. What it falls back to decides what comes of it: a secret of its own,
// or, if it refuses to start, nothing but a node less.
func newMissingSecret(f scenario.Fault, cluster any) (Fault, error) {
	if f.Params.Fallback == scenario.RefuseToStart {
		on, ok := cluster.(NodeStopper)
		if !ok {
			return nil, lacks(f.Name, "stop a node")
		}
		return &nodeStop{nodes: nodesOf(f, cluster), on: on}, nil
	}
	on, ok := cluster.(KeySetter)
	if !ok {
		return nil, lacks(f.Name, "set a node's key")
	}
	return &keyMismatch{nodes: nodesOf(f, cluster), kind: f.Params.Fallback, on: on}, nil
}
