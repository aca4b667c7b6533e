package fault

import (
	"context"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// ConnectionCutter can reset the connections between the balancer and a node,
// the node itself staying up. It returns how many requests that cost.
type ConnectionCutter interface {
	CutConnections(node int) (int, error)
}

type connectionCut struct {
	nodes  []int
	every  time.Duration
	on     ConnectionCutter
	repeat repeater
}

// newConnectionCut: requests under way die with their connection, once or
// again and again.
func newConnectionCut(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(ConnectionCutter)
	if !ok {
		return nil, lacks(f.Name, "cut connections")
	}
	return &connectionCut{nodes: nodesOf(f, cluster), every: f.Params.Every, on: on, repeat: repeater{time: timeOf(cluster)}}, nil
}

func (c *connectionCut) Inject(ctx context.Context) error {
	return c.repeat.start(ctx, c.every, func(context.Context, int) error {
		return each(c.nodes, func(n int) error {
			_, err := c.on.CutConnections(n)
			return err
		})
	})
}

func (c *connectionCut) Recover(context.Context) error { return c.repeat.stop() }
