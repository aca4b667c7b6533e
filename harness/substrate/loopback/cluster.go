package loopback

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/fakes/balancer/proxy"
	"github.com/logoutlab/logoutlab/fakes/edgecache"
	cacheproxy "github.com/logoutlab/logoutlab/fakes/edgecache/proxy"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// Cluster is a running system. Its methods are the capabilities that faults
// use; they are safe to call at the same time.
type Cluster struct {
	plan   *plan.Plan
	arch   scenario.Architecture
	clock  substrate.Clock
	record substrate.Recorder
	ids    idSource

	mu         sync.Mutex // guards nodes' lives and the keys
	store      *sharedStore
	keys       *keyring
	nodes      []*node
	balancer   *proxy.Proxy
	cache      *http.Server
	cacheProxy *cacheproxy.Proxy
	fronts     sync.WaitGroup
	url        string
}

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

func (c *Cluster) openStore(ctx context.Context, redis string) (err error) {
	if needsStore(c.arch.Session) {
		c.store, err = openStore(ctx, redis)
	}
	return err
}

func (c *Cluster) startBalancer() error {
	b := c.arch.Balancer
	o := proxy.Options{
		Config: balancerConfig(c.arch), Rand: c.plan.Stream("balancer"), H2C: b.Protocol == "h2c", KeepAlive: b.KeepAlive,
		Epoch: c.clock.Now, OnRoute: c.noteRoute, TrustForwarded: c.arch.Cache.Enabled,
	}
	if b.Per == "connection" {
		o.Per = proxy.PerConnection
	}
	for _, n := range c.nodes {
		o.Nodes = append(o.Nodes, n.name)
		o.Addrs = append(o.Addrs, n.process.Addr())
	}
	var err error
	if c.balancer, err = proxy.New(o); err != nil {
		return err
	}
	l, err := c.listen()
	if err != nil {
		return err
	}
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
	k := c.arch.Cache
	c.cacheProxy = cacheproxy.New(cacheproxy.Options{
		Upstream: upstream, Now: c.clock.Now, Transport: c.towardsBalancer(),
		Config: edgecache.Config{
			Cache401: k.Cache401, IgnoreCacheControl: k.IgnoreCacheControl, IgnoreVary: k.IgnoreVary,
			IgnoreAuth: k.IgnoreAuth, CacheSetCookie: k.CacheSetCookie, Never4xx: k.Never4xx, Scale: c.plan.Compress,
		},
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

// towardsBalancer is the caching proxy's way in. It lets go of an idle
// connection before the balancer does, and sends nothing twice.
func (c *Cluster) towardsBalancer() http.RoundTripper {
	return &proxy.NoReplay{Transport: &http.Transport{
		MaxIdleConnsPerHost: 1024, MaxConnsPerHost: 1024, DisableCompression: true,
		IdleConnTimeout: c.arch.Balancer.KeepAlive / 2, DisableKeepAlives: c.arch.Balancer.KeepAlive == 0,
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
	for _, n := range c.nodes {
		n.process.Kill()
	}
	if c.keys != nil {
		errs = append(errs, c.keys.close())
	}
	if c.store != nil {
		c.store.close()
	}
	return errors.Join(errs...)
}

// StopStore takes the shared store away.
func (c *Cluster) StopStore() error {
	if c.store == nil {
		return errNoStore
	}
	return c.store.relay.shut()
}

// StartStore brings it back, with its data.
func (c *Cluster) StartStore() error {
	if c.store == nil {
		return errNoStore
	}
	return c.store.relay.open()
}

// CutConnections resets the balancer's busy connections to a node.
func (c *Cluster) CutConnections(node int) (int, error) { return c.balancer.Cut(node), nil }

// balancerConfig says the same in the balancer's words, which are the scenario's.
func balancerConfig(a scenario.Architecture) balancer.Config {
	b := a.Balancer
	return balancer.Config{
		Policy: balancer.Policy(b.Policy), Stickiness: balancer.Stickiness(b.Stickiness),
		Nodes: a.Nodes, StickyTTL: b.StickyTTL, AppCookie: b.AppCookie, Drain: b.Drain,
		Retries: b.Retries, RetryAny: b.RetryOn == "any_failure",
		Health: balancer.Health{Interval: b.Health.Interval, Timeout: b.Health.Timeout, Rise: b.Health.Rise, Fall: b.Health.Fall},
	}
}

// noteRoute records a failed attempt of the balancer.
func (c *Cluster) noteRoute(e proxy.RouteEvent) {
	c.record.Append(&history.Event{
		At: c.clock.Now(), Type: history.Route, Req: requestNumber(e.Req), Node: c.nodes[e.Node].name,
		Replay: e.Attempt, Err: string(e.Failure), State: string(e.State),
	})
}
