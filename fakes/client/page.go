package client

import "time"

// sendPage sends a page part, or renews first when the token is about to end.
func (c *Client) sendPage(t *task, i int, wait time.Duration) {
	if c.cfg.OnExpiry && c.mayRenew() && c.expiry != 0 && c.now+wait+c.cfg.Margin >= c.expiry {
		c.renew(t, i)
		return
	}
	c.send(t, i, OpPage, wait)
}

func (c *Client) onPage(t *task, i int, r *Response) {
	switch {
	case r.Failure != NoFailure || r.Status >= 500:
		c.failed(t, i, r)
	case r.ToLogin && c.cfg.Kind == Browser && t.own():
		t.parts[i].status = r.Status
		c.send(t, i, OpLoginForm, 0)
	case rejects(r):
		c.rejected(t, i, r.Status)
	case r.Body == BodyPage && r.Status < 300:
		c.settle(t, i, verdict{shown: ShownPage, status: r.Status, identity: r.Identity})
	default:
		c.settle(t, i, verdict{shown: ShownError, status: r.Status})
	}
}

// rejects reports whether an answer is a logout, in disguise or not.
func rejects(r *Response) bool {
	return r.Status == 401 || r.Status == 403 || r.ToLogin || r.Body == BodyLogin
}

// onLoginForm ends the following of a redirect to the login page. Whether the
// form itself arrived makes no difference to the login.
func (c *Client) onLoginForm(t *task, i int) {
	status := t.parts[i].status
	switch {
	case t.landed:
		c.giveUp(t, i, status, Rejected)
	case t.Kind == Login:
		c.settle(t, i, verdict{shown: ShownLogin, status: status, gaveUp: Rejected})
	case t.Kind == Logout:
		c.settle(t, i, verdict{shown: ShownDone, status: status})
	default:
		c.rejected(t, i, status)
	}
}

// rejected decides on a page part that was answered with a rejection.
func (c *Client) rejected(t *task, i int, status int) {
	p := &t.parts[i]
	current := t.own() && t.era == c.era
	switch {
	case current && c.cfg.OnUnauthorized && c.mayRenew() && !p.renewed:
		p.renewed = true
		if c.cfg.Refresh == SingleFlight && p.gen != c.gen {
			c.send(t, i, OpPage, 0) // renewed since this part was sent
			return
		}
		c.renew(t, i)
	case current && p.renewed && c.mayRetry(p):
		c.retry(t, i)
	default:
		c.giveUp(t, i, status, Rejected)
	}
}

// failed decides on a page part without an answer, or with a 5xx.
func (c *Client) failed(t *task, i int, r *Response) {
	current := t.own() && t.era == c.era
	switch {
	case passing(r) && (current || !t.own()) && c.mayRetry(&t.parts[i]):
		c.retry(t, i)
	case current && c.cfg.LogoutOnError:
		c.giveUp(t, i, r.Status, Network)
	default:
		c.settle(t, i, verdict{shown: ShownError, status: r.Status, gaveUp: Network})
	}
}

// passing reports whether a failure is one that may go away by itself.
func passing(r *Response) bool {
	return r.Failure != NoFailure || r.Status >= 502 && r.Status <= 504
}

func (c *Client) mayRetry(p *part) bool { return c.cfg.Retry && p.retries < c.cfg.RetryMax }

func (c *Client) retry(t *task, i int) {
	p := &t.parts[i]
	wait := c.backOff(p.retries)
	p.retries++
	if !t.own() {
		c.send(t, i, OpPage, wait)
		return
	}
	c.sendPage(t, i, wait)
}

// giveUp settles a part on the login page, and ends the login that it belongs
// to; a forger tries the next token first. If that has ended already, what ended it is the reason.
func (c *Client) giveUp(t *task, i int, status int, why GaveUp) {
	switch {
	case t.Kind == Forge && t.parts[i].forged+1 < len(t.Forged):
		t.parts[i].forged++
		c.send(t, i, OpPage, 0)
		return
	case !t.own():
	case t.era == c.era:
		c.drop(why)
	case t.era == c.era-1 && c.lost != NotGivenUp:
		why = c.lost
	}
	c.settle(t, i, verdict{shown: ShownLogin, status: status, gaveUp: why})
}

// drop ends the login. Cookies stay: a page cannot remove what is HttpOnly.
func (c *Client) drop(why GaveUp) {
	c.in = false
	c.era++
	c.lost = why
	c.access, c.refresh, c.expiry = Value{}, Value{}, 0
}
