package proxy

import (
	"net/http"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
)

// cookieLine is the balancer's Set-Cookie line, in parts.
type cookieLine struct {
	before, after string // of the value
	forget        string // the whole line that expires the cookie
}

// newCookieLine makes the parts once. Max-Age tells browsers when to forget
// the cookie; it is rounded up, since the value says when it ends.
func newCookieLine(c balancer.Config) cookieLine {
	name := c.Stickiness.CookieName()
	set := http.Cookie{Name: name, Path: "/", MaxAge: wholeSeconds(c.StickyTTL)}
	gone := http.Cookie{Name: name, Path: "/", MaxAge: -1}
	return cookieLine{name + "=", strings.TrimPrefix(set.String(), name+"="), gone.String()}
}

func wholeSeconds(d time.Duration) int {
	return int((d + time.Second - 1) / time.Second)
}

// put adds the balancer's cookie to an answer.
func (l cookieLine) put(h http.Header, c balancer.Cookie) {
	switch {
	case c.Clear:
		h["Set-Cookie"] = append(h["Set-Cookie"], l.forget)
	case c.Value != "":
		h["Set-Cookie"] = append(h["Set-Cookie"], l.before+c.Value+l.after)
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
