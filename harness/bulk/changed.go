package bulk

import (
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// standing is what a request is decided on, as it is before the decision.
type standing struct {
	at           time.Duration
	held         bool // a session or tokens are presented
	issuer, boot int  // of the session or family
	issued       time.Duration
	setter       int // whose clock set the times that decide
	set          time.Duration
}

// standing looks at what a user presents to a node, before it is asked.
func (e *engine) standing(r *row, f *flight, node, boot int, at time.Duration) standing {
	s := standing{at: at, issuer: int(r.node), boot: int(r.boot), issued: r.issued}
	s.held = f.op != opLogin && !(f.op == opRefresh && e.browser && f.sent >= r.expiry)
	s.setter, s.set = int(r.node), r.issued
	recent := e.conf.Rotation || f.op != opRefresh
	if e.conf.Kind == auth.Stateful {
		recent = r.has(used) && (r.has(moves) || !e.knows(r, node, boot) || e.endOf(r) != r.end)
	}
	if recent {
		s.setter, s.set = int(r.touched), r.latest
	}
	return s
}

// endOf is when a session that was used ends.
func (e *engine) endOf(r *row) time.Duration {
	end, _ := lifeOf(&e.conf, r.issued+e.offset(r.node, r.issued), r.latest+e.offset(r.touched, r.latest))
	return end
}

// decided counts a decision. It notes in f which fault changed it.
func (x *receipts) decided(e *engine, s *standing, f *flight, node int, a *answer) {
	a.decider, a.setter = uint8(node), uint8(s.setter)
	for i := range x.all {
		c := &x.all[i]
		before := c.got.DecisionsChanged
		if c.kill {
			c.survived(e, s, f, node, a)
		} else {
			c.timed(e, s, f, node, a)
		}
		if c.got.DecisionsChanged > before {
			f.changed = int8(i + 1)
		}
	}
	if f.op == opLogin {
		x.forget(f.user)
	}
}

// forget lets go of the session that a user held.
func (x *receipts) forget(user int32) {
	for i := range x.all {
		if lost := x.all[i].lost; lost != nil {
			lost[user>>6] &^= 1 << (user & 63)
		}
	}
}

func (c *receipt) on(node int) bool { return c.node < 0 || c.node == node }

func (c *receipt) at(t time.Duration) bool { return t >= c.from && t <= c.to }

// timed takes a decision on times again with the clocks as they were before the
// fault. See fault.clockWitness.
func (c *receipt) timed(e *engine, s *standing, f *flight, node int, a *answer) {
	if s.at < c.from {
		if !c.known {
			c.base[node] = a.here
		}
		return
	}
	here, there := c.shift(node, s.at, a.here), time.Duration(0)
	if s.held {
		there = c.shift(s.setter, s.set, e.offset(uint8(s.setter), s.set))
	}
	if here == 0 && there == 0 || !s.held && f.op != opLogin {
		return
	}
	if was := a.judged(e, f, 0); was != undecided {
		if now := a.judged(e, f, here-there); now != was {
			c.changed(was >= refused && now < refused)
			return
		}
	}
	c.got.Marks++
}

// shift is how far the fault set a clock off that was off so much in all.
func (c *receipt) shift(node int, at, off time.Duration) time.Duration {
	if !c.on(node) || !c.at(at) {
		return 0
	}
	if off -= c.base[node]; off.Abs() < clockNoise {
		return 0
	}
	return off
}

// What times say of what was presented; from refused on, no.
const (
	undecided = iota
	good
	lenient // within the leeway
	refused
	expired
	early
)

// judged is what the times of a decision say, shifted.
func (a *answer) judged(e *engine, f *flight, shift time.Duration) int {
	session := e.conf.Kind == auth.Stateful
	switch {
	case f.op == opLogin, f.op == opLogout, session && a.expIn == 0:
		return undecided
	case a.known && a.reason != reasonExpired && a.reason != reasonNotYet && a.reason != reasonIdle:
		return undecided
	}
	exp, iat := a.expIn+shift, a.iatIn+shift
	switch {
	case session && exp <= 0, exp+a.leeway <= 0:
		return expired
	case session:
		return good
	case iat > a.leeway:
		return early
	case exp <= 0 || iat > 0:
		return lenient
	}
	return good
}

// keeps is how many times more often a session has to be used on its own node
// than on others for its users to count as kept there.
const keeps = 4

// survived looks for what a node took with it. See fault.nodeWitness.
func (c *receipt) survived(e *engine, s *standing, f *flight, node int, a *answer) {
	if !s.held || !c.on(s.issuer) {
		return
	}
	unknown := a.known && a.reason == reasonUnknown
	tried := f.met>>s.issuer&1 == 1
	latest := e.machines[s.issuer].booted(s.at)
	down := c.isDown(s.issuer, s.at)
	away := down || s.issued < c.from && latest <= s.boot
	over := c.took(s) && (away || latest > s.boot)
	switch {
	case over && unknown && (node == s.issuer || tried || keeps*c.stray <= c.home):
		c.lose(f.user)
		c.changed(true)
	case over && unknown && c.lose(f.user):
		c.changed(false)
	case over && node != s.issuer && (unknown || away):
		c.got.Marks++
	case down, tried:
	case node != s.issuer && unknown:
		c.stray++
	case node == s.issuer && a.accept && (e.conf.Kind == auth.Stateful || f.op == opRefresh):
		c.home++
	}
}

// lose counts the session that a user holds as lost, once.
func (c *receipt) lose(user int32) bool {
	bit := uint64(1) << (user & 63)
	if c.lost[user>>6]&bit != 0 {
		return false
	}
	c.lost[user>>6] |= bit
	c.got.SessionsLost++
	return true
}

// took reports whether the fault ended the process that issued what is
// presented.
func (c *receipt) took(s *standing) bool {
	return s.at >= c.from && s.boot >= c.first[s.issuer] && (s.at < c.to || s.boot < c.last[s.issuer])
}

func (c *receipt) isDown(node int, at time.Duration) bool {
	for _, s := range c.down[node] {
		if at >= s.from && at < s.to {
			return true
		}
	}
	return false
}

func (c *receipt) changed(rejection bool) {
	c.got.Marks++
	c.got.DecisionsChanged++
	if rejection {
		c.got.Rejections++
	}
}
