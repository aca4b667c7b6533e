package container

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/moby/moby/client"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/container/lab"
	"github.com/logoutlab/logoutlab/harness/substrate/container/node"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// The places of the parts on the network.
const (
	storePlace = 2 + iota
	helperPlace
	balancerPlace
	cachePlace
	relayPlace
	replicaPlace
	firstNode = 11
)

// maxNodes is how many nodes the network has room for.
const maxNodes = 200

// Cluster is a running system of containers. Its methods are the capabilities
// that faults use; they are safe to call at the same time.
type Cluster struct {
	plan   *plan.Plan
	arch   scenario.Architecture
	clock  substrate.Clock
	record substrate.Recorder
	token  string // for the nodes' control ports
	docker *client.Client
	lab    *lab.Lab

	store  *lab.Box // the primary, if there is a replica
	spare  *lab.Box // the replica, until it takes over
	helper *helper
	relay  *relay     // nil: no fault needs one
	filter string     // image with iptables; "" if no fault needs it
	nodes  []*appNode // those that a fault adds included

	balancerProduct, cacheProduct proxies.Product
	byHand                        bool // see [Substrate]
	balancer, cache               *lab.Box
	control                       proxies.Controller
	announced                     bool // the front is told who users are, by a PROXY header
	url                           string

	revivals sync.WaitGroup // of nodes that have died of overload
	closing  context.Context
	close    context.CancelFunc

	mu          sync.Mutex // guards nodes' lives, the keys, the store's clock and use, and which box is the store
	keys        *parts.Keyring
	storeOffset time.Duration
	used        use
	failed      error // of a node that did not come back
}

// The capabilities, beside those that checking a scenario finds by itself.
var (
	_ fault.ClockSkewer      = (*Cluster)(nil)
	_ fault.StoreClockSkewer = (*Cluster)(nil)
	_ fault.NodeKiller       = (*Cluster)(nil)
	_ fault.NodeStopper      = (*Cluster)(nil)
	_ fault.NodePauser       = (*Cluster)(nil)
	_ fault.StoreStopper     = (*Cluster)(nil)
	_ fault.StoreFlusher     = (*Cluster)(nil)
	_ fault.StoreEvicter     = (*Cluster)(nil)
	_ fault.StoreFailer      = (*Cluster)(nil)
	_ fault.KeySetter        = (*Cluster)(nil)
	_ fault.KeyRotator       = (*Cluster)(nil)
	_ fault.ConnectionCutter = (*Cluster)(nil)
	_ fault.IdleForgetter    = (*Cluster)(nil)
	_ fault.BalancerReloader = (*Cluster)(nil)
	_ fault.Misconfigurer    = (*Cluster)(nil)
	_ fault.Partitioner      = (*Cluster)(nil)
	_ fault.Disturber        = (*Cluster)(nil)
	_ parts.Holders          = (*Cluster)(nil)
)

func newCluster(s *Substrate, p *plan.Plan, clock substrate.Clock, record substrate.Recorder) (*Cluster, error) {
	a := p.Variant.Architecture
	all := a
	all.Nodes = fault.Largest(p.Variant.Faults, a.Nodes)
	if all.Nodes > maxNodes {
		return nil, fmt.Errorf("%d nodes: the container substrate has room for %d", all.Nodes, maxNodes)
	}
	c := &Cluster{plan: p, arch: a, clock: clock, record: record, token: rand.Text(), byHand: s.ByHand}
	c.closing, c.close = context.WithCancel(context.Background())
	var err error
	if c.balancerProduct, err = s.balancer(); err != nil {
		return nil, err
	}
	if c.cacheProduct, err = s.cache(); err != nil {
		return nil, err
	}
	if c.keys, err = parts.NewKeyring(all, p.Stream("keys"), c); err != nil {
		return nil, err
	}
	for i := range all.Nodes {
		c.nodes = append(c.nodes, &appNode{name: scenario.NodeName(i), place: firstNode + i})
	}
	return c, nil
}

// Session is the label of all that belongs to the system, io.logoutlab.session.
func (c *Cluster) Session() string { return c.lab.Session }

// URL is where users go.
func (c *Cluster) URL() string { return c.url }

// Nodes is the number of app nodes. A nil cluster, which is what faults are
// checked against, has none.
func (c *Cluster) Nodes() int {
	if c == nil {
		return 0
	}
	return c.arch.Nodes
}

// Close ends the nodes, so that their last word is read, and removes all.
func (c *Cluster) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	c.mu.Lock()
	c.close()
	c.mu.Unlock()
	c.revivals.Wait()
	var done sync.WaitGroup
	errs := make([]error, len(c.nodes))
	for i, n := range c.nodes {
		done.Go(func() { errs[i] = n.end(ctx) })
	}
	done.Wait()
	return errors.Join(errors.Join(errs...), c.failed, c.lab.Close(), c.docker.Close())
}

// PutKeys gives a running node its keys.
func (c *Cluster) PutKeys(i int, s parts.KeySet) error {
	return c.tell(i, func(ctx context.Context, n *node.Client) error { return n.SetKeys(ctx, s) })
}

// PutJWKS publishes a JWK Set at the issuer's endpoint.
func (c *Cluster) PutJWKS(set []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), telling)
	defer cancel()
	return c.helper.client.SetIssuer(ctx, set)
}

// SetOwnKey gives a node a key of its own: random, default or empty.
func (c *Cluster) SetOwnKey(i int, kind string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keys.SetOwn(i, kind)
}

// SetCommonKey gives a node the common key back.
func (c *Cluster) SetCommonKey(i int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keys.SetCommon(i)
}

// RotateKey lets all nodes sign with a new common key.
func (c *Cluster) RotateKey() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keys.Rotate()
}

// RetireOldKeys makes all nodes trust nothing but their signing key.
func (c *Cluster) RetireOldKeys() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keys.RetireOld()
}
