package sim

import (
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/fakes/edgecache"
	"github.com/logoutlab/logoutlab/harness/history"
)

// answer is an answer on its way to a user. One that a cache holds is never
// changed.
type answer struct {
	status       int
	body         auth.Body
	location     string
	identity     auth.UserID
	set          []client.SetCookie
	access       client.Value
	refresh      client.Value
	expiresIn    time.Duration
	cacheControl string
	vary         string

	hit bool
	age time.Duration // of a hit
}

// tokens are all that were ever issued, by id: what a credential's reference
// stands for.
type tokens map[auth.TokenID]auth.Token

// ref makes a token a credential without a text.
func (t tokens) ref(id auth.TokenID, token auth.Token) client.Value {
	if id == 0 {
		return client.Value{}
	}
	t[id] = token
	return client.Value{Ref: uint64(id)}
}

// answerOf is the answer of this shape with what was granted.
func (c *Cluster) answerOf(s auth.Shape, g auth.Grant) *answer {
	a := &answer{
		status: s.Status, body: s.Body, location: s.Location, identity: s.Identity,
		cacheControl: s.CacheControl, vary: s.Vary,
	}
	access, refresh := client.Value{Ref: uint64(g.Session)}, client.Value{}
	if g.AccessID != 0 {
		access, refresh = c.tokens.ref(g.AccessID, g.Access), c.tokens.ref(g.RefreshID, g.Refresh)
	}
	if s.Body == auth.BodyTokens {
		a.access, a.refresh = access, refresh
		a.expiresIn = g.ExpiresIn.Round(time.Millisecond) // as it is written
	}
	for _, k := range s.Cookies[:s.NumCookies] {
		a.set = append(a.set, setCookie(k, g, access, refresh))
	}
	return a
}

func setCookie(k auth.Cookie, g auth.Grant, access, refresh client.Value) client.SetCookie {
	out := client.SetCookie{Name: k.Name, Domain: k.Domain, Path: k.Path, Secure: k.Secure, HTTPOnly: k.HTTPOnly, SameSite: k.SameSite}
	switch k.Credential {
	case auth.SessionCredential:
		out.Value = client.Value{Ref: uint64(g.Session)}
	case auth.AccessCredential:
		out.Value = access
	case auth.RefreshCredential:
		out.Value = refresh
	default:
		out.HasMaxAge = true // 0: expired
		return out
	}
	out.MaxAge = k.MaxAge.Truncate(time.Second)
	out.HasMaxAge = out.MaxAge > 0
	return out
}

func loginForm() *answer { return &answer{status: 200, body: auth.BodyLogin} }

// ownAnswer is what a proxy says when it got none.
func ownAnswer(status int) *answer { return &answer{status: status, body: auth.BodyError} }

// stick puts the balancer's cookie on an answer.
func (a *answer) stick(b balancer.Cookie, config balancer.Config) {
	out := client.SetCookie{Name: config.Stickiness.CookieName(), Path: "/"}
	switch {
	case b.Clear:
		out.HasMaxAge = true
	case b.Value != "":
		out.Value.Text = b.Value
		out.MaxAge = (config.StickyTTL + time.Second - 1).Truncate(time.Second)
		out.HasMaxAge = out.MaxAge > 0
	default:
		return
	}
	a.set = append(a.set, out)
}

// appChange is what the answer does to the application's cookie.
func (a *answer) appChange(name string) balancer.AppChange {
	change := balancer.AppUntouched
	for i := range a.set {
		if a.set[i].Name == name {
			change = balancer.AppSet
			if expired(&a.set[i]) {
				change = balancer.AppCleared
			}
		}
	}
	return change
}

func expired(s *client.SetCookie) bool { return s.HasMaxAge && s.MaxAge <= 0 }

// meta is what the answer says to a cache.
func (a *answer) meta(delay time.Duration) edgecache.Meta {
	m := edgecache.Meta{
		Status: a.status, Control: edgecache.ParseCacheControl(a.cacheControl), SetCookie: len(a.set) > 0, Delay: delay,
	}
	if a.vary != "" {
		m.Vary = []string{a.vary}
	}
	return m
}

// bodies are the history's words.
var bodies = [...]string{
	auth.BodyNone: "", auth.BodyPage: history.BodyPage, auth.BodyLogin: history.BodyLogin,
	auth.BodyTokens: history.BodyTokens, auth.BodyError: history.BodyError,
}

// note completes the event of the response.
func (a *answer) note(e *history.Event, date int64) {
	e.Status, e.Body, e.Location, e.Identity = a.status, bodies[a.body], a.location, int(a.identity)
	e.Age, e.Hit, e.Date = int(a.age/time.Second), a.hit, date
	for i := range a.set {
		if expired(&a.set[i]) {
			e.Clear = append(e.Clear, a.set[i].Name)
		} else {
			e.Set = append(e.Set, a.set[i].Name)
		}
	}
}

// response is what the client understands of it.
func (a *answer) response(seq int) client.Response {
	r := client.Response{
		Seq: seq, Status: a.status, ToLogin: a.location == auth.LoginPath && a.status/100 == 3,
		Identity: int(a.identity), Set: a.set, Access: a.access, Refresh: a.refresh, ExpiresIn: a.expiresIn,
	}
	switch a.body {
	case auth.BodyPage:
		r.Body = client.BodyPage
	case auth.BodyLogin:
		r.Body = client.BodyLogin
	case auth.BodyTokens:
		r.Body = client.BodyTokens
	}
	return r
}
