package proxy

import (
	"net/http"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
)

// cookieLines makes the Set-Cookie lines once: one for each node, and the one
// that expires the cookie. Max-Age counts whole seconds (RFC 6265bis section
// 5.6.2); StickyTTL is rounded up.
func cookieLines(c balancer.Config, core *balancer.Balancer) (lines []string, forget string) {
	name := c.Stickiness.CookieName()
	if name == "" {
		return nil, ""
	}
	for node := range c.Nodes {
		cookie := http.Cookie{Name: name, Value: core.StickyValue(node), Path: "/", MaxAge: wholeSeconds(c.StickyTTL)}
		lines = append(lines, cookie.String())
	}
	gone := http.Cookie{Name: name, Path: "/", MaxAge: -1}
	return lines, gone.String()
}

func wholeSeconds(d time.Duration) int {
	return int((d + time.Second - 1) / time.Second)
}

// setCookie adds the balancer's cookie to an answer.
func (p *Proxy) setCookie(h http.Header, c balancer.Choice) {
	switch {
	case c.ClearSticky:
		h["Set-Cookie"] = append(h["Set-Cookie"], p.forget)
	case c.SetSticky != "":
		h["Set-Cookie"] = append(h["Set-Cookie"], p.cookies[c.Node])
	}
}

// appChange is what the latest Set-Cookie line of that name does.
func appChange(h http.Header, name string, now time.Time) balancer.AppChange {
	change := balancer.AppUntouched
	for _, line := range h["Set-Cookie"] {
		if !strings.HasPrefix(line, name) {
			continue
		}
		cookie, err := http.ParseSetCookie(line)
		if err != nil || cookie.Name != name {
			continue
		}
		change = balancer.AppSet
		if cookie.MaxAge < 0 || cookie.MaxAge == 0 && !cookie.Expires.IsZero() && !cookie.Expires.After(now) {
			change = balancer.AppCleared
		}
	}
	return change
}

func cookieValue(r *http.Request, name string) string {
	cookie, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}
