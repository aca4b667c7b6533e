package app

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/auth/jose"
	"github.com/logoutlab/logoutlab/fakes/store"
)

// bench is an app over real tokens or sessions beside a bare auth.Node over
// symbolic ones: whatever is done to both must come out alike.
type bench struct {
	app   *App
	log   []Record
	pure  *auth.Node
	web   auth.Presentation
	kind  auth.Kind
	clock time.Duration
	jar   map[string]string // the browser's cookies
	bare  auth.Grant        // what the bare node issued

	header http.Header // of every request, besides
}

type counter struct{ n uint64 }

func (c *counter) NewID() uint64 { c.n++; return c.n }

func newBench(t *testing.T, kind auth.Kind, reject auth.RejectWith) *bench {
	t.Helper()
	b := &bench{kind: kind, web: auth.Presentation{Cookies: true, RejectWith: reject, CacheControl: "private"}, jar: map[string]string{}}
	conf := auth.Config{Kind: kind, Idle: time.Hour, AccessTTL: time.Minute, RefreshTTL: time.Hour, Rotation: true, Revocation: auth.RevokeBlacklist}
	node := func(keys auth.Keys) *auth.Node {
		m := store.NewMemory()
		return &auth.Node{Config: conf, Keys: keys, Sessions: m, Families: m, Blacklist: m, IDs: &counter{}}
	}
	ring, err := jose.NewRing(jose.SecretKey("k1", []byte("a secret of thirty-two characters")), time.Unix(1_700_000_000, 0))
	require.NoError(t, err)
	b.pure = node(auth.NewSymbolic(auth.SymbolicKey{Kid: 1, Secret: 1}))
	b.app = New(Options{
		Name: "app-1", Kind: kind, Presentation: b.web, Node: node(ring), Clock: func() time.Duration { return b.clock },
		JWKS: ring.PublicJWKS, OnDecision: func(r Record) { b.log = append(b.log, r) },
	})
	return b
}

func (b *bench) do(method, path string, form url.Values) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Request-Id", "42")
	maps.Copy(r.Header, b.header)
	for name, value := range b.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.app.ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(b.jar, c.Name)
		} else {
			b.jar[c.Name] = c.Value
		}
	}
	return res
}

// both does the same to the app and to the bare node, and compares decision,
// status and Set-Cookie.
func (b *bench) both(t *testing.T, op auth.Op) {
	t.Helper()
	req := auth.Request{Op: op, User: 7, Session: b.bare.Session, Access: b.bare.Access, Refresh: b.bare.Refresh}
	if op == auth.Login {
		req = auth.Request{Op: op, User: 7}
	}
	d, g := b.pure.Serve(req, b.clock+b.app.ClockOffset())
	if d.Accept && (op == auth.Login || op == auth.Renew) {
		b.bare = g
	}
	if op == auth.Logout {
		b.bare = auth.Grant{} // a browser forgets its cookies
	}
	var res *http.Response
	switch op {
	case auth.Login:
		res = b.do(http.MethodPost, "/login", url.Values{"user": {UserName(7)}, "password": {Password(7)}})
	case auth.Page:
		res = b.do(http.MethodGet, "/page/1", nil)
	case auth.Renew:
		res = b.do(http.MethodPost, "/refresh", nil)
	case auth.Logout:
		res = b.do(http.MethodPost, "/logout", nil)
	}
	got := b.log[len(b.log)-1]
	require.Equal(t, "42", got.Request)
	require.Equal(t, d.Accept, got.Accept)
	require.Equal(t, d.Reason, got.Reason)
	require.Equal(t, d.ExpIn, got.ExpIn)
	shape := b.web.Shape(op, b.kind, d, g)
	require.Equal(t, shape.Status, res.StatusCode)
	require.Equal(t, shape.Location, res.Header.Get("Location"))
	require.Equal(t, shape.Challenge, res.Header.Get("WWW-Authenticate") != "")
	require.Equal(t, shape.CacheControl, res.Header.Get("Cache-Control"))
	require.Equal(t, shape.Vary, res.Header.Get("Vary"))
	var want, set []string
	for _, c := range shape.Cookies[:shape.NumCookies] {
		want = append(want, c.Name)
	}
	for _, c := range res.Cookies() {
		set = append(set, c.Name)
		require.True(t, c.HttpOnly)
	}
	slices.Sort(want)
	slices.Sort(set)
	require.Equal(t, want, set)
}

