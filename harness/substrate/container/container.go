package container

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/container/daemon"
	"github.com/logoutlab/logoutlab/harness/substrate/container/lab"
	"github.com/logoutlab/logoutlab/harness/substrate/container/products"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// Substrate runs plans in containers.
type Substrate struct {
	Balancer string // haproxy or nginx; empty: haproxy
	Cache    string // varnish or nginx; empty: varnish

	// ByHand makes the front take connections as they are, without the PROXY
	// header that tells users apart: curl and browsers send none.
	ByHand bool
}

var _ substrate.Real = (*Substrate)(nil)

// Name is "container".
func (s *Substrate) Name() string { return "container" }

// Afar is true: nodes' words come by way of Docker.
func (s *Substrate) Afar() bool { return true }

// Flags are those of the command line that set the substrate up.
func (s *Substrate) Flags() []string {
	var flags []string
	if s.Balancer != "" {
		flags = append(flags, "--balancer", s.Balancer)
	}
	if s.Cache != "" {
		flags = append(flags, "--cache", s.Cache)
	}
	return flags
}

// Limits are what this substrate can express: some 3,000 requests a second
// come through from the host, all parts on two cores, which leaves room; the
// products have their own shortest durations, and Docker its own speed.
func (s *Substrate) Limits() plan.Limits {
	l := plan.Limits{
		Floor:    10 * time.Millisecond,
		MaxRate:  500,
		Target:   3 * time.Second,
		MinThink: 60 * time.Millisecond,
		MinWork:  10 * time.Millisecond,
		Floors:   maps.Clone(dockerFloors),

		MaxRequests: 1_000_000,
		MaxTime:     24 * time.Hour,
	}
	for _, find := range []func() (proxies.Product, error){s.balancer, s.cache} {
		if p, err := find(); err == nil {
			maps.Copy(l.Floors, p.About().Floors)
		}
	}
	return l
}

// dockerFloors are how soon Docker can end and start a process: each takes some
// 300 ms. While a node gets warm, a hiccup of the machine must not decide what it
// can do.
var dockerFloors = map[string]time.Duration{
	"app.warm_up":           5 * time.Second,
	"app.restart":           time.Second,
	"node_kill.for":         time.Second,
	"node_stop.for":         time.Second,
	"node_restart.down":     300 * time.Millisecond,
	"node_restart.every":    1500 * time.Millisecond,
	"node_pause.for":        200 * time.Millisecond,
	"balancer_reload.every": 500 * time.Millisecond,
	"scale.at":              1200 * time.Millisecond, // a node that comes takes some 200 ms, in which a run must not go far
	"scale.for":             3 * time.Second,
	"store_down.for":        time.Second,
	"store_failover.lag":    500 * time.Millisecond, // to which the primary's end adds its own
	"partition.for":         2 * time.Second,        // nodes wait a second for the store, a balancer half a second for a connection
}

func (s *Substrate) balancer() (proxies.Product, error) {
	return find("--balancer", products.Balancers(), s.Balancer)
}

func (s *Substrate) cache() (proxies.Product, error) {
	return find("--cache", products.Caches(), s.Cache)
}

// Named says whether the products are known.
func (s *Substrate) Named() error {
	_, err := s.balancer()
	_, err1 := s.cache()
	return errors.Join(err, err1)
}

// find is the product of this name; the first if the name is empty.
func find(flag string, list []proxies.Product, name string) (proxies.Product, error) {
	if name == "" {
		return list[0], nil
	}
	p, err := products.Find(list, name)
	if err != nil {
		return nil, fmt.Errorf("%s %w", flag, err)
	}
	return p, nil
}

// Check refuses what containers cannot express: a fault without its
// capability, a network of a given speed, a policy that the product does not have, or a configuration of
// the user's own that cannot be filled in.
func (s *Substrate) Check(v scenario.Variant) error {
	errs := []error{parts.CheckNetwork(v), fault.All().Check(v.Faults, (*Cluster)(nil)), checkLinks(v)}
	balancer, err := s.balancer()
	switch {
	case err == nil && v.Architecture.Balancer.Config.File != "":
		err = checkConfig(balancer, v)
	case err == nil:
		_, err = balancer.Check(v.Architecture)
	}
	errs = append(errs, err)
	if v.Architecture.Cache.Enabled {
		cache, err := s.cache()
		if err == nil {
			_, err = cache.Check(v.Architecture)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Start brings up the network, then what needs nothing (store, nodes, helper),
// the nodes' applications, the balancer, and the cache.
func (s *Substrate) Start(ctx context.Context, p *plan.Plan, clock substrate.Clock, record substrate.Recorder) (substrate.Cluster, error) {
	c, err := newCluster(s, p, clock, record)
	if err != nil {
		return nil, err
	}
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// start leaves nothing on error.
func (c *Cluster) start(ctx context.Context) (err error) {
	if c.docker, err = daemon.Connect(ctx); err != nil {
		return err
	}
	if c.lab, err = lab.Open(ctx, c.docker); err != nil {
		return errors.Join(err, c.docker.Close())
	}
	if err := c.up(ctx); err != nil {
		return errors.Join(err, c.Close())
	}
	return nil
}

func (c *Cluster) up(ctx context.Context) error {
	first, within := errgroup.WithContext(ctx)
	first.Go(func() error { return c.startStore(within) })
	first.Go(func() error { return c.findFilter(within) })
	first.Go(func() error { return c.startRelay(within) })
	first.Go(func() error { return c.startHelper(within) })
	for i, n := range c.nodes {
		n.fresh = i >= c.arch.Nodes
		first.Go(func() error { return c.startBox(within, n) })
	}
	if err := first.Wait(); err != nil {
		return err
	}
	second, within := errgroup.WithContext(ctx)
	second.Go(func() error { return c.awaitStore(within) })
	for i := range c.arch.Nodes {
		second.Go(func() error { return c.serve(within, i) })
	}
	if err := second.Wait(); err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		up   func(context.Context) error
	}{{"load balancer", c.startBalancer}, {"caching proxy", c.startCache}} {
		if err := part.up(ctx); err != nil {
			return fmt.Errorf("start the %s: %w", part.name, err)
		}
	}
	return nil
}
