package auth

import "time"

// RejectWith says how an application tells a user to log in.
type RejectWith uint8

// The ways to reject.
const (
	Unauthorized RejectWith = iota // 401 with a challenge
	Forbidden                      // 403 with a challenge
	Redirect                       // 302 to the login page
	LoginPage                      // 200 with the login form
)

// Presentation is how an application answers over HTTP.
type Presentation struct {
	Cookies           bool // sessions and tokens travel in cookies (a browser), else as bearer tokens and JSON
	RejectWith        RejectWith
	CacheControl      string // Cache-Control of pages
	ErrorCacheControl string // Cache-Control of rejections and errors
	Rolling           bool   // a page sets the cookie of its session again; its grant names that session
	StoreRejects      bool   // a page or renewal for want of the store is rejected as one without a login is, in place of 503
	ClearOnReject     bool   // a rejected credential is expired in the browser, with all its companions
	Cookie            Attributes
}

// Attributes are how an application sets its cookies (RFC 6265bis section 4.1.2).
// The zero Attributes are Path=/ and SameSite=Lax.
type Attributes struct {
	Prefix        string // of their names
	Domain        string
	Path          string // "": "/"
	Secure        bool
	SameSite      string // Strict, Lax or None; "": Lax
	NoSameSite    bool   // none is sent
	ExpireEarlier string // Path of an earlier release's session cookie, which a login expires; "": nothing is expired
}

// Body is what an answer's body is.
type Body uint8

// The bodies.
const (
	BodyNone Body = iota
	BodyPage
	BodyLogin // the login form
	BodyTokens
	BodyError
)

// Which is a credential of a grant.
type Which uint8

// The credentials. NoCredential in a [Cookie] expires it.
const (
	NoCredential Which = iota
	SessionCredential
	AccessCredential
	RefreshCredential
)

// The names of the cookies.
const (
	SessionCookie = "sid"
	AccessCookie  = "at"
	RefreshCookie = "rt"
)

// Where answers lead.
const (
	HomePath  = "/"
	LoginPath = "/login"
)

// noStore is what an answer with tokens in it must say (RFC 6749 section 5.1).
const noStore = "no-store"

// Shape is an answer's form. Which tokens and ids it carries is in the grant.
type Shape struct {
	Status       int
	Body         Body
	Location     string
	Identity     UserID // whose page it is; 0: nobody's
	CacheControl string // empty: no such header
	Vary         string // the header that the answer depends on; empty: no such header
	Challenge    bool   // WWW-Authenticate: Bearer (RFC 6750 section 3)
	Cookies      [2]Cookie
	NumCookies   int
}

// Cookie is a Set-Cookie header (RFC 6265bis section 4.1).
type Cookie struct {
	Name       string
	Credential Which // of the grant; NoCredential: expire the cookie
	Domain     string
	Path       string
	MaxAge     time.Duration // whole seconds, as Max-Age counts; 0: a session cookie
	Secure     bool
	HTTPOnly   bool
	SameSite   string
}

// Shape gives the answer to a request for op.
//
// A browser's login and logout answer 303 to [HomePath], its renewal 204, each
// with cookies; other clients get 200 with the tokens and 204. Overload and
// a store that is down answer 503, the latter unless StoreRejects. A page names in Vary what its credential came
// in (RFC 9110 section 12.5.5), so that a shared cache that may store it keeps
// the users apart; a rejection names nothing. A renewal that is refused, and a wrong
// password, answer 401 whatever RejectWith says: a script or a form reads
// them. Every other rejection is as RejectWith says.
func (p Presentation) Shape(op Op, kind Kind, d Decision, g Grant) Shape {
	if !d.Accept {
		return p.rejected(op, kind, d.Reason)
	}
	switch op {
	case Page:
		return p.page(kind, d)
	case Logout:
		return p.loggedOut(kind)
	default:
		return p.granted(op, kind, g)
	}
}

