package client

import "time"

// Client is one user's browser or app. Make it with [New].
type Client struct {
	cfg Config
	jar jar
	at  places

	in      bool
	era     int    // counts logins and their ends: answers of an earlier era change no login
	gen     int    // counts the credentials received: tells whether a rejection was of the newest
	lost    GaveUp // why the latest era ended; NotGivenUp: the user logged out
	access  Value
	refresh Value
	expiry  time.Duration // of the access token on the own clock; 0: not known
	stale   credentials   // given up by the latest logout

	read     Read // what the app found that was started again since its last page
	after    Restart
	reopened Outcome // of the action that has begun: its Read and After alone

	now     time.Duration
	seq     int
	tasks   []*task
	spare   []*task
	renewal renewal
	step    Step
}

// credentials is a copy of what a client presents.
type credentials struct {
	kept    bool
	cookies []Cookie
	bearer  Value
}

// New returns a client that has not logged in.
func New(cfg Config) *Client {
	cfg.Requests = max(cfg.Requests, 1)
	c := &Client{cfg: cfg, jar: newJar(cfg.Epoch), at: placesOf(cfg.Hosts)}
	for i := range cfg.Kept {
		c.jar.set(&cfg.Kept[i], c.at.home, "/", 0)
	}
	return c
}

// LoggedIn reports whether the client believes that it has a login.
func (c *Client) LoggedIn() bool { return c.in }

// CanReplay reports whether a copy of credentials is kept from before a logout.
func (c *Client) CanReplay() bool { return c.stale.kept }

// Held is the text of the session id or token that the client holds, of which
// the caller may make a reference; empty when there is none or when
// credentials have no text (virtual time; see [Client.Credential]).
func (c *Client) Held() string { return c.Credential().Text }

// Credential is the session id or access token that the client holds; the zero
// Value when there is none. It looks for the cookies sid, at and rt if there is
// no token in memory.
func (c *Client) Credential() Value {
	if c.access != (Value{}) {
		return c.access
	}
	p := c.cfg.Prefix
	return c.jar.first(p+"sid", p+"at", p+"rt")
}

// Begin starts an action at now, the time since the run's start. A page or
// logout without a login, a replay without a copy and a forgery without a token are over at once.
func (c *Client) Begin(a Action, now time.Duration) Step {
	c.start(now)
	c.reopened = Outcome{}
	switch {
	case c.in && c.reopen(a):
	case a.Kind == Login:
		c.send(c.open(a, 1), 0, OpLogin, 0)
	case a.Kind == Replay && c.stale.kept:
		t := c.open(a, c.cfg.Requests)
		for i := range t.parts {
			c.send(t, i, OpPage, 0)
		}
	case a.Kind == Forge && len(a.Forged) > 0:
		c.send(c.open(a, 1), 0, OpPage, 0)
	case a.Kind == Page && c.in:
		t := c.open(a, c.cfg.Requests)
		for i := range t.parts {
			c.sendPage(t, i, 0)
		}
	case a.Kind == Logout && c.in:
		c.logOut(a)
	default:
		t := c.open(a, 1)
		c.settle(t, 0, verdict{shown: ShownLogin, gaveUp: NoCredential})
	}
	return c.finish()
}

// OnResponse takes the answer to one request, or the failure in its place,
// which arrived at now. A Seq that is not awaited is ignored.
func (c *Client) OnResponse(r Response, now time.Duration) Step {
	c.start(now)
	if r.Seq != 0 && r.Seq == c.renewal.seq {
		c.keepCookies(r.Set, OpRefresh, 0, c.byID(c.renewal.action))
		c.onShared(&r)
		return c.finish()
	}
	if t, i := c.find(r.Seq); t != nil {
		p := &t.parts[i]
		p.seq = 0
		if t.own() {
			c.keepCookies(r.Set, p.op, t.Page+i, t)
		}
		c.onPart(t, i, &r)
	}
	return c.finish()
}

func (c *Client) onPart(t *task, i int, r *Response) {
	switch t.parts[i].op {
	case OpLogin:
		c.onLogin(t, r)
	case OpPage:
		c.onPage(t, i, r)
	case OpRefresh:
		c.onOwn(t, i, r)
	case OpLogout:
		c.onLogout(t, r)
	case OpLoginForm:
		c.onLoginForm(t, i)
	case OpHome:
		c.onHome(t, r)
	}
}

// start opens a step behind the requests and outcomes of earlier ones, which
// stay as they are: the caller may still be reading them.
func (c *Client) start(now time.Duration) {
	c.now = now
	c.step.Send = c.step.Send[len(c.step.Send):]
	c.step.Outcomes = c.step.Outcomes[len(c.step.Outcomes):]
}

func (c *Client) finish() Step {
	c.sweep()
	return Step{Send: clip(c.step.Send), Outcomes: clip(c.step.Outcomes)}
}

// chunk is how many requests or outcomes are allocated at once.
const chunk = 8

// push is append in chunks.
func push[T any](s []T, v T) []T {
	if len(s) == 0 && cap(s) == 0 {
		s = make([]T, 0, chunk)
	}
	return append(s, v)
}

// clip keeps a caller's append away from what follows s; nil for none.
func clip[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s[:len(s):len(s)]
}
