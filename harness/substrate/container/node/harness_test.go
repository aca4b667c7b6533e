package node

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

func TestMain(m *testing.M) {
	// net/http lingers half a second after it has refused a body.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

const token = "token-of-the-run"

// started is a program in this process, with its output followed.
type started struct {
	*Client
	control string // URL
	events  history.Memory
	stop    func() // as SIGTERM does; returns when the program has ended
	other   []string
	stderr  strings.Builder
}

// start runs Main on free ports.
func start(t *testing.T) *started { return startAt(t, "127.0.0.1:0") }

// startAt runs Main with this address as its app port.
func startAt(t *testing.T, appAddr string) *started {
	t.Helper()
	s := &started{}
	ctx, cancel := context.WithCancel(context.Background())
	out, stdout := io.Pipe()
	errs, stderr := io.Pipe()
	env := map[string]string{TokenEnv: token, AppEnv: appAddr, ControlEnv: "127.0.0.1:0"}
	ended := make(chan error, 1)
	go func() {
		err := Main(ctx, func(name string) string { return env[name] }, stdout, stderr)
		_ = stdout.Close()
		_ = stderr.Close()
		ended <- err
	}()
	followed, drained := make(chan error, 1), make(chan struct{})
	go func() {
		var err error
		s.other, err = Follow(out, s.events.Append)
		followed <- err
	}()
	lines := bufio.NewReader(errs)
	ready, err := lines.ReadString('\n')
	require.NoError(t, err)
	addr, ok := strings.CutPrefix(strings.TrimSpace(ready), Ready)
	require.True(t, ok, ready)
	go func() {
		defer close(drained)
		_, _ = io.Copy(&s.stderr, lines)
	}()
	s.control = "http://" + addr
	s.Client = NewClient("app-1", s.control+"/", token)
	var once bool
	s.stop = func() {
		cancel()
		if !once {
			once = true
			require.NoError(t, <-ended)
			require.NoError(t, <-followed)
			<-drained
		}
	}
	t.Cleanup(s.stop)
	return s
}

// app is the URL of the app port.
func (s *started) app(t *testing.T) string {
	t.Helper()
	h, err := s.Health(context.Background())
	require.NoError(t, err)
	require.NotEmpty(t, h.App)
	return "http://" + h.App
}

// decisions waits until so many are recorded: a user has an answer a moment
// before its node's word of it is here.
func (s *started) decisions(t *testing.T, n int) []history.Event {
	t.Helper()
	var all []history.Event
	require.Eventually(t, func() bool {
		all = only(&s.events, history.Decision)
		return len(all) >= n
	}, 5*time.Second, time.Millisecond)
	require.Len(t, all, n)
	return all
}

func only(m *history.Memory, types ...history.Type) []history.Event {
	var out []history.Event
	for e := range m.Events() {
		for _, typ := range types {
			if e.Type == typ {
				out = append(out, e)
			}
		}
	}
	return out
}

// planOf is a plan of an architecture (YAML, flow style fields).
func planOf(t *testing.T, architecture string) *plan.Plan {
	t.Helper()
	src := "scenario: s\ntitle: S\narchitecture: {" + architecture + "}\nworkload: {users: 10, think: 2s, duration: 1m}\n" +
		"variants: {broken: {expect: [{spurious_logouts: 0}]}}\n"
	s, err := scenario.Parse("s.yaml", []byte(src))
	require.NoError(t, err)
	p, err := plan.Build(s, "broken", plan.Options{Seed: 1, Compress: 1})
	require.NoError(t, err)
	return p
}

// stateOf is the state of an architecture's first node, with an embedded Redis
// if it needs one.
func stateOf(t *testing.T, architecture string) State {
	t.Helper()
	p := planOf(t, architecture)
	s := State{
		Name: "app-1", Boot: 1, Seed: p.Seed, Epoch: time.Now(), Compress: p.Compress,
		Architecture: p.Variant.Architecture, Grace: time.Second, Prefix: "test:",
	}
	if s.Architecture.Session.Store() != "" {
		s.Store = miniredis.RunT(t).Addr()
	}
	k, err := parts.NewKeyring(s.Architecture, p.Stream("keys"), nil)
	require.NoError(t, err)
	if k != nil {
		keys := k.Node(0)
		s.Keys = &keys
	}
	return s
}

// user is a user agent that follows no redirects. It has cookies, and shows
// the tokens that it was given in an answer's body.
type user struct {
	http.Client
	access, refresh string
}

func newUser(t *testing.T) *user {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	u := &user{Client: http.Client{Jar: jar, Transport: &http.Transport{}, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	t.Cleanup(u.CloseIdleConnections)
	return u
}

// ask sends a request and returns the status.
func (u *user) ask(t *testing.T, id, method, target string, form url.Values) int {
	t.Helper()
	req, err := http.NewRequest(method, target, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Request-Id", id)
	if u.access != "" {
		req.Header.Set("Authorization", "Bearer "+u.access)
	}
	res, err := u.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	var given struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if json.NewDecoder(res.Body).Decode(&given) == nil && given.Access != "" {
		u.access = given.Access
		if given.Refresh != "" {
			u.refresh = given.Refresh
		}
	}
	return res.StatusCode
}

func (u *user) logIn(t *testing.T, id, base string) int {
	t.Helper()
	return u.ask(t, id, http.MethodPost, base+"/login", url.Values{"user": {"u3"}, "password": {app.Password(3)}})
}

func (u *user) page(t *testing.T, id, base string) int {
	t.Helper()
	return u.ask(t, id, http.MethodGet, base+"/page/1", nil)
}

// post sends the refresh token in the form, if the user holds it.
func (u *user) post(t *testing.T, id, target string) int {
	t.Helper()
	form := url.Values{}
	if u.refresh != "" {
		form.Set("refresh_token", u.refresh)
	}
	return u.ask(t, id, http.MethodPost, target, form)
}
