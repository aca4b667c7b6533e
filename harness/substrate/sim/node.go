package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/fakes/store"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// node is one app node: a machine with a clock, on which processes come and go.
type node struct {
	cluster *Cluster
	index   int
	name    string
	ids     auth.IDs
	ring    ring // nil without signing keys

	decide        auth.Node // of the latest process
	shape         auth.Presentation
	boot          int
	warmUp        app.WarmUp    // of the latest process
	started       time.Duration // when it did
	running       bool
	paused        bool
	offset        time.Duration
	misconfigured bool

	desk  *desk    // of the latest process
	busy  []*hop   // requests that have arrived, and are not answered
	conns []*conn  // of a balancer that balances connections
	held  []func() // what waits for a paused process to go on

	died int // the boot that ended of overload, and that another is to follow; 0: none
}

// StartNode starts a node's process, with an empty memory. One that runs, since
// another fault has brought it back, is left alone.
func (c *Cluster) StartNode(i int) error {
	if i >= len(c.nodes) {
		return fmt.Errorf("%s: this system has room for %d nodes, as many as its scenario needs", scenario.NodeName(i), len(c.nodes))
	}
	n := c.nodes[i]
	if n.running {
		return nil
	}
	n.boot++
	n.running, n.paused = true, false
	n.decide, n.desk = n.fresh(), newDesk(n.cluster.arch.App)
	n.shape = parts.Presentation(c.arch)
	n.warmUp, n.started = app.WarmUp{}, c.clock.now
	if parts.Late(c.arch, i, n.boot) {
		n.warmUp = parts.WarmUp(c.arch.App)
		c.change(i, func() { c.balancer.Restore(i, c.clock.now) })
	}
	n.say(history.StateUp)
	return nil
}

// fresh is the judgement of a process that has just started.
func (n *node) fresh() auth.Node {
	s := n.cluster.arch.Session
	local := store.NewMemory()
	d := auth.Node{Config: parts.AuthConfig(n.cluster.arch), IDs: n.ids, Sessions: local, Families: local, Blacklist: local, Cutoffs: local}
	if n.ring != nil {
		d.Keys = n.ring
	}
	if to := n.cluster.store; to != nil {
		common := store.NewMeter(outlet{to, &n.cluster.links.stores[n.index], n.cluster.life}, &to.use)
		if s.Kind != "jwt" {
			d.Sessions = common
		}
		if s.RefreshStore != "memory" {
			d.Families = common
		}
		if s.SharesRevocations() {
			d.Blacklist, d.Cutoffs = common, common
		}
	}
	return d
}

// say records a node's own word about its life.
func (n *node) say(state string) {
	e := parts.Node{Name: n.name, Boot: n.boot}.Life(n.cluster.clock.now, state)
	if n.ring != nil {
		e.KeyFP = n.ring.SignerFP()
	}
	n.cluster.record.Append(e)
}

// KillNode ends a node's process at once.
func (c *Cluster) KillNode(i int) error {
	c.nodes[i].died = 0
	c.nodes[i].end()
	return nil
}

// StopNode ends a node's process as SIGTERM does. With drain the balancer
// sends it nothing new first, and waits for its requests until the drain time
// is over; without, or after that, connections are closed as they are.
func (c *Cluster) StopNode(_ context.Context, i int, drain bool) error {
	n := c.nodes[i]
	n.died = 0
	if !n.running {
		return nil
	}
	n.say(history.StateStopping)
	if drain {
		c.change(i, func() { c.balancer.Drain(i, c.clock.now) })
		c.clock.after(c.arch.Balancer.Drain, func() {})
		c.clock.await(func() bool { return c.balancer.Drained(i, c.clock.now) })
	}
	n.end()
	n.say(history.StateDown)
	return nil
}

// end closes the port and resets every connection.
func (n *node) end() {
	n.running, n.paused, n.held = false, false, nil
	n.cluster.links.nodes[n.index].hangUp()
	n.cluster.links.stores[n.index].hangUp()
	n.cut()
	for _, k := range slices.Clone(n.conns) {
		k.close()
	}
}

// cut resets the connections that carry a request.
func (n *node) cut() int {
	lost := n.busy
	n.busy = nil
	n.desk = newDesk(n.cluster.arch.App) // all that had a place, or waited for one, has gone
	for _, h := range lost {
		h.fail(balancer.Reset)
	}
	return len(lost)
}

