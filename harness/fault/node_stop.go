package fault

import (
	"context"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// NodeStopper can end a node as SIGTERM does; with drain, the balancer is told
// first and requests under way may finish.
type NodeStopper interface {
	StopNode(ctx context.Context, node int, drain bool) error
	StartNode(node int) error
}

type nodeStop struct {
	nodes []int
	drain bool
	on    NodeStopper
}

// newNodeStop: a node is stopped, as in a deploy or a scale-down.
func newNodeStop(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(NodeStopper)
	if !ok {
		return nil, lacks(f.Name, "stop a node")
	}
	return &nodeStop{nodes: nodesOf(f, cluster), drain: f.Params.Drain, on: on}, nil
}

func (n *nodeStop) Inject(ctx context.Context) error {
	return each(n.nodes, func(i int) error { return n.on.StopNode(ctx, i, n.drain) })
}

func (n *nodeStop) Recover(context.Context) error { return each(n.nodes, n.on.StartNode) }
