package client

import (
	"slices"
	"time"
)

// onLogin decides on a login's answer. A login is a POST: never repeated.
func (c *Client) onLogin(t *task, r *Response) {
	switch {
	case r.Failure != NoFailure || r.Status >= 500:
		c.settle(t, 0, verdict{shown: ShownError, status: r.Status, gaveUp: Network})
	case r.ToLogin && c.cfg.Kind == Browser:
		t.parts[0].status = r.Status
		c.send(t, 0, OpLoginForm, 0)
	case r.Status >= 400 || rejects(r):
		c.settle(t, 0, verdict{shown: ShownLogin, status: r.Status, gaveUp: Rejected})
	case issues(r):
		c.logIn(r, t.parts[0].at)
		if c.at.landing != nil {
			t.era, t.landed = c.era, true
			t.parts[0].status = r.Status
			c.send(t, 0, OpHome, 0)
			return
		}
		c.settle(t, 0, verdict{shown: ShownDone, status: r.Status, identity: r.Identity})
	default:
		c.settle(t, 0, verdict{shown: ShownError, status: r.Status})
	}
}

// onHome takes the page that a sign-in leads to. One that asks to log in again
// ends the login that has just begun.
func (c *Client) onHome(t *task, r *Response) {
	switch {
	case r.ToLogin:
		t.parts[0].status = r.Status
		c.send(t, 0, OpLoginForm, 0)
	case rejects(r):
		c.giveUp(t, 0, r.Status, Rejected)
	case r.Failure != NoFailure || r.Status >= 400:
		c.settle(t, 0, verdict{shown: ShownError, status: r.Status, gaveUp: Network})
	default:
		c.settle(t, 0, verdict{shown: ShownDone, status: t.parts[0].status, identity: r.Identity})
	}
}

// issues reports whether an answer that is no refusal grants a login: it sends
// the user on, brings tokens, or sets a cookie.
func issues(r *Response) bool {
	return r.Status == 302 || r.Status == 303 ||
		r.Body == BodyTokens && r.Access != (Value{}) ||
		slices.ContainsFunc(r.Set, func(s SetCookie) bool { return !s.HasMaxAge || s.MaxAge > 0 })
}

func (c *Client) logIn(r *Response, sent time.Duration) {
	c.drop(NotGivenUp)
	c.in = true
	c.read, c.after = NotRead, NoRestart
	c.keepTokens(r, sent)
}

// logOut sends the logout and ends the login at once. The copy that is kept
// for a replay is what a page request would have presented.
func (c *Client) logOut(a Action) {
	t := c.open(a, 1)
	c.stale = credentials{kept: true, bearer: c.access, cookies: c.jar.present(c.from(t, OpPage, a.Page), OpPage, a.Page, c.now).cookies}
	c.send(t, 0, OpLogout, 0)
	t.logout = c.step.Send[len(c.step.Send)-1]
	c.drop(NotGivenUp)
}

// repeatLogout sends a logout once more, with what it presented at first: by
// now the client may hold the credentials of another login.
func (c *Client) repeatLogout(t *task) {
	p, r := &t.parts[0], t.logout
	wait := c.backOff(p.retries)
	p.retries++
	c.seq++
	p.seq, p.at = c.seq, c.now+wait
	r.Seq, r.Attempt, r.Wait = c.seq, p.retries, wait
	c.step.Send = push(c.step.Send, r)
}

// onLogout ends a logout. Its failure leaves the login open at the server, but
// not here.
func (c *Client) onLogout(t *task, r *Response) {
	switch {
	case passing(r) && c.mayRetry(&t.parts[0]):
		c.repeatLogout(t)
	case r.Failure != NoFailure || r.Status >= 500:
		c.settle(t, 0, verdict{shown: ShownDone, status: r.Status, gaveUp: Network})
	case r.ToLogin && c.cfg.Kind == Browser:
		t.parts[0].status = r.Status
		c.send(t, 0, OpLoginForm, 0)
	default:
		c.settle(t, 0, verdict{shown: ShownDone, status: r.Status})
	}
}
