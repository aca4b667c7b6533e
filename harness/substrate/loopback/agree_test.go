package loopback

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/auth/jose"
)

// world is two nodes behind no balancer, asked by one client. There are two:
// the bare core over symbolic keys, and net/http over real ones.
type world interface {
	ask(s step, at time.Duration, c credentials) (answer, credentials)
}

// credentials is what a client has been given.
type credentials struct {
	session auth.SessionID
	access  auth.Token
	refresh auth.Token
}

// answer is a node's decision and what the client is sent of it.
type answer struct {
	accept  bool
	reason  auth.Reason
	status  int
	cookies []string // names in order; "-" before one that is expired
}

func (a answer) String() string {
	word := "no"
	if a.accept {
		word = "yes"
	}
	return strings.Join(append([]string{word, a.reason.String(), fmt.Sprint(a.status)}, a.cookies...), " ")
}

// walk takes a client through a case and tells the answers. It keeps what an
// accepted login or renewal gives, and forgets all at its logout.
func walk(w world, steps []step) []string {
	var now, before credentials
	var told []string
	for _, s := range steps {
		shown := now
		if s.stale {
			shown = before
		}
		if s.op == auth.Login {
			shown = credentials{}
		}
		a, given := w.ask(s, s.at, shown)
		told = append(told, a.String())
		switch {
		case s.op == auth.Logout:
			now, before = credentials{}, now
		case a.accept && given != credentials{}:
			if given.refresh.IsZero() {
				given.refresh = now.refresh // RFC 6749 section 6
			}
			now, before = given, now
		}
	}
	return told
}

// pieces is what both worlds are made of, each of its own.
type pieces struct {
	agreement
	shared *fragileStore
	ids    *numbers
}

func piecesOf(c agreement) pieces {
	return pieces{agreement: c, shared: newFragileStore(), ids: &numbers{}}
}

// node is the judgement of the node with this number, 0 or 1.
func (p pieces) node(i int, keys auth.Keys) *auth.Node {
	store := p.shared
	if p.apart && i == 1 {
		store = newFragileStore()
	}
	return &auth.Node{Config: p.config, Keys: keys, Sessions: store, Families: store, Blacklist: store, IDs: p.ids}
}

// bare is the core alone.
type bare struct {
	pieces
	nodes [2]*auth.Node
}

func bareWorld(c agreement) world {
	w := &bare{pieces: piecesOf(c)}
	second := map[string]auth.SymbolicKey{"": {Kid: 1, Secret: 1}, "other secret": {Kid: 1, Secret: 2}, "other key": {Kid: 2, Secret: 2}}[c.second]
	w.nodes[0] = w.node(0, auth.NewSymbolic(auth.SymbolicKey{Kid: 1, Secret: 1}))
	w.nodes[1] = w.node(1, auth.NewSymbolic(second))
	return w
}

func (w *bare) ask(s step, at time.Duration, c credentials) (answer, credentials) {
	w.shared.down = s.down
	switch s.forged {
	case "garbage":
		c.access.Secret = auth.Garbage
	case "unsigned":
		c.access.Secret = auth.Unsigned
	}
	req := auth.Request{Op: s.op, User: 7, Session: c.session, Access: c.access, Refresh: c.refresh}
	if w.config.Kind == auth.Stateless {
		req.Session = 0
	}
	if !w.web.Cookies && s.op != auth.Renew && s.op != auth.Logout {
		req.Refresh = auth.Token{}
	}
	d, g := w.nodes[s.node].Serve(req, at+s.offset)
	shape := w.web.Shape(s.op, w.config.Kind, d, g)
	a := answer{accept: d.Accept, reason: d.Reason, status: shape.Status}
	for _, k := range shape.Cookies[:shape.NumCookies] {
		name := k.Name
		if k.Credential == auth.NoCredential {
			name = "-" + name
		}
		a.cookies = append(a.cookies, name)
	}
	return a, credentials{g.Session, g.Access, g.Refresh}
}

// web is the application over net/http.
type web struct {
	pieces
	apps    [2]*app.App
	servers [2]*httptest.Server
	at      time.Duration
	decided chan app.Record
	client  *http.Client
}

