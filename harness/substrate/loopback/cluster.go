package loopback

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer/proxy"
	cacheproxy "github.com/logoutlab/logoutlab/fakes/edgecache/proxy"
	"github.com/logoutlab/logoutlab/fakes/store"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// Cluster is a running system. Its methods are the capabilities that faults
// use; they are safe to call at the same time.
type Cluster struct {
	plan   *plan.Plan
	arch   scenario.Architecture
	size   int // nodes at most
	clock  substrate.Clock
	record substrate.Recorder
	ids    *parts.IDs

	mu         sync.Mutex // guards nodes' lives and the keys
	store      *sharedStore
	links      links
	keys       *parts.Keyring // nil: the architecture has no signing keys
	holders    holders
	nodes      []*node
	balancer   *proxy.Proxy
	cache      *http.Server
	cacheProxy *cacheproxy.Proxy
	fronts     sync.WaitGroup
	url        string
	closed     bool
	failed     error // a node that did not come back after its death

	balancerAddr string
}

// URL is where users go.
func (c *Cluster) URL() string { return c.url }

// StoreUse is what nodes have asked of the store that they share so far; nil if
// they share none.
func (c *Cluster) StoreUse() *history.StoreUse {
	if c.store == nil {
		return nil
	}
	return parts.StoreUse(&c.store.use)
}

// Nodes is the number of app nodes. A nil cluster, which is what faults are
// checked against, has none.
func (c *Cluster) Nodes() int {
	if c == nil {
		return 0
	}
	return c.arch.Nodes
}

func (c *Cluster) openStore(ctx context.Context, s *Substrate) (err error) {
	product := c.arch.Session.Store()
	if product == "" {
		return nil
	}
	if c.store, err = openStore(ctx, product, s); err != nil {
		return err
	}
	for i := range c.size {
		address, err := c.via(scenario.NodeName(i), scenario.StorePart, c.store.relay.addr)
		if err != nil {
			return err
		}
		c.store.found(address)
	}
	return nil
}

func (c *Cluster) startBalancer() error {
	b := c.arch.Balancer
	o := proxy.Options{
		Config: parts.BalancerConfig(c.arch, c.size), Standby: c.size - c.arch.Nodes, Rand: c.plan.Dice("balancer"), H2C: b.Protocol == "h2c",
		KeepAlive: 2 * b.KeepAlive, // clients let go first: no request meets a connection that is being closed
		Epoch:     c.clock.Now, OnRoute: c.noteRoute, TrustForwarded: c.arch.Cache.Enabled,
	}
	if b.Per == "connection" {
		o.Per = proxy.PerConnection
	}
	for _, n := range c.nodes {
		address, err := c.via(scenario.BalancerPart, n.name, n.process.Addr())
		if err != nil {
			return err
		}
		o.Nodes = append(o.Nodes, n.name)
		o.Addrs = append(o.Addrs, address)
	}
	var err error
	if c.balancer, err = proxy.New(o); err != nil {
		return err
	}
	l, err := c.listen()
	if err != nil {
		return err
	}
	c.balancerAddr = l.Addr().String()
	c.fronts.Add(1)
	go func() {
		defer c.fronts.Done()
		_ = c.balancer.Serve(l)
	}()
	return nil
}

// listen opens a loopback port and makes it the system's front.
func (c *Cluster) listen() (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		c.url = "http://" + l.Addr().String()
	}
	return l, err
}

func (c *Cluster) startCache() error {
	if !c.arch.Cache.Enabled {
		return nil
	}
	upstream, err := url.Parse(c.url)
	if err != nil {
		return err
	}
	if upstream.Host, err = c.via(scenario.CachePart, scenario.BalancerPart, upstream.Host); err != nil {
		return err
	}
	c.cacheProxy = cacheproxy.New(cacheproxy.Options{
		Upstream: upstream, Now: c.clock.Now, Transport: c.towardsBalancer(),
		Config: parts.CacheConfig(c.arch.Cache, c.plan.Compress),
	})
	l, err := c.listen()
	if err != nil {
		return err
	}
	c.cache = &http.Server{Handler: c.cacheProxy, ReadHeaderTimeout: 10 * time.Second}
	if c.arch.Balancer.Protocol == "h2c" {
		c.cache.Protocols = new(http.Protocols)
		c.cache.Protocols.SetHTTP1(true)
		c.cache.Protocols.SetUnencryptedHTTP2(true)
	}
	c.fronts.Add(1)
	go func() {
		defer c.fronts.Done()
		_ = c.cache.Serve(l)
	}()
	return nil
}

