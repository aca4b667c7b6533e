package sim

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// What TCP and those who use it have patience for, in real time, as timeouts
// are.
const (
	dialTimeout     = 500 * time.Millisecond // of balancer and cache, as HAProxy's and Varnish's configurations have it
	storeTimeout    = time.Second            // of a node, for one command
	retransmission  = 200 * time.Millisecond // the first, on Linux; each further one takes twice as long
	retransmissions = 2 * time.Minute        // the longest pause between two
)

// link is a way between two neighbouring parts: requests or commands go one
// way, answers the other.
type link struct {
	clock     *schedule
	near      time.Duration
	keepAlive time.Duration // how long an idle connection stands; 0: each request has its own
	shared    *node         // the far end, of an HTTP/2 connection that carries all requests; nil: each carries one

	troubles []*trouble
	cuts     int             // partitions that last
	held     []packet        // that are sent again until the last one is over
	waiting  []func()        // wakes who waits for that
	idle     []time.Duration // since when connections that stand have carried nothing, newest last
	forgets  time.Duration   // after which an idle connection is reset with the next request; 0: never
}

// trouble is a disturbance, with chances of its own.
type trouble struct {
	fault.Disturbance
	id           int
	loss, jitter *plan.Stream
}

// packet is one that has not arrived.
type packet struct {
	sent   time.Duration
	arrive func()
}

// calm tells whether all goes as it should.
func (l *link) calm() bool { return l.cuts == 0 && len(l.troubles) == 0 }

// send sends a request over a connection that stands, or over a new one. It
// arrives, or the sender is told how it failed, or neither: while packets are
// lost, who has a connection waits.
func (l *link) send(arrive func(), fail func(balancer.Failure)) {
	since, stands := l.take()
	switch {
	case l.cuts > 0 && !stands:
		l.clock.after(dialTimeout, func() { fail(balancer.Refused) })
	case stands && l.forgot(since):
		l.lose(fail)
	default:
		l.over(arrive, fail)
	}
}

// forgot tells whether a connection that has been idle is known no more to what
// is on the way.
func (l *link) forgot(since time.Duration) bool {
	return l.forgets > 0 && l.clock.now-since >= l.forgets
}

// lose ends a connection with the request that is sent over it, and with all
// others that it carries.
func (l *link) lose(fail func(balancer.Failure)) {
	if l.shared != nil {
		l.hangUp()
		l.shared.cut()
	}
	l.reset(fail)
}

// reset lets the sender of a request know that its connection has ended.
func (l *link) reset(fail func(balancer.Failure)) {
	told := func() { fail(balancer.Reset) }
	if l.cuts > 0 {
		l.held = append(l.held, packet{l.clock.now, told})
		return
	}
	l.clock.after(l.near, told)
}

// hangUp ends the connections that carry nothing.
func (l *link) hangUp() { l.idle = l.idle[:0] }

// over sends a request over a connection that stands.
func (l *link) over(arrive func(), fail func(balancer.Failure)) {
	switch {
	case l.cuts > 0:
		l.held = append(l.held, packet{l.clock.now, arrive})
	case l.loses():
		l.lose(fail)
	default:
		l.clock.after(l.near, arrive)
	}
}

// dial opens a connection that who asks for it keeps.
func (l *link) dial(accepted, refused func()) {
	if l.cuts > 0 {
		l.clock.after(dialTimeout, refused)
		return
	}
	l.clock.after(l.near, accepted)
}

// answer sends an answer back.
func (l *link) answer(arrive func()) {
	l.put()
	if l.cuts > 0 {
		l.held = append(l.held, packet{l.clock.now, arrive})
		return
	}
	l.clock.after(l.near+l.delay(), arrive)
}

// take takes the idle connection that was used last, if there is one, as
// net/http's Transport does; since when it was idle.
func (l *link) take() (since time.Duration, stands bool) {
	last := len(l.idle) - 1
	if last < 0 {
		return 0, false
	}
	if since = l.idle[last]; l.clock.now-since > l.keepAlive {
		l.hangUp() // all others have been idle for longer
		return 0, false
	}
	if l.shared == nil {
		l.idle = l.idle[:last]
		return since, true
	}
	if l.idle[last] = l.clock.now; len(l.shared.busy) > 0 {
		since = l.clock.now // it is not idle
	}
	return since, true
}

// put keeps a connection for the next request.
func (l *link) put() {
	switch {
	case l.keepAlive == 0:
	case l.shared != nil:
		l.idle = append(l.idle[:0], l.clock.now)
	default:
		l.idle = append(l.idle, l.clock.now)
	}
}

// loses decides whether a request ends its connection in place of arriving.
func (l *link) loses() bool {
	lost := false
	for _, t := range l.troubles {
		if t.ResetPercent > 0 && t.loss.IntN(100) < t.ResetPercent {
			lost = true
		}
	}
	return lost
}

