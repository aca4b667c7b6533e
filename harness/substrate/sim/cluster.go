package sim

import (
	"context"
	"errors"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/fakes/edgecache"
	"github.com/logoutlab/logoutlab/fakes/store"
	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// cacheSize is how many answers the caching proxy holds, as loopback's does.
const cacheSize = 4096

// Cluster is a system in virtual time. Its methods are the capabilities that
// faults use.
type Cluster struct {
	plan     *plan.Plan
	arch     scenario.Architecture
	epoch    time.Time
	clock    *schedule
	record   substrate.Recorder
	far      time.Duration
	near     time.Duration
	nodes    []*node
	settings balancer.Config
	balancer *balancer.Balancer
	stage    *stage                    // for some users alone; nil: all users act
	cache    *edgecache.Cache[*answer] // nil: there is none
	store    *shared                   // nil: nothing is kept in common
	keys     *parts.Keyring            // nil: the architecture has no signing keys
	conns    map[int][]*conn           // by user; nil unless the balancer balances connections
	links    links
	life     context.Context // ends with the run
	names    names
	tokens   tokens
	seal     func(says auth.Claims, secret []byte) auth.Token // as somebody does who has no key
}

// The capabilities.
var (
	_ fault.Timed            = (*Cluster)(nil)
	_ fault.Sizer            = (*Cluster)(nil)
	_ fault.ClockSkewer      = (*Cluster)(nil)
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
	_ fault.Partitioner      = (*Cluster)(nil)
	_ fault.Disturber        = (*Cluster)(nil)
	_ fault.BalancerReloader = (*Cluster)(nil)
	_ fault.Misconfigurer    = (*Cluster)(nil)
)

// newCluster makes the system of a plan; life ends with the run.
func (s *Substrate) newCluster(life context.Context, p *plan.Plan, clock *schedule, record substrate.Recorder) (*Cluster, error) {
	a := p.Variant.Architecture
	c := &Cluster{plan: p, arch: a, epoch: s.Epoch(), clock: clock, record: record, tokens: tokens{}, life: life}
	c.far, c.near = Ways(p)
	c.openStore(a.Session)
	if a.Cache.Enabled {
		c.cache = edgecache.New[*answer](parts.CacheConfig(a.Cache, p.Compress), cacheSize)
	}
	if a.Balancer.Per == "connection" {
		c.conns = map[int][]*conn{}
	}
	var err error
	all := a
	all.Nodes = fault.Largest(p.Variant.Faults, a.Nodes)
	c.settings = parts.BalancerConfig(a, all.Nodes)
	if c.balancer, err = balancer.New(c.settings, p.Dice("balancer")); err != nil {
		return nil, err
	}
	ids := parts.NewIDs(p.Stream("ids"))
	for i := range all.Nodes {
		c.nodes = append(c.nodes, &node{cluster: c, index: i, name: scenario.NodeName(i), ids: ids})
	}
	c.makeLinks()
	if err := c.makeKeys(s.rings); err != nil {
		return nil, err
	}
	for i := range c.nodes {
		if i >= a.Nodes { // it comes later
			c.balancer.Drain(i, 0)
			continue
		}
		if err := c.StartNode(i); err != nil {
			return nil, err
		}
	}
	c.check()
	return c, nil
}

func shorter(d time.Duration, p *plan.Plan) time.Duration {
	return time.Duration(float64(d) / p.Compress)
}

// date is what a Date header says now, in Unix seconds.
func (c *Cluster) date() int64 { return c.epoch.Add(c.clock.now).Unix() }

// Time is the cluster's own. A nil cluster has none yet.
func (c *Cluster) Time() fault.Time {
	if c == nil {
		return (*schedule)(nil)
	}
	return c.clock
}

// Nodes is the number of app nodes. A nil cluster, which is what faults are
// checked against, has none.
func (c *Cluster) Nodes() int {
	if c == nil {
		return 0
	}
	return c.arch.Nodes
}

var errNoStore = errors.New("this architecture has no shared session store")

// StopStore takes the shared store away.
func (c *Cluster) StopStore() error {
	c.hangUp()
	return c.onStore((*shared).stop)
}

// StartStore brings it back: Redis with its data, memcached without.
func (c *Cluster) StartStore() error { return c.onStore(func(s *shared) { s.down = false }) }

// FlushStore empties the shared store.
func (c *Cluster) FlushStore(context.Context) error {
	return c.onStore(func(s *shared) { s.memory.Clear() })
}

// EvictStore fills the shared store's memory: it removes all but keep percent,
// or takes in nothing more.
func (c *Cluster) EvictStore(_ context.Context, keep int) error {
	return c.onStore(func(s *shared) {
		if s.spares {
			s.refuses = store.RefuseGrowth
			return
		}
		s.memory.Evict(keep, c.plan.Stream("evict"))
	})
}

// RelieveStore gives the shared store memory enough.
func (c *Cluster) RelieveStore(context.Context) error {
	return c.onStore(func(s *shared) {
		if s.spares {
			s.refuses = store.RefuseNothing
		}
	})
}

func (c *Cluster) onStore(do func(*shared)) error {
	if c.store == nil {
		return errNoStore
	}
	do(c.store)
	return nil
}

// CutConnections resets the connections to a node that carry a request, and
// returns how many those were.
func (c *Cluster) CutConnections(i int) (int, error) { return c.nodes[i].cut(), nil }

// ForgetIdle resets connections to a node that have been idle for so long, each
// with the next request that comes over it; 0: none.
func (c *Cluster) ForgetIdle(i int, after time.Duration) error {
	c.links.nodes[i].forgets = after
	return nil
}

// ReloadBalancer lets the balancer begin anew.
func (c *Cluster) ReloadBalancer(context.Context) error {
	return parts.Reloading(c.clock.Now, c.record.Append, func() error {
		c.balancer.Reload()
		for i := range c.links.nodes {
			c.links.nodes[i].hangUp()
		}
		return nil
	})
}

// check lets the balancer check all nodes, now and ever after.
func (c *Cluster) check() {
	h := c.arch.Balancer.Health
	if h.Interval == 0 {
		return
	}
	c.clock.after(h.Interval, func() {
		for _, n := range c.nodes {
			n.check(h.Timeout)
		}
		c.check()
	})
}

// change reports what f does to a node's state in the balancer's eyes.
func (c *Cluster) change(i int, f func()) {
	before := c.balancer.State(i)
	f()
	if after := c.balancer.State(i); after != before {
		c.record.Append(&history.Event{At: c.clock.now, Type: history.Route, Node: c.nodes[i].name, State: string(after)})
	}
}
