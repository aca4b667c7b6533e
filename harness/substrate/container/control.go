package container

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/substrate/container/haproxy"
	"github.com/logoutlab/logoutlab/harness/substrate/container/lab"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// controller is how the running balancer is told which nodes to use: HAProxy
// at run time, others by a new configuration.
func (c *Cluster) controller(o proxies.Options) proxies.Controller {
	signal := func(ctx context.Context) error { return c.balancer.Signal(ctx, c.balancerProduct.About().Reload) }
	if controlled(c.balancerProduct) {
		address := fmt.Sprintf("%s:%d", c.lab.Addr(balancerPlace), runtimePort)
		return &haproxy.Runtime{
			Dial:   func(ctx context.Context) (net.Conn, error) { return c.helper.client.Dial(ctx, address) },
			Signal: signal,
		}
	}
	return &proxies.Reloader{
		Options: o,
		Setup:   func(o proxies.Options) (proxies.Setup, error) { return proxies.SetUp(c.balancerProduct, c.arch, o) },
		Put: func(ctx context.Context, files []proxies.File) error {
			var errs []error
			for _, f := range files {
				errs = append(errs, c.balancer.Write(ctx, lab.File(f)))
			}
			return errors.Join(errs...)
		},
		Signal: signal,
		Processes: func(ctx context.Context) (proxies.Processes, error) {
			all, err := c.balancer.Processes(ctx)
			return proxies.Processes(all), err
		},
		Worker: c.balancerProduct.About().Worker,
		Note: func(server string, drained bool) {
			state := history.StateUp
			if drained {
				state = history.StateDraining
			}
			c.record.Append(&history.Event{At: c.clock.Now(), Type: history.Route, Node: server, State: state})
		},
	}
}

// ReloadBalancer makes the balancer read its configuration again.
func (c *Cluster) ReloadBalancer(ctx context.Context) error {
	return parts.Reloading(c.clock.Now, c.record.Append, func() error { return c.control.Reload(ctx) })
}

// readProxy records what a line of a balancer's log tells of: failed attempts,
// or a node that it takes out or back.
func (c *Cluster) readProxy(p proxies.Product, line string) {
	l, ok := p.ParseLog(line)
	if !ok {
		return
	}
	if l.Node != "" {
		c.record.Append(&history.Event{At: c.clock.Now(), Type: history.Route, Node: l.Node, State: l.State})
	}
	for i, try := range l.Tries {
		if try.Failure != "" {
			c.record.Append(&history.Event{
				At: c.clock.Now(), Type: history.Route, Req: parts.RequestNumber(l.Request), Node: c.nodeAt(try.Server),
				Replay: i, Err: try.Failure,
			})
		}
	}
}

// nodeAt is the node's name, which some products know by its address only.
func (c *Cluster) nodeAt(server string) string {
	for _, n := range c.nodes {
		if server == c.wayTo(n) {
			return n.name
		}
	}
	return server
}
