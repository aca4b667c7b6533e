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

// IdleForgetter can stand for what is on the way from the balancer to a node
// and forgets connections that are idle: one that has carried no request for so
// long is reset when the next one comes, which the node does not see. 0 ends
// that. How long connections have been idle counts from before it begins.
type IdleForgetter interface {
	ForgetIdle(node int, after time.Duration) error
}

// newConnectionCut: requests under way die with their connection, once or
// again and again; or those that come over a connection that was idle.
func newConnectionCut(f scenario.Fault, cluster any) (Fault, error) {
	if f.Params.Idle > 0 {
		on, ok := cluster.(IdleForgetter)
		if !ok {
			return nil, lacks(f.Name, "forget idle connections")
		}
		return &idleCut{nodes: nodesOf(f, cluster), after: f.Params.Idle, on: on}, nil
	}
	on, ok := cluster.(ConnectionCutter)
	if !ok {
		return nil, lacks(f.Name, "cut connections")
	}
	return &connectionCut{nodes: nodesOf(f, cluster), every: f.Params.Every, on: on, repeat: repeater{time: timeOf(cluster)}}, nil
}

type connectionCut struct {
	nodes  []int
	every  time.Duration
	on     ConnectionCutter
	repeat repeater
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

type idleCut struct {
	nodes []int
	after time.Duration
	on    IdleForgetter
}

func (c *idleCut) Inject(context.Context) error { return c.set(c.after) }

func (c *idleCut) Recover(context.Context) error { return c.set(0) }

func (c *idleCut) set(after time.Duration) error {
	return each(c.nodes, func(n int) error { return c.on.ForgetIdle(n, after) })
}
