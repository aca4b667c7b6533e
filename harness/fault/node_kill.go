package fault

import (
	"context"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// NodeKiller can end a node as SIGKILL does, and start it again with an empty
// memory.
type NodeKiller interface {
	KillNode(node int) error
	StartNode(node int) error
}

type nodeKill struct {
	nodes []int
	on    NodeKiller
}

// newNodeKill: a node dies at once: its connections are cut, its memory is
// lost. It starts again when the fault is over.
func newNodeKill(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(NodeKiller)
	if !ok {
		return nil, lacks(f.Name, "kill a node")
	}
	return &nodeKill{nodes: nodesOf(f, cluster), on: on}, nil
}

func (n *nodeKill) Inject(context.Context) error { return each(n.nodes, n.on.KillNode) }

func (n *nodeKill) Recover(context.Context) error { return each(n.nodes, n.on.StartNode) }