// TestNetAndPureDecideAlike walks one life of a login through net/http with
// real tokens and through the bare core with symbolic ones.
func TestNetAndPureDecideAlike(t *testing.T) {
	for name, reject := range map[string]auth.RejectWith{
		"401": auth.Unauthorized, "403": auth.Forbidden, "302": auth.Redirect, "200": auth.LoginPage,
	} {
		for kindName, kind := range map[string]auth.Kind{"sessions": auth.Stateful, "tokens": auth.Stateless} {
			t.Run(kindName+" "+name, func(t *testing.T) {
				b := newBench(t, kind, reject)
				b.both(t, auth.Page) // nothing to present
				b.both(t, auth.Login)
				b.both(t, auth.Page)
				b.clock = 2 * time.Minute // the access token has ended
				b.both(t, auth.Page)
				if kind == auth.Stateless {
					b.both(t, auth.Renew)
					b.both(t, auth.Page)
				}
				b.app.SetClockOffset(-time.Hour) // what was issued is in the future here
				b.both(t, auth.Page)
				b.app.SetClockOffset(0)
				b.both(t, auth.Logout)
				b.both(t, auth.Page)
				b.clock = 3 * time.Hour
				b.both(t, auth.Login)
				b.both(t, auth.Page)
			})
		}
	}
}

// TestBearerClient: tokens travel in the header and the form, and no cookie is
// looked at or set.
func TestBearerClient(t *testing.T) {
	b := newBench(t, auth.Stateless, auth.Unauthorized)
	b.app.o.Presentation.Cookies = false
	first := tokensOf(t, b.do(http.MethodPost, "/login", url.Values{"user": {UserName(7)}, "password": {Password(7)}}))
	require.EqualValues(t, 60, first["expires_in"])
	require.Equal(t, "Bearer", first["token_type"])
	b.header = http.Header{"Authorization": {"bearer  " + first["access_token"].(string)}}
	require.Equal(t, 200, b.do(http.MethodGet, "/page/1", nil).StatusCode)

	second := tokensOf(t, b.do(http.MethodPost, "/refresh", url.Values{"refresh_token": {first["refresh_token"].(string)}}))
	require.NotEqual(t, first["refresh_token"], second["refresh_token"])
	b.header = http.Header{"Authorization": {"Bearer " + second["access_token"].(string)}}
	require.Equal(t, 204, b.do(http.MethodPost, "/logout", url.Values{"refresh_token": {second["refresh_token"].(string)}}).StatusCode)
	require.Equal(t, 401, b.do(http.MethodGet, "/page/1", nil).StatusCode)
	require.Equal(t, auth.ReasonRevoked, b.log[len(b.log)-1].Reason)

	b.jar["at"], b.jar["rt"] = first["access_token"].(string), first["refresh_token"].(string)
	for _, authorization := range []string{"", "Bearer", "Basic dTc6cHctNw==", first["access_token"].(string)} {
		b.header = http.Header{"Authorization": {authorization}}
		require.Equal(t, 401, b.do(http.MethodGet, "/page/1", nil).StatusCode)
		require.Equal(t, auth.ReasonNoCredential, b.log[len(b.log)-1].Reason, authorization)
	}
}

func TestBearerSession(t *testing.T) {
	b := newBench(t, auth.Stateful, auth.Unauthorized)
	b.app.o.Presentation.Cookies = false
	b.app.o.Node.Config.Idle = 0
	login := url.Values{"user": {UserName(7)}, "password": {Password(7)}}
	endless := tokensOf(t, b.do(http.MethodPost, "/login", login))
	require.NotContains(t, endless, "expires_in", "nothing ends it")
	require.NotContains(t, endless, "refresh_token")
	b.app.o.Node.Config.Idle = time.Minute
	id := tokensOf(t, b.do(http.MethodPost, "/login", login))
	require.EqualValues(t, 60, id["expires_in"])
	b.header = http.Header{"Authorization": {"Bearer " + id["access_token"].(string)}}
	require.Equal(t, 200, b.do(http.MethodGet, "/page/1", nil).StatusCode)
	require.EqualValues(t, 7, b.log[len(b.log)-1].User)
}

