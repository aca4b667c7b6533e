package fault

import (
	"context"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

type nodeRestart struct {
	nodes  []int
	down   time.Duration
	drain  bool
	every  time.Duration
	on     NodeStopper
	repeat repeater
}

// newNodeRestart: a node, or all of them one after the other, stops and starts
// again, with an empty memory; again and again if `every` is set.
func newNodeRestart(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(NodeStopper)
	if !ok {
		return nil, lacks(f.Name, "restart a node")
	}
	return &nodeRestart{nodes: nodesOf(f, cluster), down: f.Params.Down, drain: f.Params.Drain, every: f.Params.Every, on: on}, nil
}

func (n *nodeRestart) Inject(ctx context.Context) error {
	return n.repeat.start(ctx, n.every, func(ctx context.Context, turn int) error {
		node := n.nodes[turn%len(n.nodes)]
		if err := n.on.StopNode(ctx, node, n.drain); err != nil {
			return err
		}
		sleep(ctx, n.down)
		return n.on.StartNode(node)
	})
}

func (n *nodeRestart) Recover(context.Context) error { return n.repeat.stop() }
