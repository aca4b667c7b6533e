package loopback

import (
	"context"
	"fmt"
	"time"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// Substrate runs plans in this process.
type Substrate struct {
	Redis string // URL of a Redis to use; empty: an embedded one
}

var _ substrate.Substrate = (*Substrate)(nil)

// Name is "loopback".
func (s *Substrate) Name() string { return "loopback" }

// Limits are what this substrate can express: its parts count milliseconds,
// and two cores carry a good thousand actions a second with room to spare.
func (s *Substrate) Limits() plan.Limits {
	return plan.Limits{
		Floor:    5 * time.Millisecond,
		MaxRate:  800,
		Target:   2 * time.Second,
		MinThink: 60 * time.Millisecond,
	}
}

// Check refuses what loopback cannot express: a fault without its capability,
// or a Redis that is none.
func (s *Substrate) Check(v scenario.Variant) error {
	if s.Redis != "" {
		if _, err := parseRedis(s.Redis); err != nil {
			return err
		}
	}
	return fault.All().Check(v.Faults, (*Cluster)(nil))
}

// Start brings up store, nodes, balancer and cache, in this order.
func (s *Substrate) Start(ctx context.Context, p *plan.Plan, clock substrate.Clock, record substrate.Recorder) (substrate.Cluster, error) {
	c := &Cluster{plan: p, arch: p.Variant.Architecture, clock: clock, record: record, ids: idSource{stream: p.Stream("ids")}}
	for _, part := range []struct {
		name string
		up   func() error
	}{
		{"session store", func() error { return c.openStore(ctx, s.Redis) }},
		{"signing keys", c.makeKeys},
		{"app nodes", c.startNodes},
		{"load balancer", c.startBalancer},
		{"caching proxy", c.startCache},
	} {
		if err := part.up(); err != nil {
			_ = c.Close()
			return nil, fmt.Errorf("start the %s: %w", part.name, err)
		}
	}
	return c, nil
}
