package sim

import (
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/history"
)

// conn is a user's connection through a balancer that balances connections:
// all that goes over it goes to one node.
type conn struct {
	cluster *Cluster
	user    int
	node    *node
	under   int           // requests under way: over HTTP/1.1 one at most
	idle    time.Duration // since when none was
	closed  bool
}

// overConnection sends a request over a connection of the user's that is free,
// or over a new one.
func (x *exchange) overConnection() {
	c := x.cluster
	if k := c.free(x.user); k != nil {
		l, lost := &c.links.nodes[k.node.index], func(f balancer.Failure) { k.lose(x, f) }
		k.under++
		if k.under == 1 && l.forgot(k.idle) {
			l.reset(lost)
			return
		}
		l.over(func() { k.carry(x) }, lost)
		return
	}
	k := &conn{cluster: c, user: x.user, under: 1}
	c.conns[x.user] = append(c.conns[x.user], k)
	route := balancer.Request{}
	if c.settings.Policy.BySource() {
		route.Source = balancer.SourceOf(source(x.user))
	}
	k.dial(x, &route, 0, c.balancer.Pick(route, c.clock.now))
}

// free is the user's connection that was used last of those that can take
// another request; nil if there is none.
func (c *Cluster) free(user int) *conn {
	all := c.conns[user]
	for i := len(all) - 1; i >= 0; i-- {
		k := all[i]
		if k.node != nil && (k.under == 0 && c.clock.now-k.idle < c.arch.Balancer.KeepAlive || c.arch.Balancer.Protocol == "h2c") {
			return k
		}
	}
	return nil
}

// dial connects to the node that was chosen, or to the next one.
func (k *conn) dial(x *exchange, route *balancer.Request, try int, choice balancer.Choice) {
	c := k.cluster
	if choice.Node == balancer.None {
		k.close()
		x.cut()
		return
	}
	n, l := c.nodes[choice.Node], &c.links.nodes[choice.Node]
	refused := func() {
		c.balancer.Done(n.index)
		c.failed(n, 0, try, balancer.Refused)
		route.Tried |= 1 << n.index
		next := balancer.Choice{Node: balancer.None}
		if c.balancer.Retry(balancer.Refused, *route, try) {
			next = c.balancer.Pick(*route, c.clock.now)
		}
		k.dial(x, route, try+1, next)
	}
	l.dial(func() {
		if !n.running {
			refused()
			return
		}
		k.node = n
		n.conns = append(n.conns, k)
		if l.loses() {
			k.lose(x, balancer.Reset)
			return
		}
		k.carry(x)
	}, refused)
}

// lose ends the connection with a request that has not arrived.
func (k *conn) lose(x *exchange, f balancer.Failure) {
	k.cluster.failed(k.node, 0, 0, f)
	k.close()
	x.cut()
}

// carry brings a request to the node.
func (k *conn) carry(x *exchange) {
	if k.closed {
		x.cut()
		return
	}
	x.hop = &hop{exchange: x, conn: k}
	k.node.arrive(x.hop)
}

// answered counts a request as done.
func (k *conn) answered() {
	k.under--
	if k.under > 0 || k.closed {
		return
	}
	k.idle = k.cluster.clock.now
	since, keep := k.idle, k.cluster.arch.Balancer.KeepAlive
	if keep == 0 {
		k.close()
		return
	}
	k.cluster.clock.after(keep, func() {
		if k.under == 0 && k.idle == since {
			k.close()
		}
	})
}

// close ends the connection.
func (k *conn) close() {
	if k.closed {
		return
	}
	k.closed = true
	is := func(o *conn) bool { return o == k }
	k.cluster.conns[k.user] = slices.DeleteFunc(k.cluster.conns[k.user], is)
	if k.node != nil {
		k.node.conns = slices.DeleteFunc(k.node.conns, is)
		k.cluster.balancer.Done(k.node.index)
	}
}

// cut tells the user that the connection has died.
func (x *exchange) cut() {
	x.cluster.clock.after(x.cluster.far, func() { x.fail(client.Reset) })
}

// failed records a failed attempt of the balancer.
func (c *Cluster) failed(n *node, request, try int, f balancer.Failure) {
	c.record.Append(&history.Event{At: c.clock.now, Type: history.Route, Req: request, Node: n.name, Replay: try, Err: string(f)})
}
