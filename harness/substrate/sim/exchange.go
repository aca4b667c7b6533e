package sim

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/fakes/edgecache"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/workload"
)

// exchange is one request of a user on its way, and its answer on the way
// back.
type exchange struct {
	cluster *Cluster
	user    int
	number  int
	request client.Request
	event   history.Event
	tell    func(client.Response)
	over    bool // the client has its answer, or waits no longer

	cached   edgecache.Request
	lookup   edgecache.Result
	upstream time.Duration // when the cache sent it on
	route    balancer.Request
	hop      *hop // under way
}

// send sends a request. The answer, or the failure in its place, is told.
func (c *Cluster) send(user, number int, r client.Request, tell func(client.Response)) {
	x := &exchange{cluster: c, user: user, number: number, request: r, tell: tell}
	x.event = workload.Sent(c.clock.now, user, number, r)
	c.clock.after(c.arch.Client.Timeout, func() {
		if !x.over {
			x.fail(client.Timeout)
			c.clock.after(c.far, x.abandon)
		}
	})
	c.clock.after(c.far, x.enter)
}

// enter reaches the front.
func (x *exchange) enter() {
	if x.cluster.cache == nil {
		x.balance()
		return
	}
	x.cached = edgecache.Request{Method: x.method(), Key: x.event.Path, HasAuth: x.request.Bearer != (client.Value{}), Fields: x}
	now := x.cluster.clock.now
	entry, result := x.cluster.cache.Lookup(&x.cached, now)
	if x.lookup = result; result == edgecache.Hit {
		a := *entry.Payload
		a.hit, a.age = true, entry.Age
		x.home(&a)
		return
	}
	x.upstream = now
	x.cluster.links.balancer.send(x.balance, func(balancer.Failure) { x.home(ownAnswer(502)) })
}

// balance reaches the balancer.
func (x *exchange) balance() {
	if x.cluster.conns != nil {
		x.overConnection()
		return
	}
	c := x.cluster.settings
	x.route = balancer.Request{Idempotent: x.method() == "GET"}
	if c.Policy.BySource() {
		x.route.Source = balancer.SourceOf(source(x.user))
	}
	if name := c.Stickiness.CookieName(); name != "" {
		x.route.Sticky = x.cookie(name).Text
	}
	if c.Stickiness == balancer.AppCookie {
		if v := x.cookie(c.AppCookie); v != (client.Value{}) {
			x.route.AppValue = "present"
		}
	}
	x.attempt(0, x.cluster.pick(x.user, x.route))
}

// source is the address that a user comes from, as on loopback.
func source(user int) string { return address(user).String() }

func address(user int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, byte(1 + user>>16), byte(user >> 8), byte(user)})
}

// hop is one attempt at a node.
type hop struct {
	*exchange
	try    int
	choice balancer.Choice
	conn   *conn // nil: the balancer balances requests
	lost   bool  // with its connection, or nobody waits for it any more
	place  place
}

func (x *exchange) attempt(try int, choice balancer.Choice) {
	if choice.Node == balancer.None {
		x.returned(ownAnswer(503))
		return
	}
	h := &hop{exchange: x, try: try, choice: choice}
	x.hop = h
	n := x.cluster.nodes[choice.Node]
	x.cluster.links.nodes[choice.Node].send(func() { n.arrive(h) }, h.fail)
}

// node is the number of the node.
func (h *hop) node() int {
	if h.conn != nil {
		return h.conn.node.index
	}
	return h.choice.Node
}

// fail ends an attempt without an answer, and makes the next if the request
// may be repeated.
func (h *hop) fail(f balancer.Failure) {
	if h.lost {
		return
	}
	h.lost = true
	c := h.cluster
	if k := h.conn; k != nil {
		k.lose(h.exchange, f)
		return
	}
	c.balancer.Done(h.choice.Node)
	c.failed(c.nodes[h.choice.Node], h.number, h.try, f)
	if !c.balancer.Retry(f, h.route, h.try) {
		h.returned(ownAnswer(502))
		return
	}
	h.route.Tried |= 1 << h.choice.Node
	next := c.pick(h.user, h.route)
	if next.Node == balancer.None {
		h.returned(ownAnswer(502))
		return
	}
	h.exchange.attempt(h.try+1, next)
}

// abandon lets go of a request, since its client has closed the connection that
// the answer would come over: so does every part on the way.
func (x *exchange) abandon() {
	h := x.hop
	if h == nil || h.lost {
		return
	}
	h.lost = true
	c := x.cluster
	switch {
	case h.conn == nil:
		c.balancer.Done(h.choice.Node)
	case c.arch.Balancer.Protocol == "h2c": // the connection carries others
		h.conn.answered()
	default:
		h.conn.close()
	}
	c.clock.after(c.near, func() { c.nodes[h.node()].leave(h) })
}

