package substratetest

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/balancer/proxy"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/workload"
)

// user is somebody with an address, cookies and perhaps a token. Every request
// has a connection of its own, and is sent once.
type user struct {
	t      *testing.T
	r      *rig
	number auth.UserID
	http   *http.Client
	bearer string
}

func (r *rig) user(t *testing.T) *user {
	t.Helper()
	r.mu.Lock()
	r.users++
	n := r.users
	r.mu.Unlock()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	transport := &http.Transport{
		DialContext: workload.Dialer(net.IPv4(127, 1, byte(n>>8), byte(n)), r.announced), DisableKeepAlives: true, DisableCompression: true,
	}
	return &user{t: t, r: r, number: auth.UserID(n), http: &http.Client{
		Transport: &proxy.NoReplay{Transport: transport}, Jar: jar, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// keep lets the user's connection carry one request after the other, as those of
// browsers do.
func (u *user) keep() {
	transport := u.http.Transport.(*proxy.NoReplay).Transport
	transport.DisableKeepAlives = false
	u.t.Cleanup(transport.CloseIdleConnections)
}

// reply is what a user got.
type reply struct {
	r      *rig
	req    int
	status int
	header http.Header
	body   string
	err    error // no answer, or a part of one
}

// failed says that no node's answer arrived: it is the balancer's own, or none.
func (a reply) failed() bool { return a.err != nil || a.status >= http.StatusBadGateway }

// stored says that the cache answered.
func (a reply) stored() bool { return strings.Contains(a.header.Get("Cache-Status"), "; hit") }

// decided is the latest decision about the request, once it has been heard of.
func (a reply) decided(t *testing.T) history.Event {
	t.Helper()
	require.NoError(t, a.err)
	until(t, "a node's decision about request "+strconv.Itoa(a.req), func() bool { return len(a.r.decisions(a.req)) > 0 })
	all := a.r.decisions(a.req)
	return all[len(all)-1]
}

// node is the node that answered.
func (a reply) node(t *testing.T) string {
	t.Helper()
	return a.decided(t).Node
}

// get opens a page.
func (u *user) get(path string) reply { return u.send(u.request(http.MethodGet, path, nil)) }

// login logs in, and returns the answer whatever it is.
func (u *user) login() reply {
	a := u.send(u.request(http.MethodPost, "/login", url.Values{
		"user": {app.UserName(u.number)}, "password": {app.Password(u.number)},
	}))
	var tokens struct {
		Access string `json:"access_token"`
	}
	if json.Unmarshal([]byte(a.body), &tokens) == nil {
		u.bearer = tokens.Access
	}
	return a
}

// loggedIn is a user who is, and the node that saw to it.
func (r *rig) loggedIn(t *testing.T) (u *user, node string) {
	t.Helper()
	u = r.user(t)
	a := u.login()
	require.NoError(t, a.err)
	require.Less(t, a.status, 400)
	return u, a.node(t)
}

// copy is somebody with the same credentials, who keeps them.
func (u *user) copy() *user {
	u.t.Helper()
	c := u.r.user(u.t)
	front, err := url.Parse(u.r.cluster.URL())
	require.NoError(u.t, err)
	c.http.Jar.SetCookies(front, u.http.Jar.Cookies(front))
	c.bearer = u.bearer
	return c
}

// underWay is a page that a node works on.
type underWay struct {
	node  string
	req   int
	reply <-chan reply
}

// begin opens a page, and returns as soon as a node has let the user in.
func (u *user) begin(path string) underWay {
	u.t.Helper()
	req, number := u.request(http.MethodGet, path, nil)
	done := make(chan reply, 1)
	go func() { done <- u.send(req, number) }()
	until(u.t, "a node that works on the page", func() bool { return len(u.r.decisions(number)) > 0 })
	d := u.r.decisions(number)[0]
	require.True(u.t, d.Accept, "%+v", d)
	return underWay{node: d.Node, req: number, reply: done}
}

func (u *user) request(method, path string, form url.Values) (*http.Request, int) {
	u.t.Helper()
	u.r.mu.Lock()
	u.r.requests++
	number := u.r.requests
	u.r.mu.Unlock()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, u.r.cluster.URL()+path, body)
	require.NoError(u.t, err)
	req.Header.Set("X-Request-Id", strconv.Itoa(number))
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if u.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+u.bearer)
	}
	return req, number
}

func (u *user) send(req *http.Request, number int) reply {
	a := reply{r: u.r, req: number}
	res, err := u.http.Do(req)
	if err != nil {
		a.err = err
		return a
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	a.status, a.header, a.body, a.err = res.StatusCode, res.Header, string(body), err
	return a
}