func webWorld(t *testing.T, c agreement, keys map[string]jose.Key) world {
	w := &web{pieces: piecesOf(c), decided: make(chan app.Record, 1), client: browser(t)}
	w.client.Jar = nil
	for i, k := range []jose.Key{keys[""], keys[c.second]} {
		ring, err := jose.NewRing(k, time.Unix(1_700_000_000, 0))
		require.NoError(t, err)
		w.apps[i] = app.New(app.Options{
			Kind: c.config.Kind, Presentation: c.web, Node: w.node(i, ring),
			Clock: func() time.Duration { return w.at }, OnDecision: func(r app.Record) { w.decided <- r },
		})
		w.servers[i] = httptest.NewServer(w.apps[i])
		t.Cleanup(w.servers[i].Close)
	}
	return w
}

var routes = [...]struct{ method, path string }{
	auth.Login: {http.MethodPost, "/login"}, auth.Page: {http.MethodGet, "/page/1"},
	auth.Renew: {http.MethodPost, "/refresh"}, auth.Logout: {http.MethodPost, "/logout"},
}

func (w *web) ask(s step, at time.Duration, c credentials) (answer, credentials) {
	w.shared.down, w.at = s.down, at
	w.apps[s.node].SetClockOffset(s.offset)
	c.access.Text = forge(s.forged, c.access.Text)
	res, err := w.client.Do(w.request(s, c))
	if err != nil {
		panic(err)
	}
	defer res.Body.Close()
	d := <-w.decided
	a := answer{accept: d.Accept, reason: d.Reason, status: res.StatusCode}
	given := granted(res)
	for _, k := range res.Cookies() {
		if k.MaxAge < 0 {
			k.Name = "-" + k.Name
		}
		a.cookies = append(a.cookies, k.Name)
	}
	return a, given
}

func (w *web) request(s step, c credentials) *http.Request {
	form := url.Values{}
	if s.op == auth.Login {
		form = url.Values{"user": {app.UserName(7)}, "password": {app.Password(7)}}
	}
	if !w.web.Cookies && s.op != auth.Page && !c.refresh.IsZero() {
		form.Set("refresh_token", c.refresh.Text)
	}
	r, err := http.NewRequest(routes[s.op].method, w.servers[s.node].URL+routes[s.op].path, strings.NewReader(form.Encode()))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if !w.web.Cookies {
		if c.access.Text != "" {
			r.Header.Set("Authorization", "Bearer "+c.access.Text)
		}
		return r
	}
	if c.session != 0 {
		r.AddCookie(&http.Cookie{Name: auth.SessionCookie, Value: app.FormatSession(c.session)})
	}
	for name, token := range map[string]auth.Token{auth.AccessCookie: c.access, auth.RefreshCookie: c.refresh} {
		if token.Text != "" {
			r.AddCookie(&http.Cookie{Name: name, Value: token.Text})
		}
	}
	return r
}

// granted reads the credentials of an answer, from cookies or from a body.
func granted(res *http.Response) (c credentials) {
	for _, k := range res.Cookies() {
		switch {
		case k.MaxAge < 0:
		case k.Name == auth.SessionCookie:
			c.session = app.ParseSession(k.Value)
		case k.Name == auth.AccessCookie:
			c.access.Text = k.Value
		case k.Name == auth.RefreshCookie:
			c.refresh.Text = k.Value
		}
	}
	var body struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if json.NewDecoder(res.Body).Decode(&body) == nil && body.Access != "" {
		c.access.Text, c.refresh.Text = body.Access, body.Refresh
	}
	return c
}

func forge(how, token string) string {
	switch how {
	case "garbage":
		return "not.a.token"
	case "unsigned":
		head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"1"}`))
		return head + "." + strings.Split(token, ".")[1] + "."
	}
	return token
}

// TestSymbolicAndRealRunsAgree: symbolic tokens in the bare core, and real
// ones of every algorithm over net/http, give the same decisions, statuses and
// Set-Cookie on the same cases, and the ones that are written there.
func TestSymbolicAndRealRunsAgree(t *testing.T) {
	for _, alg := range []string{jose.HS256, jose.ES256, jose.RS256} {
		keys := map[string]jose.Key{}
		for name, kid := range map[string]string{"": "1", "other secret": "1", "other key": "2"} {
			k, err := jose.GenerateKey(alg, kid, rand.Reader)
			require.NoError(t, err)
			keys[name] = k
		}
		for _, c := range agreements() {
			t.Run(alg+"/"+c.name, func(t *testing.T) {
				var want []string
				for _, s := range c.steps {
					want = append(want, s.want)
				}
				require.Equal(t, want, walk(bareWorld(c), c.steps), "symbolic")
				require.Equal(t, want, walk(webWorld(t, c, keys), c.steps), "net/http")
			})
		}
	}
}
