package client

import "time"

// renewal is the one that all wait for (SingleFlight).
type renewal struct {
	seq    int           // 0: none in flight
	at     time.Duration // when it was to leave
	tries  int
	era    int
	action int
	part   int
}

// renewed is how a renewal came out.
type renewed uint8

const (
	renewOK renewed = iota
	renewRefused
	renewFailed // on the way, or with a 5xx
)

// mayRenew reports whether there is something to renew with. A browser cannot
// tell: its script does not see an HttpOnly cookie.
func (c *Client) mayRenew() bool {
	return c.cfg.Refresh != NoRefresh && (c.cfg.Kind == Browser || c.refresh != Value{})
}

// renew has a part wait for new credentials.
func (c *Client) renew(t *task, i int) {
	p := &t.parts[i]
	if c.cfg.Refresh == Naive {
		p.tries = 0
		c.send(t, i, OpRefresh, 0)
		return
	}
	p.waits = true
	if c.renewal.seq == 0 {
		c.renewal = renewal{era: c.era, action: t.ID, part: i}
		c.sendRenewal(0)
	}
}

func (c *Client) sendRenewal(wait time.Duration) {
	c.seq++
	c.renewal.seq, c.renewal.at = c.seq, c.now+wait
	v := c.jar.present(c.at.home, OpRefresh, 0, c.now)
	c.step.Send = push(c.step.Send, Request{
		Seq: c.seq, Action: c.renewal.action, Op: OpRefresh, Part: c.renewal.part,
		Attempt: c.renewal.tries, Wait: wait,
		Way: v.way, Cookies: v.cookies, Refresh: c.refresh,
	})
}

// onOwn takes the answer to a part's own renewal (Naive). That another part
// may have got newer tokens meanwhile is not looked at: this is the bug.
func (c *Client) onOwn(t *task, i int, r *Response) {
	p := &t.parts[i]
	current := t.era == c.era
	switch c.classify(r) {
	case renewOK:
		if !current {
			c.giveUp(t, i, r.Status, Rejected)
			return
		}
		c.keepTokens(r, p.at)
		c.send(t, i, OpPage, 0)
	case renewRefused:
		c.giveUp(t, i, r.Status, RefreshRejected)
	case renewFailed:
		if current && c.cfg.Retry && p.tries < c.cfg.RetryMax {
			wait := c.backOff(p.tries)
			p.tries++
			c.send(t, i, OpRefresh, wait)
			return
		}
		c.giveUp(t, i, r.Status, RefreshNetwork)
	}
}

// onShared takes the answer to the one renewal (SingleFlight). If the login
// that it was for is over, it decides nothing: those who wait on behalf of a
// later login start again.
func (c *Client) onShared(r *Response) {
	how := c.classify(r)
	current := c.renewal.era == c.era
	if how == renewFailed && current && c.cfg.Retry && c.renewal.tries < c.cfg.RetryMax {
		wait := c.backOff(c.renewal.tries)
		c.renewal.tries++
		c.sendRenewal(wait)
		return
	}
	c.renewal.seq = 0
	switch {
	case !current:
	case how == renewOK:
		c.keepTokens(r, c.renewal.at)
	case how == renewRefused:
		c.drop(RefreshRejected)
	case how == renewFailed:
		c.drop(RefreshNetwork)
	}
	c.wake(r.Status, current && how == renewOK)
}

// wake lets the waiting parts go on: with the new credentials if there are
// any, and to the login page if their login is over.
func (c *Client) wake(status int, fresh bool) {
	for _, t := range c.tasks {
		for i := range t.parts {
			if !t.parts[i].waits {
				continue
			}
			t.parts[i].waits = false
			switch {
			case t.era != c.era:
				c.giveUp(t, i, status, Rejected)
			case fresh:
				c.send(t, i, OpPage, 0)
			default:
				c.renew(t, i)
			}
		}
	}
}

// classify reads the answer to a renewal. A refusal may be 400 as well as 401
// (RFC 6749 section 5.2), so that every 4xx is one.
func (c *Client) classify(r *Response) renewed {
	switch {
	case r.Failure != NoFailure || r.Status >= 500:
		return renewFailed
	case r.Status >= 400 || rejects(r):
		return renewRefused
	case c.cfg.Kind == SPA && (r.Body != BodyTokens || r.Access == Value{}):
		return renewRefused
	}
	return renewOK
}

// keepTokens takes what a login or a renewal issued. A renewal without a new
// refresh token leaves the old one in use (RFC 6749 section 6). The life of the
// access token is counted from when the request left: the answer's way here
// is part of it.
func (c *Client) keepTokens(r *Response, sent time.Duration) {
	c.gen++
	c.expiry = 0
	if r.ExpiresIn > 0 {
		c.expiry = sent + r.ExpiresIn
	}
	if c.cfg.Kind != SPA {
		return
	}
	c.access = r.Access
	if r.Refresh != (Value{}) {
		c.refresh = r.Refresh
	}
}