// answered takes a node's answer back to the balancer.
func (h *hop) answered(a *answer) {
	c := h.cluster
	c.links.nodes[h.node()].answer(func() {
		if h.lost {
			return
		}
		h.hop = nil
		if h.conn != nil {
			h.conn.answered()
			h.returned(a)
			return
		}
		c.balancer.Done(h.choice.Node)
		if c.settings.Stickiness.CookieName() != "" {
			a.stick(c.balancer.Answer(h.choice, a.appChange(c.settings.AppCookie), c.clock.now), c.settings)
		}
		h.returned(a)
	})
}

// returned takes an answer on, from the balancer towards the user.
func (x *exchange) returned(a *answer) {
	if x.cluster.cache == nil {
		x.home(a)
		return
	}
	x.cluster.links.balancer.answer(func() {
		now := x.cluster.clock.now
		if x.lookup == edgecache.Bypass {
			x.cluster.cache.Invalidate(&x.cached, a.status)
		} else {
			m := a.meta(now - x.upstream)
			x.cluster.cache.Store(&x.cached, &m, a, now)
		}
		x.home(a)
	})
}

// home takes an answer to the user.
func (x *exchange) home(a *answer) {
	c := x.cluster
	c.clock.after(c.far, func() {
		if x.over {
			return
		}
		x.over = true
		x.event.At = c.clock.now
		a.note(&x.event, c.date())
		c.record.Append(&x.event)
		x.tell(a.response(x.request.Seq))
	})
}

// fail ends the waiting for an answer.
func (x *exchange) fail(f client.Failure) {
	if x.over {
		return
	}
	x.over = true
	x.event.At = x.cluster.clock.now
	workload.Failed(&x.event, f)
	x.cluster.record.Append(&x.event)
	x.tell(client.Response{Seq: x.request.Seq, Failure: f})
}

func (x *exchange) method() string {
	switch x.request.Op {
	case client.OpLogin, client.OpRefresh, client.OpLogout:
		return "POST"
	}
	return "GET"
}

// cookie is a cookie's value; the zero Value if it is not presented.
func (x *exchange) cookie(name string) client.Value {
	for _, c := range x.request.Cookies {
		if c.Name == name {
			return c.Value
		}
	}
	return client.Value{}
}

// Field is a header field, as far as a cache could look at it. A credential
// is written as the number that it is known by.
func (x *exchange) Field(name string) string {
	switch name {
	case "Authorization":
		if v := x.request.Bearer; v != (client.Value{}) {
			return "Bearer " + text(v)
		}
	case "Cookie":
		var all []string
		for _, c := range x.request.Cookies {
			all = append(all, c.Name+"="+text(c.Value))
		}
		return strings.Join(all, "; ")
	}
	return ""
}

func text(v client.Value) string {
	if v.Text != "" {
		return v.Text
	}
	return strconv.FormatUint(v.Ref, 16)
}

// asks is what an application reads from the request; false if it asks for
// nothing that is to be decided.
func (x *exchange) asks() (auth.Request, bool) {
	var req auth.Request
	switch x.request.Op {
	case client.OpLogin:
		return auth.Request{Op: auth.Login, User: auth.UserID(x.user)}, true
	case client.OpLoginForm:
		return req, false
	case client.OpRefresh:
		req.Op = auth.Renew
	case client.OpLogout:
		req.Op = auth.Logout
	default:
		req.Op = auth.Page
	}
	stateful, prefix := x.cluster.arch.Session.Kind != "jwt", x.cluster.arch.Cookie.CookiePrefix()
	switch cookies := x.cluster.arch.Client.Kind == "browser"; {
	case cookies && stateful:
		req.Session = auth.SessionID(x.cookie(prefix + auth.SessionCookie).Ref)
	case cookies:
		req.Access = x.cluster.token(x.cookie(prefix + auth.AccessCookie))
		req.Refresh = x.cluster.token(x.cookie(prefix + auth.RefreshCookie))
	case stateful:
		req.Session = auth.SessionID(x.request.Bearer.Ref)
	default:
		req.Access = x.cluster.token(x.request.Bearer)
		if req.Op != auth.Page {
			req.Refresh = x.cluster.token(x.request.Refresh)
		}
	}
	return req, true
}

// token is the token that a credential stands for.
func (c *Cluster) token(v client.Value) auth.Token { return c.tokens[auth.TokenID(v.Ref)] }
