package app

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// presented reads the credentials of a request: cookies for a browser, the
// Authorization header and the form for a client that holds tokens itself.
func (a *App) presented(r *http.Request, op auth.Op) auth.Request {
	req := auth.Request{Op: op}
	if !a.o.Presentation.Cookies {
		req.Access.Text = bearer(r.Header.Get("Authorization"))
		if op == auth.Renew || op == auth.Logout {
			req.Refresh.Text = r.PostFormValue("refresh_token")
		}
		if a.o.Kind == auth.Stateful {
			presentSession(&req, req.Access.Text)
		}
		return req
	}
	if a.o.Kind == auth.Stateful {
		presentSession(&req, a.cookie(r, auth.SessionCookie))
		return req
	}
	req.Access.Text = a.cookie(r, auth.AccessCookie)
	req.Refresh.Text = a.cookie(r, auth.RefreshCookie)
	return req
}

func presentSession(req *auth.Request, text string) {
	req.Session = ParseSession(text)
	req.Unreadable = text != "" && req.Session == 0
}

// bearer is the token of an Authorization header (RFC 6750 section 2.1), ""
// for any other scheme. A scheme's case does not matter (RFC 9110 section 11.1).
func bearer(authorization string) string {
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// cookie is the value of one of the application's cookies; of several of that
// name it is the first, as with most frameworks.
func (a *App) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(a.o.Presentation.Cookie.Prefix + name)
	if err != nil {
		return ""
	}
	return c.Value
}

// FormatSession writes a session id as it travels: 16 hexadecimal digits.
func FormatSession(id auth.SessionID) string {
	s := strconv.FormatUint(uint64(id), 16)
	return strings.Repeat("0", 16-len(s)) + s
}

// ParseSession reads a session id; 0 if it is none.
func ParseSession(s string) auth.SessionID {
	id, err := strconv.ParseUint(s, 16, 64)
	if err != nil || len(s) != 16 {
		return 0
	}
	return auth.SessionID(id)
}

func write(w http.ResponseWriter, s auth.Shape, g auth.Grant) {
	h := w.Header()
	if s.CacheControl != "" {
		h.Set("Cache-Control", s.CacheControl)
	}
	if s.Vary != "" {
		h.Set("Vary", s.Vary)
	}
	if s.Challenge {
		h.Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	}
	if s.Location != "" {
		h.Set("Location", s.Location)
	}
	for _, c := range s.Cookies[:s.NumCookies] {
		http.SetCookie(w, netCookie(c, g))
	}
	writeBody(w, s.Body, s.Identity, g, s.Status)
}

func netCookie(c auth.Cookie, g auth.Grant) *http.Cookie {
	out := &http.Cookie{Name: c.Name, Domain: c.Domain, Path: c.Path, HttpOnly: c.HTTPOnly, Secure: c.Secure}
	switch c.SameSite {
	case "Strict":
		out.SameSite = http.SameSiteStrictMode
	case "Lax":
		out.SameSite = http.SameSiteLaxMode
	case "None":
		out.SameSite = http.SameSiteNoneMode
	}
	switch c.Credential {
	case auth.SessionCredential:
		out.Value = FormatSession(g.Session)
	case auth.AccessCredential:
		out.Value = g.Access.Text
	case auth.RefreshCredential:
		out.Value = g.Refresh.Text
	default:
		out.MaxAge = -1
		return out
	}
	// Max-Age counts whole seconds (RFC 6265bis section 5.6.2), too coarse for
	// a compressed run: a short-lived cookie is sent as a session cookie and the
	// server's own clock ends it.
	out.MaxAge = int(c.MaxAge / time.Second)
	return out
}

func writeBody(w http.ResponseWriter, b auth.Body, user auth.UserID, g auth.Grant, status int) {
	h := w.Header()
	switch b {
	case auth.BodyTokens:
		h.Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(tokens(g))
	case auth.BodyPage:
		h.Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`<!doctype html><title>Your page</title><body data-user="` + UserName(user) + `">Hello.</body>`))
	case auth.BodyLogin:
		h.Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`<!doctype html><title>Log in</title><form id="login" method="post" action="/login">` +
			`<input name="user" placeholder="user"><input name="password" type="password" placeholder="password"><button>Log in</button></form>`))
	case auth.BodyError:
		h.Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"error":"` + http.StatusText(status) + `"}`))
	default:
		w.WriteHeader(status)
	}
}

// tokens is the token response of RFC 6749 section 5.1. Its expires_in has
// milliseconds, because compressed runs have tokens of less than a second, and
// is left out for a session without an end.
func tokens(g auth.Grant) []byte {
	access := g.Access.Text
	if access == "" {
		access = FormatSession(g.Session)
	}
	b := make([]byte, 0, 64+len(access)+len(g.Refresh.Text))
	b = append(b, `{"token_type":"Bearer","access_token":"`...)
	b = append(b, access...)
	if g.Refresh.Text != "" {
		b = append(b, `","refresh_token":"`...)
		b = append(b, g.Refresh.Text...)
	}
	b = append(b, '"')
	if g.ExpiresIn > 0 {
		b = append(b, `,"expires_in":`...)
		b = strconv.AppendFloat(b, g.ExpiresIn.Seconds(), 'f', 3, 64)
	}
	return append(b, '}')
}
