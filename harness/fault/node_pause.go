package fault

import (
	"context"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// NodePauser can freeze a node's process, as SIGSTOP does, and let it go on.
type NodePauser interface {
	PauseNode(node int) error
	ResumeNode(node int) error
}

type nodePause struct {
	nodes []int
	on    NodePauser
}

// newNodePause: a node hangs, as in a long garbage collection or on a
// virtual machine that is being moved: it still takes connections, and answers
// nobody until it goes on.
func newNodePause(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(NodePauser)
	if !ok {
		return nil, lacks(f.Name, "pause a node")
	}
	return &nodePause{nodes: nodesOf(f, cluster), on: on}, nil
}

func (n *nodePause) Inject(context.Context) error { return each(n.nodes, n.on.PauseNode) }

func (n *nodePause) Recover(context.Context) error { return each(n.nodes, n.on.ResumeNode) }
