package loopback

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// Substrate runs plans in this process.
type Substrate struct {
	Redis     string // URL of a Redis to use; empty: an embedded one
	Memcached string // host:port of a memcached to use; empty: an embedded one
}

var _ substrate.Real = (*Substrate)(nil)

// Name is "loopback".
func (s *Substrate) Name() string { return "loopback" }

// Flags are those of the command line that set the substrate up.
func (s *Substrate) Flags() []string {
	var flags []string
	if s.Redis != "" {
		flags = append(flags, "--redis", "URL")
	}
	if s.Memcached != "" {
		flags = append(flags, "--memcached", s.Memcached)
	}
	return flags
}

// Limits are what this substrate can express: its parts count milliseconds,
// two cores carry a good thousand actions a second with room to spare, and a
// request takes 1 to 3 kB of memory until it is judged. While a node gets warm, a
// hiccup of the machine must not decide what it can do.
func (s *Substrate) Limits() plan.Limits {
	return plan.Limits{
		Floor:    5 * time.Millisecond,
		MaxRate:  800,
		Target:   2 * time.Second,
		MinThink: 60 * time.Millisecond,
		MinWork:  10 * time.Millisecond,
		Floors:   map[string]time.Duration{"app.warm_up": 3 * time.Second},

		MaxRequests: 1_000_000,
		MaxTime:     24 * time.Hour,
	}
}

// Check refuses what loopback cannot express: a fault without its capability,
// a configuration for a real balancer, a network of a given speed, or the
// address of a store that is none.
func (s *Substrate) Check(v scenario.Variant) error {
	if s.Redis != "" {
		if _, err := parseRedis(s.Redis); err != nil {
			return err
		}
	}
	if s.Memcached != "" {
		if err := checkMemcached(s.Memcached); err != nil {
			return err
		}
	}
	if c := v.Architecture.Balancer.Config; c.File != "" {
		return fmt.Errorf("balancer.config %s: loopback has a balancer of its own, which reads no configuration: run it with --substrate container", c.File)
	}
	return errors.Join(parts.CheckNetwork(v), fault.All().Check(v.Faults, (*Cluster)(nil)))
}

// Start brings up store, nodes, balancer and cache, in this order.
func (s *Substrate) Start(ctx context.Context, p *plan.Plan, clock substrate.Clock, record substrate.Recorder) (substrate.Cluster, error) {
	c := &Cluster{plan: p, arch: p.Variant.Architecture, clock: clock, record: record, ids: parts.NewIDs(p.Stream("ids"))}
	c.size = fault.Largest(p.Variant.Faults, c.arch.Nodes)
	for _, part := range []struct {
		name string
		up   func() error
	}{
		{"session store", func() error { return c.openStore(ctx, s) }},
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