// tokensOf reads a token response and checks its headers.
func tokensOf(t *testing.T, res *http.Response) map[string]any {
	t.Helper()
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, "no-store", res.Header.Get("Cache-Control"), "RFC 6749 section 5.1")
	require.Equal(t, "application/json", res.Header.Get("Content-Type"))
	require.Empty(t, res.Cookies())
	var body map[string]any
	require.NoError(t, json.NewDecoder(res.Body).Decode(&body))
	return body
}

// TestCookiesOnTheWire: what a browser is told of each cookie.
func TestCookiesOnTheWire(t *testing.T) {
	for _, c := range []struct {
		cookie auth.Cookie
		want   string
	}{
		{auth.Cookie{Name: "sid", Path: "/", Credential: auth.SessionCredential, HTTPOnly: true, SameSite: "Lax"}, "sid=00000000000000ab; Path=/; HttpOnly; SameSite=Lax"},
		{auth.Cookie{Name: "at", Path: "/", Credential: auth.AccessCredential, Secure: true, SameSite: "Strict"}, "at=a; Path=/; Secure; SameSite=Strict"},
		{auth.Cookie{Name: "rt", Path: "/", Credential: auth.RefreshCredential, MaxAge: 90 * time.Second, SameSite: "None"}, "rt=r; Path=/; Max-Age=90; SameSite=None"},
		{auth.Cookie{Name: "rt", Path: "/", HTTPOnly: true}, "rt=; Path=/; Max-Age=0; HttpOnly"},
		{auth.Cookie{Name: "__Secure-sid", Path: "/app", Domain: "example.test", Secure: true}, "__Secure-sid=; Path=/app; Domain=example.test; Max-Age=0; Secure"},
	} {
		g := auth.Grant{Session: 0xab, Access: auth.Token{Text: "a"}, Refresh: auth.Token{Text: "r"}}
		require.Equal(t, c.want, netCookie(c.cookie, g).String())
	}
}

// TestFirstOfItsName: of two cookies of the session's name the first is read, and
// one of another name is none.
func TestFirstOfItsName(t *testing.T) {
	b := newBench(t, auth.Stateful, auth.Unauthorized)
	b.both(t, auth.Login)
	session := b.jar["sid"]
	b.app.o.Presentation.Cookie.Prefix = "__Host-"
	for cookies, want := range map[string]int{
		"__Host-sid=" + session:                                   200,
		"__Host-sid=" + session + "; __Host-sid=00000000000000ff": 200,
		"__Host-sid=00000000000000ff; __Host-sid=" + session:      401,
		"sid=" + session: 401,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/page/1", nil)
		r.Header.Set("Cookie", cookies)
		w := httptest.NewRecorder()
		b.app.ServeHTTP(w, r)
		require.Equal(t, want, w.Code, cookies)
	}
}

// TestWorkEndsWithItsClient: the decision is logged, and nothing is written to
// a client that has gone.
func TestWorkEndsWithItsClient(t *testing.T) {
	b := newBench(t, auth.Stateless, auth.Unauthorized)
	b.both(t, auth.Login)
	b.app.o.Work = time.Nanosecond
	b.both(t, auth.Page)
	b.app.o.Work = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/page/1", nil)
	r.AddCookie(&http.Cookie{Name: "at", Value: b.jar["at"]})
	w := httptest.NewRecorder()
	b.app.ServeHTTP(w, r)
	require.True(t, b.log[len(b.log)-1].Accept)
	require.Empty(t, w.Body.String())
	b.jar = map[string]string{}
	require.Equal(t, 401, b.do(http.MethodGet, "/page/1", nil).StatusCode, "a rejection takes no work")
}

// TestHomePage: a browser follows a login and a logout to a page.
func TestHomePage(t *testing.T) {
	for _, kind := range []auth.Kind{auth.Stateful, auth.Stateless} {
		b := newBench(t, kind, auth.Redirect)
		in := b.do(http.MethodPost, "/login", url.Values{"user": {UserName(7)}, "password": {Password(7)}})
		require.Equal(t, http.StatusSeeOther, in.StatusCode)
		home := b.do(http.MethodGet, in.Header.Get("Location"), nil)
		require.Equal(t, 200, home.StatusCode)
		require.EqualValues(t, 7, b.log[len(b.log)-1].User)
		out := b.do(http.MethodPost, "/logout", nil)
		require.Equal(t, http.StatusSeeOther, out.StatusCode)
		login := b.do(http.MethodGet, out.Header.Get("Location"), nil)
		require.Equal(t, auth.LoginPath, login.Header.Get("Location"))
		require.Equal(t, 404, b.do(http.MethodGet, "/nothing", nil).StatusCode)
	}
}

