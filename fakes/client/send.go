package client

import (
	"math"
	"strconv"
	"time"
)

// Path is the path of an operation's request, without which cookies cannot be
// matched (RFC 6265bis section 5.1.4). Only OpPage looks at page: parts of a
// page are counted on from it, so that part 1 of page 3 is at /page/4.
func Path(op Op, page int) string {
	switch op {
	case OpPage:
		return "/page/" + strconv.Itoa(page)
	case OpRefresh:
		return "/refresh"
	case OpLogout:
		return "/logout"
	case OpHome:
		return "/"
	}
	return "/login"
}

// send makes a part's next request. An SPA remembers the refresh token that
// goes with the page request.
func (c *Client) send(t *task, i int, op Op, wait time.Duration) {
	p := &t.parts[i]
	c.seq++
	p.seq, p.op, p.at = c.seq, op, c.now+wait
	from := c.from(t, op, t.Page+i)
	r := Request{Seq: c.seq, Action: t.ID, Op: op, Page: t.Page, Part: i, Wait: wait}
	switch op {
	case OpPage:
		r.Attempt = p.sent
		p.sent++
		p.gen, p.refresh = c.gen, c.refresh
		r.Bearer = c.access
	case OpRefresh:
		r.Attempt = p.tries
		r.Refresh = p.refresh
	case OpLogout:
		r.Bearer, r.Refresh = c.access, c.refresh
	}
	switch {
	case t.Kind == Replay:
		r.Bearer, r.Cookies, r.Way = c.stale.bearer, c.stale.cookies, from.way
	case t.Kind == Forge && c.cfg.Kind == Browser:
		r.Bearer, r.Way, r.Cookies = Value{}, from.way, []Cookie{{c.cfg.Prefix + "at", t.Forged[p.forged]}}
	case t.Kind == Forge:
		r.Bearer, r.Way = t.Forged[p.forged], from.way
	default:
		v := c.jar.present(from, op, t.Page+i, c.now)
		r.Cookies, r.Way = v.cookies, v.way
	}
	c.step.Send = push(c.step.Send, r)
}

// backOff is the wait before retry n, 0-based: Backoff, doubled each time.
func (c *Client) backOff(n int) time.Duration {
	d := c.cfg.Backoff
	for range n {
		if d > math.MaxInt64/2 {
			return math.MaxInt64
		}
		d *= 2
	}
	return d
}

// keepCookies puts an answer's cookies into the jar. Those that are not kept
// are told with the action's outcome.
func (c *Client) keepCookies(set []SetCookie, op Op, page int, t *task) {
	if len(set) == 0 {
		return
	}
	from, path := c.from(t, op, page), Path(op, page)
	for i := range set {
		if why := c.jar.set(&set[i], from, path, c.now); why != 0 && t != nil {
			t.fates = append(t.fates, Fate{set[i].Name, why})
		}
	}
}
