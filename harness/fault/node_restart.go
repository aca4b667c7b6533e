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
// again, with an empty memory. With `every` it is the next node's turn at each
// interval, again and again; without, they follow each other at once.
func newNodeRestart(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(NodeStopper)
	if !ok {
		return nil, lacks(f.Name, "restart a node")
	}
	return &nodeRestart{nodes: nodesOf(f, cluster), down: f.Params.Down, drain: f.Params.Drain, every: f.Params.Every, on: on,
		repeat: repeater{time: timeOf(cluster)}}, nil
}

func (n *nodeRestart) Inject(ctx context.Context) error {
	return n.repeat.start(ctx, n.every, func(ctx context.Context, turn int) error {
		nodes := n.nodes
		if n.every > 0 {
			next := turn % len(nodes)
			nodes = nodes[next : next+1]
		}
		return each(nodes, func(node int) error { return n.restart(ctx, node) })
	})
}

// restart takes a node through its absence, which the fault's end cuts short;
// from then on no further node is stopped. A drain that has begun is finished:
// its own deadline bounds it.
func (n *nodeRestart) restart(ctx context.Context, node int) error {
	if ctx.Err() != nil {
		return nil
	}
	if err := n.on.StopNode(context.WithoutCancel(ctx), node, n.drain); err != nil {
		return err
	}
	n.repeat.time.Sleep(ctx, n.down)
	return n.on.StartNode(node)
}

func (n *nodeRestart) Recover(context.Context) error { return n.repeat.stop() }