// delay is how much later an answer arrives.
func (l *link) delay() time.Duration {
	var all time.Duration
	for _, t := range l.troubles {
		d := t.Delay
		if t.Jitter > 0 {
			d += time.Duration(t.jitter.IntN(int(2*t.Jitter))) - t.Jitter
		}
		all += max(d, 0)
	}
	return all
}

// probe is what becomes of a health check: how late its answer comes, or when
// it has failed.
func (l *link) probe(timeout time.Duration) (wait time.Duration, failed bool) {
	switch {
	case l.calm():
		return 0, false
	case l.cuts > 0:
		return timeout, true
	case l.loses():
		return 0, true
	}
	if wait = l.delay(); wait > timeout {
		return timeout, true
	}
	return wait, false
}

// through waits until what is sent now has arrived, a partition or not; false
// if that takes longer than until. Only a task may wait.
func (l *link) through(ctx context.Context, until time.Duration) bool {
	sent := l.clock.now
	if l.cuts == 0 {
		return true
	}
	healed, wake := context.WithCancel(ctx)
	defer wake()
	l.waiting = append(l.waiting, wake)
	if l.clock.Sleep(healed, until-sent) || ctx.Err() != nil {
		return false
	}
	return l.wait(ctx, arrival(sent, l.clock.now), until)
}

// wait waits for a moment; false if patience ends before.
func (l *link) wait(ctx context.Context, then, until time.Duration) bool {
	return l.clock.Sleep(ctx, min(then, until)-l.clock.now) && then <= until
}

// heal lets packets through again: all arrive when they are sent the next time.
func (l *link) heal() {
	if l.cuts--; l.cuts > 0 {
		return
	}
	held, waiting := l.held, l.waiting
	l.held, l.waiting = nil, nil
	for _, p := range held {
		l.clock.after(arrival(p.sent, l.clock.now)-l.clock.now+l.near, p.arrive)
	}
	for _, wake := range waiting {
		wake()
	}
	l.clock.rouse()
}

// arrival is when a packet that was first sent at one moment is sent again,
// and packets get through from another moment on.
func arrival(sent, healed time.Duration) time.Duration {
	for pause := retransmission; sent < healed; pause = min(2*pause, retransmissions) {
		sent += pause
	}
	return sent
}

// links are those of a system.
type links struct {
	balancer link   // from the cache
	nodes    []link // from the balancer
	stores   []link // from each node
	last     int    // number of the latest disturbance
}

func (c *Cluster) makeLinks() {
	keep := 2 * c.arch.Balancer.KeepAlive // nobody lets go of a connection before the one who connects
	c.links.balancer = link{clock: c.clock, near: c.near, keepAlive: keep}
	c.links.nodes = make([]link, len(c.nodes))
	c.links.stores = make([]link, len(c.nodes))
	for i, n := range c.nodes {
		c.links.nodes[i] = link{clock: c.clock, near: c.near, keepAlive: keep}
		if c.arch.Balancer.Protocol == "h2c" {
			c.links.nodes[i].shared = n
		}
		c.links.stores[i] = link{clock: c.clock, keepAlive: forever}
	}
}

// between lists the links between two parts.
func (c *Cluster) between(p scenario.Pair) []*link {
	var all []*link
	for _, l := range p.Links(c.arch.Nodes) {
		switch l.To {
		case scenario.BalancerPart:
			all = append(all, &c.links.balancer)
		case scenario.StorePart:
			all = append(all, &c.links.stores[c.indexOf(l.From)])
		default:
			all = append(all, &c.links.nodes[c.indexOf(l.To)])
		}
	}
	return all
}

// indexOf is the number of a node by its name, which a checked scenario has.
func (c *Cluster) indexOf(name string) int {
	for i, n := range c.nodes {
		if n.name == name {
			return i
		}
	}
	panic("no part is called " + name)
}

// Disturb disturbs the connections between two parts.
func (c *Cluster) Disturb(between scenario.Pair, d fault.Disturbance) (calm func() error, err error) {
	c.links.last++
	chance := c.plan.Stream("disturbance " + strconv.Itoa(c.links.last))
	all := c.between(between)
	id := c.links.last
	for _, l := range all {
		seed := chance.Uint64() // as on other substrates
		l.troubles = append(l.troubles, &trouble{d, id, plan.NewStream(seed, "loss"), plan.NewStream(seed, "jitter")})
	}
	return func() error {
		for _, l := range all {
			l.troubles = slices.DeleteFunc(l.troubles, func(t *trouble) bool { return t.id == id })
		}
		return nil
	}, nil
}

// Partition keeps all packets between two parts from arriving.
func (c *Cluster) Partition(between scenario.Pair) (heal func() error, err error) {
	all := c.between(between)
	for _, l := range all {
		l.cuts++
	}
	return func() error {
		for _, l := range all {
			l.heal()
		}
		return nil
	}, nil
}