func (p Presentation) page(kind Kind, d Decision) Shape {
	s := Shape{Status: 200, Body: BodyPage, Identity: d.User, CacheControl: p.CacheControl, Vary: p.carrier()}
	if p.Rolling && p.Cookies && kind == Stateful {
		p.set(&s, SessionCookie, SessionCredential, 0)
	}
	return s
}

// Carried is what an answer carries, besides what was granted: a page may hand
// its own session's cookie out again.
func (p Presentation) Carried(op Op, d Decision, g Grant) Grant {
	if p.Rolling && op == Page && d.Accept {
		g.Session = d.Session
	}
	return g
}

// carrier is the request header that credentials travel in.
func (p Presentation) carrier() string {
	if p.Cookies {
		return "Cookie"
	}
	return "Authorization"
}

func (p Presentation) granted(op Op, kind Kind, g Grant) Shape {
	if !p.Cookies {
		return Shape{Status: 200, Body: BodyTokens, CacheControl: noStore}
	}
	s := Shape{Status: 204, CacheControl: noStore}
	if op == Login {
		s.Status, s.Location = 303, HomePath
	}
	if kind == Stateful {
		if p.Cookie.ExpireEarlier != "" {
			p.set(&s, SessionCookie, NoCredential, 0)
			k := &s.Cookies[0]
			k.Name, k.Path, k.Domain = SessionCookie, p.Cookie.ExpireEarlier, ""
		}
		p.set(&s, SessionCookie, SessionCredential, 0)
		return s
	}
	p.set(&s, AccessCookie, AccessCredential, 0)
	if !g.Refresh.IsZero() {
		p.set(&s, RefreshCookie, RefreshCredential, wholeSeconds(g.RefreshExpiresIn))
	}
	return s
}

func (p Presentation) loggedOut(kind Kind) Shape {
	s := Shape{Status: 204, CacheControl: noStore}
	if p.Cookies {
		s.Status, s.Location = 303, HomePath
		p.expire(&s, kind)
	}
	return s
}

func (p Presentation) rejected(op Op, kind Kind, why Reason) Shape {
	s := Shape{Status: 401, Body: BodyError, Challenge: true, CacheControl: p.ErrorCacheControl}
	if why == ReasonOverload || why == ReasonStoreDown && (!p.StoreRejects || op == Login || op == Logout) {
		s.Status, s.Challenge = 503, false
		return s
	}
	if op != Renew && why != ReasonBadPassword {
		p.turnAway(&s)
	}
	if p.ClearOnReject && p.Cookies && op != Login {
		p.expire(&s, kind)
	}
	return s
}

func (p Presentation) turnAway(s *Shape) {
	switch p.RejectWith {
	case Forbidden:
		s.Status = 403
	case Redirect:
		s.Status, s.Body, s.Challenge, s.Location = 302, BodyNone, false, LoginPath
	case LoginPage:
		s.Status, s.Body, s.Challenge = 200, BodyLogin, false
	case Unauthorized: // as it is
	}
}

func (p Presentation) expire(s *Shape, kind Kind) {
	if kind == Stateful {
		p.set(s, SessionCookie, NoCredential, 0)
		return
	}
	p.set(s, AccessCookie, NoCredential, 0)
	p.set(s, RefreshCookie, NoCredential, 0)
}

func (p *Presentation) set(s *Shape, name string, w Which, maxAge time.Duration) {
	a := &p.Cookie
	k := &s.Cookies[s.NumCookies]
	*k = Cookie{Name: name, Credential: w, Domain: a.Domain, Path: a.Path, MaxAge: maxAge, Secure: a.Secure, HTTPOnly: true, SameSite: a.SameSite}
	if a.Prefix != "" {
		k.Name = a.Prefix + name
	}
	if k.Path == "" {
		k.Path = "/"
	}
	if k.SameSite == "" && !a.NoSameSite {
		k.SameSite = "Lax"
	}
	s.NumCookies++
}

// wholeSeconds rounds up: a cookie must not go before what it holds. The
// access token's cookie has no Max-Age at all, so that the node sees, and
// logs, a token that has expired.
func wholeSeconds(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}
