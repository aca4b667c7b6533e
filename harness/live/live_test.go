package live_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/live"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/container"
	"github.com/logoutlab/logoutlab/harness/substrate/container/containertest"
	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
)

// session is a system that is up, and what it says.
type session struct {
	name string
	end  context.CancelFunc
	done chan error

	mu   sync.Mutex
	said strings.Builder
}

func (s *session) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.Write(p)
}

func (s *session) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.String()
}

// runtimeDir gives the test sessions of its own.
func runtimeDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ll") // a socket's name is short: t.TempDir is not
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	t.Setenv("XDG_RUNTIME_DIR", dir)
	return filepath.Join(dir, "logoutlab")
}

// options are those of an architecture in YAML.
func options(t *testing.T, name, architecture string, on substrate.Real, relay bool) live.Options {
	t.Helper()
	s, err := scenario.Parse("test.yaml", []byte("scenario: test\narchitecture: {"+architecture+"}\nvariants: {v: {expect: [{spurious_logouts: 0}]}}\n"))
	require.NoError(t, err)
	p, err := live.Plan(s, "v", 1, on, relay)
	require.NoError(t, err)
	return live.Options{Session: name, Name: "test.yaml/v", Plan: p, Substrate: on, Follow: true}
}

// up brings a system up for the length of the test.
func up(t *testing.T, o live.Options) *session {
	t.Helper()
	s := &session{name: o.Session, done: make(chan error, 1)}
	o.Out = s
	ctx, end := context.WithCancel(context.Background())
	s.end = end
	go func() { s.done <- live.Run(ctx, o) }()
	t.Cleanup(func() {
		end()
		<-s.done
	})
	for {
		select {
		case err := <-s.done:
			s.done <- err
			require.NoError(t, err)
			t.Fatal("it ended: " + s.text())
		case <-time.After(10 * time.Millisecond):
			if about, err := live.About(t.Context(), o.Session); err == nil && about != "" {
				require.Contains(t, s.text(), about)
				return s
			}
		}
	}
}

// down takes it down, and returns what is said about that.
func (s *session) down(t *testing.T) string {
	t.Helper()
	var said string
	require.NoError(t, live.Down(t.Context(), s.name, func(text string) { said += text }))
	err := <-s.done
	s.done <- err
	require.NoError(t, err)
	return said
}

// inject injects a fault until ctx ends; each line is told.
func (s *session) inject(ctx context.Context, fault string, on func(line string)) (string, error) {
	var lines []string
	err := live.Inject(ctx, s.name, fault, func(line string) {
		lines = append(lines, line)
		on(line)
	})
	return strings.Join(lines, "\n"), err
}

func nothing(string) {}

// front is where the system says that users go.
func (s *session) front(t *testing.T) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^front: (http://127\.0\.0\.1:\d+)$`).FindStringSubmatch(s.text())
	require.NotNil(t, m, s.text())
	return m[1]
}

// visit logs in as a person would, and opens a page.
func visit(t *testing.T, front string) *http.Response {
	t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.PostForm(front+"/login", url.Values{"user": {"u1"}, "password": {"pw-1"}})
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.NotEmpty(t, res.Cookies(), res.Status)
	req, err := http.NewRequest(http.MethodGet, front+"/page/1", nil)
	require.NoError(t, err)
	for _, c := range res.Cookies() {
		req.AddCookie(c)
	}
	res, err = c.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res
}

const browsers = "nodes: 2, session: {kind: redis}, cache: {enabled: true}, client: {kind: browser}"

// A fault is there until its caller goes, or its time is over, or the system is
// taken down.
func TestInject(t *testing.T) {
	runtimeDir(t)
	s := up(t, options(t, "one", browsers, &loopback.Substrate{}, false))
	require.Equal(t, http.StatusOK, visit(t, s.front(t)).StatusCode)

	ctx, cancel := context.WithCancel(t.Context())
	said, err := s.inject(ctx, "bad_deploy: {node: all}", func(line string) {
		if strings.HasPrefix(line, "ends: ") {
			require.Equal(t, http.StatusUnauthorized, visit(t, s.front(t)).StatusCode)
			_, err := s.inject(t.Context(), "bad_deploy: {node: app-1}", nothing)
			require.ErrorContains(t, err, "bad_deploy: {node: all} acts on the same deploy: take it back first")
			cancel()
		}
	})
	require.NoError(t, err)
	require.Regexp(t, `^injected, within .*: bad_deploy: \{node: all\}\n(by: .*\n)?ends: by Ctrl-C here\nended after .*: it is taken back$`, said)
	require.Equal(t, http.StatusOK, visit(t, s.front(t)).StatusCode)

	said, err = s.inject(t.Context(), "{node_kill: {node: app-1}, for: 50ms}", nothing)
	require.NoError(t, err)
	require.Regexp(t, `ends: after 50ms, or by Ctrl-C here\nended after`, said)
	said, err = s.inject(t.Context(), "{connection_cut: {idle: 1s}, for: 50ms}", nothing)
	require.NoError(t, err)
	require.Regexp(t, `ends: after 50ms, or by Ctrl-C here\nended after`, said, "unlike a cut that is made once, it lasts")
	said, err = s.inject(t.Context(), "store_flush", nothing)
	require.NoError(t, err)
	require.Regexp(t, `ends: by itself; it is not taken back$`, said)

	said, err = s.inject(t.Context(), "store_down", func(line string) {
		if strings.HasPrefix(line, "ends: ") {
			s.end()
		}
	})
	require.NoError(t, err)
	require.Contains(t, said, "it is taken back")
	require.NoError(t, <-s.done)
	s.done <- nil
	require.Contains(t, s.text(), "app-1 accepts a login: ok", "decisions are shown")
	require.Contains(t, s.text(), "one is down, after 0.0")
	require.Contains(t, s.text(), "removed: cache, balancer, app-1, app-2, store")
}

