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

// StoreClockSkewer can put the shared store's clock ahead of, or behind, all
// others.
type StoreClockSkewer interface {
	StoreClockOffset() time.Duration
	SetStoreClockOffset(d time.Duration) error
}

// storeClock is the store's clock, as if the store was one of the nodes.
type storeClock struct{ on StoreClockSkewer }

func (s storeClock) ClockOffset(int) time.Duration { return s.on.StoreClockOffset() }

func (s storeClock) SetClockOffset(_ int, d time.Duration) error { return s.on.SetStoreClockOffset(d) }

// clocksOf lists whose clocks a fault is about, and gives what can set them.
func clocksOf(f scenario.Fault, cluster any) ([]int, ClockSkewer, error) {
	if f.Params.Node == scenario.Store {
		on, ok := cluster.(StoreClockSkewer)
		if !ok {
			return nil, nil, lacks(f.Name, "set the store's clock: use --substrate container")
		}
		return []int{scenario.Store}, storeClock{on}, nil
	}
	on, ok := cluster.(ClockSkewer)
	if !ok {
		return nil, nil, lacks(f.Name, "set a node's clock")
	}
	return nodesOf(f, cluster), on, nil
}

type clockSkew struct {
	nodes  []int
	offset time.Duration
	on     ClockSkewer
}

// newClockSkew: a clock is wrong by a fixed offset until it is put right.
func newClockSkew(f scenario.Fault, cluster any) (Fault, error) {
	nodes, on, err := clocksOf(f, cluster)
	if err != nil {
		return nil, err
	}
	return &clockSkew{nodes: nodes, offset: f.Params.Offset, on: on}, nil
}

func (c *clockSkew) Inject(context.Context) error {
	return each(c.nodes, func(n int) error { return c.on.SetClockOffset(n, c.offset) })
}

func (c *clockSkew) Recover(context.Context) error {
	return each(c.nodes, func(n int) error { return c.on.SetClockOffset(n, 0) })
}
