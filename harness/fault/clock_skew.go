package fault

import (
	"context"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// ClockSkewer can put a node's clock ahead of, or behind, the others.
type ClockSkewer interface {
	ClockOffset(node int) time.Duration
	SetClockOffset(node int, d time.Duration) error
}

type clockSkew struct {
	nodes  []int
	offset time.Duration
	on     ClockSkewer
}

// newClockSkew: a node's clock is wrong by a fixed offset until it is put right.
func newClockSkew(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(ClockSkewer)
	if !ok {
		return nil, lacks(f.Name, "set a node's clock")
	}
	return &clockSkew{nodes: nodesOf(f, cluster), offset: f.Params.Offset, on: on}, nil
}

func (c *clockSkew) Inject(context.Context) error {
	return each(c.nodes, func(n int) error { return c.on.SetClockOffset(n, c.offset) })
}

func (c *clockSkew) Recover(context.Context) error {
	return each(c.nodes, func(n int) error { return c.on.SetClockOffset(n, 0) })
}