// What makes no sense is refused as in a scenario file, and nothing is done.
func TestRefused(t *testing.T) {
	runtimeDir(t)
	s := up(t, options(t, "one", browsers, &loopback.Substrate{}, false))
	for text, want := range map[string]string{
		"node_kil: {node: app-1}":                              "unknown fault node_kil (accepted: ",
		"node_kill":                                            "node_kill needs node",
		"node_kill: {node: app-3}":                             "node_kill on app-3, but nodes is 2 (accepted: app-1..app-2 or all)",
		"node_pause: {node: app-1}":                            "node_pause needs `for`",
		"{node_kill: {node: app-1}, at: 5s}":                   "leave `at` out",
		"key_rotation":                                         "it needs session.kind: jwt",
		"partition: {between: [nodes, store]}":                 "use --substrate container",
		"latency: {between: [nodes, store], delay: 1s}":        "no relay stands between app-1 and store: bring the system up with --relay",
		"reset: {between: [balancer, app-9]}":                  "nodes is 2",
		"{node_kill: {node: app-1}, store_down: {}, for: 10s}": "two faults",
		"": "empty",
	} {
		said, err := s.inject(t.Context(), text, nothing)
		var refused *live.RefusedError
		require.ErrorAs(t, err, &refused, text)
		require.ErrorContains(t, err, want)
		require.Empty(t, said)
	}
	require.NotContains(t, s.text(), "fault ")
	require.Equal(t, http.StatusOK, visit(t, s.front(t)).StatusCode)
}

// With a relay, answers between any two parts can be made to come late.
func TestRelay(t *testing.T) {
	runtimeDir(t)
	s := up(t, options(t, "one", browsers, &loopback.Substrate{}, true))
	for _, between := range []string{"[cache, balancer]", "[balancer, nodes]", "[app-2, store]"} {
		_, err := s.inject(t.Context(), "{latency: {between: "+between+", delay: 1ms}, for: 1ms}", nothing)
		require.NoError(t, err, between)
	}
}

// Sessions go by their names; the only one needs none.
func TestSessions(t *testing.T) {
	dir := runtimeDir(t)
	_, err := live.Choose("")
	require.ErrorContains(t, err, "nothing is up: bring a system up with")
	one := up(t, options(t, "one", browsers, &loopback.Substrate{}, false))
	chosen, err := live.Choose("")
	require.NoError(t, err)
	require.Equal(t, "one", chosen)

	var taken *live.TakenError
	again := options(t, "one", browsers, &loopback.Substrate{}, false)
	again.Out = &session{}
	require.ErrorAs(t, live.Run(t.Context(), again), &taken)
	two := up(t, options(t, "two", browsers, &loopback.Substrate{}, false))
	_, err = live.Choose("")
	require.EqualError(t, err, "several are up: name one with --session (accepted: one, two)")
	_, err = live.Choose("three")
	require.ErrorContains(t, err, `no session is called "three" (accepted: one, two)`)

	for _, path := range []string{dir, filepath.Join(dir, "one.sock")} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, "%s is for its owner only", path)
	}
	require.Contains(t, one.down(t), "one is down, after")
	require.Contains(t, two.down(t), "removed: cache, balancer, app-1, app-2, store")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

// The socket of a program that was killed is in nobody's way, and goes.
func TestKilled(t *testing.T) {
	dir := runtimeDir(t)
	require.False(t, live.Alive("one"))
	left := filepath.Join(dir, "one.sock")
	require.NoError(t, os.WriteFile(left, nil, 0o600))
	_, err := live.Choose("one")
	require.ErrorContains(t, err, "nothing is up")
	require.NoFileExists(t, left)
	require.NoError(t, os.WriteFile(left, nil, 0o600))
	up(t, options(t, "one", browsers, &loopback.Substrate{}, false))
}

