package balancer

import (
	"strconv"
	"strings"
	"time"
)

// AppChange is what an answer of the application does to its own cookie.
type AppChange uint8

// The changes to the application's cookie.
const (
	AppUntouched AppChange = iota
	AppSet
	AppCleared // expired by the answer
)

// Cookie is what an answer does to the balancer's own cookie. The zero Cookie
// leaves it alone.
type Cookie struct {
	Value string // to set; "": none
	Clear bool   // expire it
}

// Answer is the balancer's cookie on an answer that goes out at now. The
// balancer's own kind is set with each answer; the one that follows the
// application's cookie is set along with that and renewed while a user is
// bound, and expired along with it.
func (b *Balancer) Answer(c Choice, app AppChange, now time.Duration) Cookie {
	switch b.config.Stickiness {
	case LBCookie:
		return Cookie{Value: b.stickyValue(c.Node, now)}
	case AppCookie:
		switch {
		case app == AppCleared:
			return Cookie{Clear: true}
		case app == AppSet || c.Bound:
			return Cookie{Value: b.stickyValue(c.Node, now)}
		}
	}
	return Cookie{}
}

// boundTo is the node that a request sticks to, whether or not it is
// available, or None.
func (b *Balancer) boundTo(req Request, now time.Duration) int {
	if b.config.Stickiness.CookieName() == "" || b.config.Stickiness == AppCookie && req.AppValue == "" {
		return None
	}
	node, until := parseSticky(req.Sticky, len(b.nodes))
	if now >= until {
		return None
	}
	return node
}

// stickyValue binds to a node: its number, and when that ends, in milliseconds
// on the balancer's clock, if it does.
func (b *Balancer) stickyValue(node int, now time.Duration) string {
	if b.config.StickyTTL == 0 {
		return strconv.Itoa(node)
	}
	value := strconv.AppendInt(make([]byte, 0, 16), int64(node), 10)
	value = append(value, '-')
	return string(strconv.AppendInt(value, b.BoundUntil(now).Milliseconds(), 10))
}

// BoundUntil is when a binding ends that an answer makes at now.
func (b *Balancer) BoundUntil(now time.Duration) time.Duration {
	if b.config.StickyTTL == 0 {
		return forever
	}
	until := now + b.config.StickyTTL + time.Millisecond/2
	return until - until%time.Millisecond
}

// forever is when a value without an end ends.
const forever = time.Duration(1<<63 - 1)

// parseSticky reads a value of stickyValue back; anything else is None.
func parseSticky(value string, nodes int) (node int, until time.Duration) {
	digits, end, limited := strings.Cut(value, "-")
	n, err := strconv.ParseUint(digits, 10, 8)
	if err != nil || int(n) >= nodes || len(digits) > 1 && digits[0] == '0' {
		return None, 0
	}
	if !limited {
		return int(n), forever
	}
	ms, err := strconv.ParseUint(end, 10, 43) // within a Duration
	if err != nil {
		return None, 0
	}
	return int(n), time.Duration(ms) * time.Millisecond
}