// PauseNode makes a node's process hang: it answers nobody.
func (c *Cluster) PauseNode(i int) error {
	c.nodes[i].paused = c.nodes[i].running
	return nil
}

// ResumeNode lets it go on, with all that has come in.
func (c *Cluster) ResumeNode(i int) error {
	n := c.nodes[i]
	held := n.held
	n.paused, n.held = false, nil
	for _, do := range held {
		do()
	}
	return nil
}

// unlessPaused does something, as soon as the process is not paused.
func (n *node) unlessPaused(do func()) {
	if n.paused {
		n.held = append(n.held, do)
		return
	}
	do()
}

// check is one health check of the balancer.
func (n *node) check(timeout time.Duration) {
	c := n.cluster
	wait, failed := c.links.nodes[n.index].probe(timeout)
	judge := func() {
		c.change(n.index, func() { c.balancer.Check(n.index, n.running && !n.paused && !failed, c.clock.now) })
	}
	if n.paused {
		wait = timeout
	}
	if wait > 0 {
		c.clock.after(wait, judge)
		return
	}
	judge()
}

// ClockOffset is what a node's clock is ahead.
func (c *Cluster) ClockOffset(i int) time.Duration { return c.nodes[i].offset }

// SetClockOffset puts a node's clock ahead; it stays so over restarts.
func (c *Cluster) SetClockOffset(i int, d time.Duration) error {
	c.nodes[i].offset = d
	return nil
}

// SetMisconfigured makes a node refuse every page, also after a restart.
func (c *Cluster) SetMisconfigured(i int, on bool) error {
	c.nodes[i].misconfigured = on
	return nil
}

// arrive takes a request in.
func (n *node) arrive(h *hop) {
	if h.lost {
		return
	}
	if !n.running {
		h.fail(balancer.Refused)
		return
	}
	n.busy = append(n.busy, h)
	n.unlessPaused(func() { n.admit(h) })
}

// leave lets go of a request that nobody waits for.
func (n *node) leave(h *hop) {
	n.unlessPaused(func() { n.drop(h) })
}

// drop forgets a request that is answered, or given up.
func (n *node) drop(h *hop) {
	n.busy = slices.DeleteFunc(n.busy, func(o *hop) bool { return o == h })
	n.release(h)
}

// serve decides a request, and answers it when the page is made.
func (n *node) serve(h *hop) {
	if h.lost {
		return
	}
	if n.cluster.links.stores[n.index].calm() {
		n.make(h)
		return
	}
	n.cluster.clock.Go(n.cluster.life, func(context.Context) error { n.make(h); return nil })
}

// make makes the answer, which may take its time.
func (n *node) make(h *hop) {
	a, made := n.answer(h.exchange)
	if a == nil {
		return
	}
	n.cluster.clock.after(made, func() {
		n.unlessPaused(func() {
			if !h.lost {
				n.drop(h)
				h.answered(a)
			}
		})
	})
}

// answer decides a request, and says how long its page takes to make; nil if
// the node or the run ends before.
func (n *node) answer(x *exchange) (*answer, time.Duration) {
	req, ok := x.asks()
	if !ok { // the login form: nothing to decide
		return loginForm(), 0
	}
	at, boot := n.cluster.clock.now, n.boot
	r := app.Record{At: at, Clock: at + n.offset, Op: req.Op}
	if n.misconfigured && req.Op == auth.Page {
		r.Decision = auth.Decision{Reason: auth.ReasonMisconfigured}
	} else {
		r.Decision, r.Grant = n.decide.Serve(req, r.Clock)
	}
	if !n.running || n.boot != boot || n.cluster.life.Err() != nil {
		return nil, 0
	}
	a := n.decided(x, r)
	if r.Accept && req.Op == auth.Page {
		return a, n.warmUp.At(at-n.started, n.cluster.arch.App.Work)
	}
	return a, 0
}

// decided records a decision, and makes it an answer.
func (n *node) decided(x *exchange, r app.Record) *answer {
	e := parts.Node{Name: n.name, Boot: n.boot}.Decision(r)
	e.Req = x.number
	n.cluster.record.Append(e)
	return n.cluster.answerOf(n.shape.Shape(r.Op, n.decide.Config.Kind, r.Decision, r.Grant), n.shape.Carried(r.Op, r.Decision, r.Grant))
}
