package container

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/node"
)

const relayPort = 10_000 // of the relay's first link

// relay is a container of our own program that the links which faults will
// disturb lead through.
type relay struct {
	client *node.Client
	links  []scenario.Link
	last   atomic.Int64 // number of the latest disturbance
}

// startRelay starts the relay if a fault will need it, before anything that
// leads through it.
func (c *Cluster) startRelay(ctx context.Context) error {
	links := fault.Disturbed(c.plan.Variant.Faults, c.arch.Nodes)
	if len(links) == 0 {
		return nil
	}
	box, err := c.startProgram(ctx, "relay", relayPlace, nil)
	if err != nil {
		return err
	}
	r := &relay{client: node.NewClient("relay", "http://"+box.Published(controlPort), c.token), links: links}
	var open []node.Link
	for i, l := range links {
		open = append(open, node.Link{Listen: ":" + strconv.Itoa(relayPort+i), Target: c.target(l)})
	}
	c.relay = r
	return r.client.OpenLinks(ctx, open)
}

// target is where the far end of a link listens itself.
func (c *Cluster) target(l scenario.Link) string {
	port := appPort
	switch l.To {
	case scenario.StorePart:
		port = storePorts[c.arch.Session.Store()]
	case scenario.BalancerPart:
		port = frontPort
	}
	return fmt.Sprintf("%s:%d", c.addr(l.To), port)
}

// way is where the near end of a link finds the far one: there, or at the
// relay.
func (c *Cluster) way(l scenario.Link) string {
	if c.relay != nil {
		if i := slices.Index(c.relay.links, l); i >= 0 {
			return fmt.Sprintf("%s:%d", c.lab.Addr(relayPlace), relayPort+i)
		}
	}
	return c.target(l)
}

// wayTo is where the balancer finds a node.
func (c *Cluster) wayTo(n *appNode) string {
	return c.way(scenario.Link{From: scenario.BalancerPart, To: n.name})
}

// Disturb disturbs the connections between two parts, which a relay stands
// between if a fault of the plan needs one there.
func (c *Cluster) Disturb(between scenario.Pair, d fault.Disturbance) (calm func() error, err error) {
	numbers, err := c.relay.numbers(between, c.arch.Nodes)
	if err != nil {
		return nil, err
	}
	id := strconv.FormatInt(c.relay.last.Add(1), 10)
	chance := c.plan.Stream("disturbance " + id)
	each := func(do func(ctx context.Context, link int) error) error {
		ctx, cancel := context.WithTimeout(context.Background(), telling)
		defer cancel()
		var errs []error
		for _, n := range numbers {
			errs = append(errs, do(ctx, n))
		}
		return errors.Join(errs...)
	}
	calm = func() error {
		return each(func(ctx context.Context, link int) error { return c.relay.client.Calm(ctx, link, id) })
	}
	return calm, each(func(ctx context.Context, link int) error {
		d.Seed = chance.Uint64()
		return c.relay.client.Disturb(ctx, link, id, d)
	})
}

// numbers are the relay's own numbers of the links between two parts. A nil
// relay has none.
func (r *relay) numbers(between scenario.Pair, nodes int) ([]int, error) {
	var all []int
	for _, l := range between.Links(nodes) {
		n := -1
		if r != nil {
			n = slices.Index(r.links, l)
		}
		if n < 0 {
			return nil, fault.NoRelayError{Link: l}
		}
		all = append(all, n)
	}
	return all, nil
}

// checkLinks refuses to cut off two parts whose packets go through the relay.
func checkLinks(v scenario.Variant) error {
	nodes := v.Architecture.Nodes
	relayed := fault.Disturbed(v.Faults, nodes)
	for _, f := range v.Faults {
		if f.Name != "partition" {
			continue
		}
		for _, l := range f.Params.Between.Links(nodes) {
			if slices.Contains(relayed, l) {
				return fmt.Errorf("fault partition: between %s and %s stands a relay, which latency and reset need: put the partition into a variant of its own", l.From, l.To)
			}
		}
	}
	return nil
}