// A directory that others can enter is not trusted.
func TestOpenDirectory(t *testing.T) {
	dir := runtimeDir(t)
	require.NoError(t, os.MkdirAll(dir, 0o755))
	_, err := live.Sessions()
	require.ErrorContains(t, err, dir+" is open to others")
	require.NoError(t, os.Remove(dir))
	require.NoError(t, os.Symlink(t.TempDir(), dir))
	_, err = live.Sessions()
	require.ErrorContains(t, err, "is open to others")
	require.Error(t, live.Run(t.Context(), options(t, "one", browsers, &loopback.Substrate{}, false)))
}

// failing is a substrate on which nothing comes up.
type failing struct{ loopback.Substrate }

func (*failing) Start(context.Context, *plan.Plan, substrate.Clock, substrate.Recorder) (substrate.Cluster, error) {
	return nil, errors.New("no room")
}

func TestDoesNotComeUp(t *testing.T) {
	dir := runtimeDir(t)
	o := options(t, "one", browsers, &failing{}, false)
	o.Out = &session{}
	require.EqualError(t, live.Run(t.Context(), o), "no room")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)

	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	said := &session{}
	o.Out = said
	require.NoError(t, live.Run(interrupted, o), "whoever ends it wants nothing else")
	require.Contains(t, said.text(), "one: ended before it was up")
}

// The commands that are printed work as they are.
func TestPrintedCommands(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		require.NotEqual(t, "require", os.Getenv("LOGOUTLAB_CURL"), "curl is required here: apt-get install curl")
		t.Skip("SKIPPED: no curl (apt-get install curl)")
	}
	runtimeDir(t)
	for _, architecture := range []string{
		browsers,
		"nodes: 2, session: {kind: jwt, alg: HS256}, client: {kind: browser}",
		"nodes: 2, session: {kind: jwt, alg: RS256, refresh_ttl: 1h}, client: {kind: spa}",
		"nodes: 2, session: {kind: jwt, alg: ES256}, balancer: {stickiness: lb_cookie, sticky_ttl: 1h}",
		"nodes: 2, session: {kind: redis}, balancer: {protocol: h2c}",
		"nodes: 2, session: {kind: redis}, client: {kind: browser}, hosts: {home: 'http://www.example.test'}, cookie: {domain: example.test}",
		"nodes: 2, session: {kind: redis}, client: {kind: browser}, hosts: {home: 'https://www.example.test'}, cookie: {prefix: __Host-, secure: true}",
	} {
		s := up(t, options(t, "one", architecture, &loopback.Substrate{}, false))
		lines := regexp.MustCompile(`(?m)^  (TOKEN=|curl).*`).FindAllString(s.text(), -1)
		require.Len(t, lines, 2)
		cmd := exec.Command("sh", "-c", strings.Join(lines, "\n"))
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		require.Regexp(t, `^HTTP/[12.]+ 200`, string(out), s.text())
		require.Contains(t, string(out), `data-user="u1"`)
		s.down(t)
	}
}

// Real products are up for curl, which sends no PROXY header.
func TestContainers(t *testing.T) {
	docker := containertest.Require(t, "haproxy", "nginx", "varnish", "redis", "netadmin")
	runtimeDir(t)
	for _, c := range []struct {
		on           *container.Substrate
		architecture string
	}{
		{&container.Substrate{ByHand: true}, browsers},
		{&container.Substrate{ByHand: true, Cache: "nginx"}, browsers},
		{&container.Substrate{ByHand: true}, "nodes: 2, session: {kind: memory}, balancer: {stickiness: lb_cookie, sticky_ttl: 1h}"},
		{&container.Substrate{ByHand: true, Balancer: "nginx"}, "nodes: 2, session: {kind: memory}, balancer: {stickiness: lb_cookie, sticky_ttl: 1h}"},
	} {
		s := up(t, options(t, "one", c.architecture, c.on, false))
		require.Equal(t, http.StatusOK, visit(t, s.front(t)).StatusCode)
		require.Regexp(t, `(?m)^  app-1 +10\.\d+\.\d+\.11:8080 +logoutlab-[a-z0-9]+-app-1 +logoutlab/node:`, s.text())
		said, err := s.inject(t.Context(), "{partition: {between: [balancer, app-1]}, for: 1ms}", nothing)
		require.NoError(t, err)
		require.Contains(t, said, "by: iptables DROP")
		require.Contains(t, s.down(t), "app-2")
		name := regexp.MustCompile(`logoutlab-[a-z0-9]+-app-1`).FindString(s.text())
		_, err = docker.ContainerInspect(t.Context(), name, client.ContainerInspectOptions{})
		require.ErrorContains(t, err, "No such container")
	}
}