// towardsBalancer is the caching proxy's way in. As clients do, it lets go of
// an idle connection before the balancer does, and sends nothing twice.
func (c *Cluster) towardsBalancer() http.RoundTripper {
	return &proxy.NoReplay{Transport: &http.Transport{
		MaxIdleConnsPerHost: 1024, MaxConnsPerHost: 1024, DisableCompression: true,
		IdleConnTimeout: c.arch.Balancer.KeepAlive, DisableKeepAlives: c.arch.Balancer.KeepAlive == 0,
	}}
}

// Close ends everything, front to back.
func (c *Cluster) Close() error {
	var errs []error
	if c.cache != nil {
		errs = append(errs, c.cache.Close())
		c.cacheProxy.Close()
	}
	if c.balancer != nil {
		errs = append(errs, c.balancer.Close())
	}
	c.fronts.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for i := range c.nodes {
		c.kill(i)
	}
	c.links.close()
	c.holders.close()
	if c.store != nil {
		c.store.close()
	}
	return errors.Join(append(errs, c.failed)...)
}

// StopStore takes the shared store away.
func (c *Cluster) StopStore() error {
	if c.store == nil {
		return errNoStore
	}
	return c.store.stop()
}

// StartStore brings it back: Redis with its data, memcached without.
func (c *Cluster) StartStore() error {
	if c.store == nil {
		return errNoStore
	}
	return c.store.relay.open()
}

// FlushStore empties the shared store: all of it, or if it is the user's, what
// belongs to this run.
func (c *Cluster) FlushStore(ctx context.Context) error {
	if c.store == nil {
		return errNoStore
	}
	return c.store.flush(ctx)
}

// EvictStore fills the shared store's memory: it removes all but keep percent of
// what this run has there, or takes in nothing more.
func (c *Cluster) EvictStore(ctx context.Context, keep int) error {
	switch {
	case c.store == nil:
		return errNoStore
	case c.arch.Session.Eviction == scenario.NoEviction:
		c.store.refuse(store.RefuseGrowth)
		return nil
	}
	return c.store.evict(ctx, keep, c.plan.Stream("evict"))
}

// RelieveStore gives the shared store memory enough.
func (c *Cluster) RelieveStore(context.Context) error {
	switch {
	case c.store == nil:
		return errNoStore
	case c.arch.Session.Eviction == scenario.NoEviction:
		c.store.refuse(store.RefuseNothing)
	}
	return nil
}

// CutConnections resets the balancer's busy connections to a node.
func (c *Cluster) CutConnections(node int) (int, error) { return c.balancer.Cut(node), nil }

// ForgetIdle resets connections to a node that have been idle for so long, each
// with the next request that comes over it; 0: none.
func (c *Cluster) ForgetIdle(node int, after time.Duration) error {
	c.nodes[node].process.ForgetIdle(after)
	return nil
}

// ReloadBalancer lets the balancer begin anew.
func (c *Cluster) ReloadBalancer(context.Context) error {
	return parts.Reloading(c.clock.Now, c.record.Append, func() error { c.balancer.Reload(); return nil })
}

// noteRoute records a failed attempt of the balancer.
func (c *Cluster) noteRoute(e proxy.RouteEvent) {
	c.record.Append(&history.Event{
		At: c.clock.Now(), Type: history.Route, Req: parts.RequestNumber(e.Req), Node: c.nodes[e.Node].name,
		Replay: e.Attempt, Err: string(e.Failure), State: string(e.State),
	})
}
