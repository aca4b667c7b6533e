package fault

import (
	"context"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

type clockJump struct {
	nodes  []int
	by     time.Duration
	jumped []int
	on     ClockSkewer
}

// newClockJump: a clock jumps by an offset, on top of what it was wrong
// by before, as after a suspended virtual machine or a stepped NTP client.
func newClockJump(f scenario.Fault, cluster any) (Fault, error) {
	nodes, on, err := clocksOf(f, cluster)
	if err != nil {
		return nil, err
	}
	return &clockJump{nodes: nodes, by: f.Params.Offset, on: on}, nil
}

func (c *clockJump) Inject(context.Context) error {
	return each(c.nodes, func(n int) error {
		if err := c.on.SetClockOffset(n, c.on.ClockOffset(n)+c.by); err != nil {
			return err
		}
		c.jumped = append(c.jumped, n)
		return nil
	})
}

// Recover steps back the nodes that jumped.
func (c *clockJump) Recover(context.Context) error {
	return each(c.jumped, func(n int) error { return c.on.SetClockOffset(n, c.on.ClockOffset(n)-c.by) })
}
