package client

import "time"

// task is an action under way.
type task struct {
	Action
	era   int
	left  int // parts not settled
	parts []part
	sum   verdict

	logout Request // the latest, of a logout
	fates  []Fate
	landed bool // a login at an identity provider went well, and leads to the home page
	read   Read
	after  Restart
}

// own says whether an action presents what the client holds: neither a copy
// nor a forgery changes anything for the client.
func (t *task) own() bool { return t.Kind != Replay && t.Kind != Forge }

// part is one of a page's parallel requests, or the only one of another
// action.
type part struct {
	seq     int           // of the request in flight; 0: none
	op      Op            // of the latest request
	at      time.Duration // when the latest request was to leave
	sent    int           // how often the page was sent
	retries int
	tries   int  // of its own renewal (Naive)
	waits   bool // for the shared renewal (SingleFlight)
	renewed bool // a rejection has led to a renewal
	gen     int  // of the credentials that were sent
	refresh Value
	forged  int // which token is being tried (Forge)
	status  int // of the redirect that is being followed
}

// verdict is how a part, or all of an action, ended.
type verdict struct {
	shown    Shown
	status   int
	identity int
	gaveUp   GaveUp
}

func (c *Client) open(a Action, parts int) *task {
	var t *task
	if n := len(c.spare); n > 0 {
		t, c.spare = c.spare[n-1], c.spare[:n-1]
	} else {
		t = &task{parts: make([]part, 0, parts)}
	}
	*t = task{Action: a, era: c.era, left: parts, parts: t.parts[:0], read: c.reopened.Read, after: c.reopened.After}
	for range parts {
		t.parts = append(t.parts, part{refresh: c.refresh})
	}
	c.tasks = append(c.tasks, t)
	return t
}

// find returns the part that awaits the answer seq.
func (c *Client) find(seq int) (*task, int) {
	if seq == 0 {
		return nil, 0
	}
	for _, t := range c.tasks {
		for i := range t.parts {
			if t.parts[i].seq == seq {
				return t, i
			}
		}
	}
	return nil, 0
}

// byID is the action under way of that number; nil if there is none.
func (c *Client) byID(action int) *task {
	for _, t := range c.tasks {
		if t.ID == action {
			return t
		}
	}
	return nil
}

// settle ends a part, and with the last part the action.
func (c *Client) settle(t *task, i int, v verdict) {
	t.parts[i].waits = false
	c.merge(t, v)
	t.left--
	if t.left > 0 {
		return
	}
	c.step.Outcomes = push(c.step.Outcomes, Outcome{
		Action:    t.ID,
		Shown:     t.sum.shown,
		Identity:  t.sum.identity,
		Status:    t.sum.status,
		LoggedOut: !c.in,
		GaveUp:    t.sum.gaveUp,
		Fates:     t.fates,
		Read:      t.read,
		After:     t.after,
	})
}

// merge lays a part's verdict over the action's: the login page goes before an
// error, an error before a page; the first of equals decides. A foreign
// identity is never lost.
func (c *Client) merge(t *task, v verdict) {
	id := t.sum.identity
	if id == 0 || v.identity != 0 && v.identity != c.cfg.User {
		id = v.identity
	}
	if t.left == len(t.parts) || rank(v.shown) > rank(t.sum.shown) {
		t.sum = v
	}
	t.sum.identity = id
}

func rank(s Shown) int {
	switch s {
	case ShownLogin:
		return 2
	case ShownError:
		return 1
	}
	return 0
}

// sweep sets finished tasks aside for use again.
func (c *Client) sweep() {
	kept := c.tasks[:0]
	for _, t := range c.tasks {
		if t.left > 0 {
			kept = append(kept, t)
			continue
		}
		c.spare = append(c.spare, t)
	}
	c.tasks = kept
}
