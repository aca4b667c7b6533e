package balancer

import "strconv"

// AppChange is what an answer of the application does to its own cookie.
type AppChange uint8

// The changes to the application's cookie.
const (
	AppUntouched AppChange = iota
	AppSet
	AppCleared // expired by the answer
)

// Answer completes a choice with what the application's answer does to its
// own cookie: with Stickiness AppCookie the companion is set when the
// application sets its cookie, and expired when it expires it. Otherwise it
// returns c as it is.
func (b *Balancer) Answer(c Choice, app AppChange) Choice {
	if b.config.Stickiness != AppCookie || app == AppUntouched {
		return c
	}
	if app == AppSet {
		c.SetSticky, c.MaxAge = b.values[c.Node], b.config.StickyTTL
		return c
	}
	c.SetSticky, c.MaxAge, c.ClearSticky = "", 0, true
	return c
}

// boundTo is the node that a request sticks to, whether or not it is
// available, or None.
func (b *Balancer) boundTo(req Request) int {
	switch b.config.Stickiness {
	case LBCookie:
		return parseSticky(req.Sticky, len(b.nodes))
	case AppCookie:
		if req.AppValue != "" {
			return parseSticky(req.Sticky, len(b.nodes))
		}
	}
	return None
}

// StickyValue is what the balancer's cookie says for a node: the value that
// [Choice.SetSticky] has when that node is picked.
func (b *Balancer) StickyValue(node int) string { return b.values[node] }

// stickyValues is made once, so that no request has to format a number.
func stickyValues(nodes int) []string {
	values := make([]string, nodes)
	for node := range values {
		values[node] = strconv.Itoa(node)
	}
	return values
}

// parseSticky reads a value of stickyValues back; anything else is None.
func parseSticky(value string, nodes int) int {
	if len(value) == 0 || len(value) > 2 || len(value) == 2 && value[0] == '0' {
		return None
	}
	node := 0
	for i := range len(value) {
		digit := value[i] - '0'
		if digit > 9 {
			return None
		}
		node = node*10 + int(digit)
	}
	if node >= nodes {
		return None
	}
	return node
}