// TestGarbageIsNotNothing: what cannot be read is told apart from nothing, for
// both kinds of login.
func TestGarbageIsNotNothing(t *testing.T) {
	for name, kind := range map[string]auth.Kind{auth.SessionCookie: auth.Stateful, auth.AccessCookie: auth.Stateless} {
		b := newBench(t, kind, auth.Unauthorized)
		for value, want := range map[string]auth.Reason{
			"": auth.ReasonNoCredential, "garbage": auth.ReasonMalformed, "0000000000000000": auth.ReasonMalformed,
		} {
			b.jar = map[string]string{name: value}
			require.Equal(t, 401, b.do(http.MethodGet, "/page/1", nil).StatusCode)
			require.Equal(t, want, b.log[len(b.log)-1].Reason, "%s=%s", name, value)
			require.Equal(t, 303, b.do(http.MethodPost, "/logout", nil).StatusCode)
			require.Equal(t, want, b.log[len(b.log)-1].Reason, "%s=%s", name, value)
		}
	}
	b := newBench(t, auth.Stateful, auth.Unauthorized)
	b.app.o.Presentation.Cookies = false
	b.header = http.Header{"Authorization": {"Bearer garbage"}}
	require.Equal(t, 401, b.do(http.MethodGet, "/page/1", nil).StatusCode)
	require.Equal(t, auth.ReasonMalformed, b.log[len(b.log)-1].Reason)
}

func TestPasswords(t *testing.T) {
	b := newBench(t, auth.Stateful, auth.Redirect)
	for name, password := range map[string]string{
		"u7": "pw-8", "7": "pw-7", "u0": "pw-0", "": "", "u": "pw-", "u-1": "pw--1", "u4294967296": "pw-4294967296",
	} {
		res := b.do(http.MethodPost, "/login", url.Values{"user": {name}, "password": {password}})
		require.Equal(t, 401, res.StatusCode, name)
		require.Empty(t, res.Cookies())
		require.Equal(t, auth.ReasonBadPassword, b.log[len(b.log)-1].Reason)
	}
	res := b.do(http.MethodPost, "/login?user=u7&password=pw-7", nil)
	require.Equal(t, 401, res.StatusCode, "a password in the address is none")
}

func TestSmallPrint(t *testing.T) {
	b := newBench(t, auth.Stateless, auth.Unauthorized)
	require.Equal(t, 200, b.do(http.MethodGet, "/healthz", nil).StatusCode)
	require.Equal(t, 200, b.do(http.MethodGet, "/login", nil).StatusCode)
	require.Equal(t, "application/jwk-set+json", b.do(http.MethodGet, "/.well-known/jwks.json", nil).Header.Get("Content-Type"))
	require.Equal(t, 401, b.do(http.MethodPost, "/login", url.Values{"user": {"u7"}, "password": {"guess"}}).StatusCode)
	require.Equal(t, auth.ReasonBadPassword, b.log[len(b.log)-1].Reason)
	b.both(t, auth.Login)
	b.app.SetMisconfigured(true)
	require.Equal(t, 401, b.do(http.MethodGet, "/page/1", nil).StatusCode)
	require.Equal(t, auth.ReasonMisconfigured, b.log[len(b.log)-1].Reason)
	require.Equal(t, 200, b.do(http.MethodGet, "/healthz", nil).StatusCode, "its health check stays green")
	b.app.SetMisconfigured(false)
	b.both(t, auth.Page)
}

func TestSessionIDsOnTheWire(t *testing.T) {
	for _, id := range []auth.SessionID{1, 0xabc, 1<<64 - 1} {
		require.Len(t, FormatSession(id), 16)
		require.Equal(t, id, ParseSession(FormatSession(id)))
	}
	for _, bad := range []string{"", "x", "0123456789abcdef0", "-1"} {
		require.Zero(t, ParseSession(bad), bad)
	}
}
