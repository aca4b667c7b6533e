package container

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/images"
	"github.com/logoutlab/logoutlab/harness/substrate/container/lab"
	"github.com/logoutlab/logoutlab/harness/substrate/container/node"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
	"github.com/logoutlab/logoutlab/harness/workload"
)

const (
	frontPort   = 80
	runtimePort = 9999

	arrival = 15 * time.Second // how long the first request may take to get through
)

// helper is a container of our own program that no fault touches: the issuer
// of keys, and the harness's way to ports that are not published.
type helper struct {
	box    *lab.Box
	client *node.Client
}

func (c *Cluster) startHelper(ctx context.Context) error {
	box, err := c.startProgram(ctx, "helper", helperPlace, nil)
	if err != nil {
		return err
	}
	c.helper = &helper{box: box, client: node.NewClient("helper", "http://"+box.Published(controlPort), c.token)}
	set, err := c.keys.JWKS()
	if err != nil || set == nil {
		return err
	}
	return c.helper.client.SetIssuer(ctx, set)
}

func (c *Cluster) startBalancer(ctx context.Context) (err error) {
	o := proxies.Options{
		Listen: fmt.Sprintf(":%d", frontPort), Control: fmt.Sprintf(":%d", runtimePort), Operator: c.lab.Addr(helperPlace).String(), ProxyProtocol: !c.arch.Cache.Enabled && !c.byHand,
	}
	for i, n := range c.nodes {
		o.Servers = append(o.Servers, proxies.Server{Name: n.name, Address: c.wayTo(n), Down: i >= c.arch.Nodes})
	}
	setup, err := proxies.SetUp(c.balancerProduct, c.arch, o)
	if err != nil {
		return err
	}
	c.announced = !c.byHand
	if !c.arch.Cache.Enabled { // the user's own configuration has the last word
		c.announced = proxies.TakesProxyHeader(setup.Config(c.balancerProduct))
	}
	if c.balancer, err = c.startProxy(ctx, "balancer", balancerPlace, c.balancerProduct, setup, !c.arch.Cache.Enabled); err != nil {
		return err
	}
	c.control = c.controller(o)
	if c.arch.Cache.Enabled {
		return nil
	}
	return c.refuse(ctx, c.await(ctx, c.balancer))
}

// ProxyProtocol says that the front wants to be told who users are, which only
// a balancer with a configuration of the user's own may not want.
func (c *Cluster) ProxyProtocol() bool { return c.announced }

func (c *Cluster) startCache(ctx context.Context) (err error) {
	if !c.arch.Cache.Enabled {
		return nil
	}
	o := proxies.Options{
		Listen: fmt.Sprintf(":%d", frontPort), ProxyProtocol: !c.byHand, Compress: c.plan.Compress,
		Upstream: c.way(scenario.Link{From: scenario.CachePart, To: scenario.BalancerPart}),
	}
	setup, err := c.cacheProduct.Setup(c.arch, o)
	if err != nil {
		return err
	}
	if c.cache, err = c.startProxy(ctx, "cache", cachePlace, c.cacheProduct, setup, true); err != nil {
		return err
	}
	return c.refuse(ctx, c.await(ctx, c.cache))
}

func (c *Cluster) startProxy(ctx context.Context, name string, place int, p proxies.Product, setup proxies.Setup, front bool) (*lab.Box, error) {
	image, err := images.Find(ctx, c.docker, p.About().Name)
	if err != nil {
		return nil, err
	}
	spec := lab.Spec{
		Name: name, Image: image, Addr: c.lab.Addr(place), Cmd: setup.Command, Tmpfs: map[string]string{},
		Output: func(line []byte) { c.readProxy(p, string(line)) },
	}
	for _, f := range setup.Files {
		spec.Files = append(spec.Files, lab.File(f))
	}
	options := "exec,mode=1777"
	if setup.UID > 0 {
		spec.User = strconv.Itoa(setup.UID)
		options += ",uid=" + spec.User // runc before 1.1.8 takes no mode for a directory that the image has
	}
	for _, path := range setup.Tmpfs {
		spec.Tmpfs[path] = options
	}
	if front {
		spec.Publish = []int{frontPort}
	}
	return c.lab.Start(ctx, spec)
}

// await waits until a request gets through to a node, and makes the box the
// system's front.
func (c *Cluster) await(ctx context.Context, front *lab.Box) error {
	ctx, cancel := context.WithTimeout(ctx, arrival)
	defer cancel()
	address := front.Published(frontPort)
	for {
		err := c.knock(ctx, address)
		if err == nil {
			c.url = "http://" + address
			return nil
		}
		if err := c.fallen(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no request gets through the %s within %v: %w%s", front.Name, arrival, err, front.LastWords())
		case <-time.After(poll):
		}
	}
}

// fallen is the end of a proxy that should serve; the first of them is the
// reason for the others' silence.
func (c *Cluster) fallen(ctx context.Context) error {
	for _, proxy := range []struct {
		box     *lab.Box
		product proxies.Product
		flag    string
	}{{c.balancer, c.balancerProduct, "--balancer"}, {c.cache, c.cacheProduct, "--cache"}} {
		if proxy.box == nil {
			continue
		}
		if err := proxy.box.Ended(ctx); err != nil {
			return fmt.Errorf("%w\nSee what it was told with: logoutlab config %s/%s %s %s",
				err, c.plan.Scenario.File, c.plan.Variant.Name, proxy.flag, proxy.product.About().Name)
		}
	}
	return nil
}

func (c *Cluster) knock(ctx context.Context, address string) error {
	t := &http.Transport{DialContext: workload.Dialer(nil, c.announced), DisableKeepAlives: true}
	if c.arch.Balancer.Protocol == "h2c" && c.cache == nil {
		t.Protocols = new(http.Protocols)
		t.Protocols.SetUnencryptedHTTP2(true)
	}
	defer t.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", nil)
	if err != nil {
		return err
	}
	res, err := t.RoundTrip(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", res.Status)
	}
	return nil
}
