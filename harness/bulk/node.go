package bulk

import (
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// answer is what a node makes of a request.
type answer struct {
	accept bool
	refusal
	expiresIn time.Duration // of the access token that it issues, by the node's clock; 0: none
	cookieFor time.Duration // of the cookie of the refresh token that it issues; 0: none
}

// decide lets a process of a node decide, and keeps what follows from it.
func (e *engine) decide(r *row, f *flight, a *answer, node, boot int, at time.Duration) {
	a.at, a.here = at, e.machines[node].offset(at)
	clock := at + a.here
	switch f.op {
	case opLogin:
		r.issued, r.latest = at, at
		r.node, r.touched, r.boot = uint8(node), uint8(node), uint16(boot)
		r.flags &^= used | moves
		if e.conf.Kind == auth.Stateless {
			a.issues(e, clock, clock+e.conf.RefreshTTL)
		}
	case opPage:
		if e.conf.Kind == auth.Stateful {
			e.session(r, a, node, boot, clock)
		} else {
			there := e.offset(r.touched, r.latest)
			minted := r.latest + there
			a.check(e, clock, minted, minted+e.conf.AccessTTL, there)
		}
	case opRefresh:
		e.renew(r, f, a, node, boot, clock)
	}
}

func (e *engine) offset(node uint8, at time.Duration) time.Duration {
	return e.machines[node].offset(at)
}

// knows reports whether a process finds the login's session or family.
func (e *engine) knows(r *row, node, boot int) bool {
	return e.shared || int(r.node) == node && int(r.boot) == boot
}

// session is auth's page with a session.
func (e *engine) session(r *row, a *answer, node, boot int, clock time.Duration) {
	if !e.knows(r, node, boot) {
		a.refuse(reasonUnknown)
		return
	}
	issuer := e.offset(r.node, r.issued)
	created := r.issued + issuer
	seen, there := created, issuer
	if r.has(used) {
		there = e.offset(r.touched, r.latest)
		seen = r.latest + there
	}
	end, ends := lifeOf(&e.conf, created, seen)
	if !ends {
		return
	}
	a.expIn, a.iatIn = end-clock, created-clock
	a.there = issuer
	if r.has(used) && (r.has(moves) || end != r.end) {
		a.there = there
	}
	if clock >= end {
		a.refuse(reasonIdle)
		return
	}
	r.set(moves, r.has(moves) || r.has(used) && end != r.end)
	r.flags |= used
	r.end, r.latest, r.touched = end, a.at, uint8(node)
}

// lifeOf is when a session ends unless it is used again, if it does.
func lifeOf(c *auth.Config, created, seen time.Duration) (end time.Duration, ends bool) {
	end = forever
	if c.Idle > 0 {
		end, ends = seen+c.Idle, true
	}
	if c.Absolute > 0 {
		end, ends = min(end, created+c.Absolute), true
	}
	return end, ends
}

// renew is auth's renewal.
func (e *engine) renew(r *row, f *flight, a *answer, node, boot int, clock time.Duration) {
	if e.browser && f.sent >= r.expiry {
		a.refuse(reasonNothing)
		return
	}
	login := r.issued + e.offset(r.node, r.issued)
	minted, there := login, login-r.issued
	if e.conf.Rotation {
		there = e.offset(r.touched, r.latest)
		minted = r.latest + there
	}
	end := login + e.conf.RefreshTTL
	a.check(e, clock, minted, end, there)
	switch {
	case !a.accept:
		return
	case !e.knows(r, node, boot):
		a.refuse(reasonUnknown)
		return
	}
	r.latest, r.touched = a.at, uint8(node)
	a.issues(e, clock, 0)
	if e.conf.Rotation {
		a.cookieFor = millis(end) - clock
	}
}

// check is auth's judgement of a token by its times.
func (a *answer) check(e *engine, clock, minted, end, there time.Duration) {
	a.expIn, a.iatIn, a.there, a.leeway = millis(end)-clock, millis(minted)-clock, there, e.conf.Leeway
	switch leeway := e.conf.Leeway; {
	case a.expIn+leeway <= 0:
		a.refuse(reasonExpired)
	case a.iatIn-leeway > 0:
		a.refuse(reasonNotYet)
	}
}

// issues notes what a login or a renewal grants: an access token, and until
// refreshEnd a refresh token.
func (a *answer) issues(e *engine, clock, refreshEnd time.Duration) {
	a.expiresIn = millis(clock+e.conf.AccessTTL) - clock
	if refreshEnd > 0 && e.conf.RefreshTTL > 0 {
		a.cookieFor = millis(refreshEnd) - clock
	}
}

func (a *answer) refuse(why reason) {
	a.accept, a.known, a.reason = false, true, why
}

// millis rounds down to whole milliseconds, as tokens are issued.
func millis(t time.Duration) time.Duration {
	over := t % auth.Resolution
	if over < 0 {
		over += auth.Resolution
	}
	return t - over
}
