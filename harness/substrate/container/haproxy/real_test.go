package haproxy_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/haproxy"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies/proxiestest"
)

// These tests are against a real HAProxy on this machine.

func run(t *testing.T, nodes []*proxiestest.Node, a scenario.Architecture, change func(*proxies.Options)) *proxiestest.Process {
	t.Helper()
	proxiestest.Need(t, "haproxy", "haproxy")
	o := proxies.Options{Servers: proxiestest.Servers(nodes)}
	if change != nil {
		change(&o)
	}
	return proxiestest.Run(t, haproxy.Product{}, a, o)
}

func request(id int) proxiestest.Answer { return proxiestest.Header("X-Request-Id", strconv.Itoa(id)) }

func TestRealAcceptsEveryConfiguration(t *testing.T) {
	binary := proxiestest.Need(t, "haproxy", "haproxy")
	for _, c := range configs() {
		t.Run(c.name, func(t *testing.T) {
			text, err := haproxy.Config(c.arch, c.options)
			require.NoError(t, err)
			path := filepath.Join(t.TempDir(), "haproxy.cfg")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
			said, err := exec.Command(binary, "-c", "-f", path).CombinedOutput()
			require.NoError(t, err, "%s", said)
			require.NotContains(t, string(said), "WARNING")
		})
	}
}

func TestRealRoundRobinAndLog(t *testing.T) {
	nodes := proxiestest.Nodes(t, 3)
	p := run(t, nodes, arch(nil), nil)
	c := p.Client()
	require.Equal(t, "app-1", c.Get("/page/1", request(1)).Node())
	require.Equal(t, "app-2", c.Get("/page/1", request(2), proxiestest.Status(401)).Node())
	require.Equal(t, "app-3", c.Get("/page/1").Node())
	require.Equal(t, "app-1", c.Get("/page/1", request(4)).Node())
	require.Equal(t, 401, p.Line("2").Status)
	require.Equal(t, []proxies.Try{{Server: "app-2"}}, p.Line("2").Tries)
}

func TestRealRandomIsEven(t *testing.T) {
	nodes := proxiestest.Nodes(t, 5)
	p := run(t, nodes, arch(func(b *scenario.Balancer) { b.Policy = "random" }), nil)
	c := p.Client()
	const requests = 4000
	for range requests {
		c.Get("/page/1")
	}
	for _, n := range nodes {
		require.InDelta(t, requests/5, len(n.Seen()), 125, "%s; 125 is five standard deviations", n.Name)
	}
}

func TestRealSourceHash(t *testing.T) {
	nodes := proxiestest.Nodes(t, 5)
	byHash := arch(func(b *scenario.Balancer) { b.Policy = "source_hash" })
	behind := byHash
	behind.Cache.Enabled = true
	layer4 := byHash
	layer4.Balancer.Per = "connection"
	for _, tt := range []struct {
		name  string
		arch  scenario.Architecture
		proxy bool
	}{
		{"by the PROXY header", byHash, true},
		{"connections too", layer4, true},
		{"by X-Forwarded-For behind a cache", behind, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := run(t, nodes, tt.arch, func(o *proxies.Options) { o.ProxyProtocol = tt.proxy })
			users := map[string]int{}
			for user := range 200 {
				from := "127.1.0." + strconv.Itoa(user)
				var c *proxiestest.Client
				var wants []proxiestest.Answer
				if tt.proxy {
					c = p.Client(proxiestest.From(from), proxiestest.NewConnections())
				} else {
					c = p.Client()
					wants = append(wants, proxiestest.Header("X-Forwarded-For", from))
				}
				node := c.Get("/page/1", wants...).Node()
				require.Equal(t, node, c.Get("/page/2", wants...).Node())
				users[node]++
			}
			for _, n := range nodes {
				require.InDelta(t, 40, users[n.Name], 30, "%v", users)
			}
		})
	}
}

func TestRealRetries(t *testing.T) {
	nodes := proxiestest.Nodes(t, 2)
	noChecks := func(retryOn string) scenario.Architecture {
		return arch(func(b *scenario.Balancer) { b.RetryOn, b.Health.Interval = retryOn, 0 })
	}
	t.Run("what was never sent is repeated", func(t *testing.T) {
		p := run(t, nodes, noChecks("conn_failure"), nil)
		nodes[0].Stop()
		defer nodes[0].Start()
		for range 4 {
			require.Equal(t, "app-2", p.Client().Do(http.MethodPost, "/page/1").Node())
		}
	})
	nodes[0].Die(true)
	t.Run("what was sent is not", func(t *testing.T) {
		p := run(t, nodes, noChecks("conn_failure"), nil)
		c := p.Client(proxiestest.NewConnections())
		require.Equal(t, 502, c.Get("/page/1", request(1)).StatusCode)
		require.Equal(t, []proxies.Try{{Server: "app-1", Failure: history.ErrReset}}, p.Line("1").Tries)
		require.Equal(t, "app-2", c.Get("/page/1").Node())
		c = p.Client()
		require.Equal(t, 502, c.Get("/page/1").StatusCode)
		require.Equal(t, "app-2", c.Get("/page/1").Node())
		require.Error(t, c.Do(http.MethodPost, "/page/1").Err, "closed without an answer: a difference")
	})
	t.Run("unless it is idempotent, and retry_on says so", func(t *testing.T) {
		p := run(t, nodes, noChecks("any_failure"), nil)
		c := p.Client(proxiestest.NewConnections())
		require.Equal(t, "app-2", c.Get("/page/1", request(1)).Node())
		require.Equal(t, []proxies.Try{{Failure: history.ErrOther}, {Server: "app-2"}}, p.Line("1").Tries)
		require.Equal(t, 502, c.Do(http.MethodPost, "/login").StatusCode)
	})
}

func TestRealHTTP2(t *testing.T) {
	nodes := proxiestest.Nodes(t, 2)
	p := run(t, nodes, arch(func(b *scenario.Balancer) { b.Protocol = "h2c" }), nil)
	c := p.Client(proxiestest.H2C())
	require.Equal(t, 2, c.Get("/page/1", request(1)).ProtoMajor)
	require.Equal(t, 2, nodes[0].Seen()[0].ProtoMajor)
	time.Sleep(200 * time.Millisecond)
	require.NotContains(t, p.Said(), "is DOWN", "health checks speak HTTP/2 too")
	nodes[1].Die(true)
	require.Error(t, c.Do(http.MethodGet, "/page/1").Err, "closed without an answer: a difference")
}

func TestRealConnections(t *testing.T) {
	nodes := proxiestest.Nodes(t, 3)
	p := run(t, nodes, arch(func(b *scenario.Balancer) { b.Per = "connection" }), nil)
	ann, bob := p.Client(), p.Client()
	anns, bobs := ann.Get("/page/1").Node(), bob.Get("/page/1").Node()
	require.NotEqual(t, anns, bobs)
	for range 3 {
		require.Equal(t, anns, ann.Get("/page/1").Node())
		require.Equal(t, bobs, bob.Get("/page/1").Node())
	}
	nodes[2].Stop()
	waitFor(t, p, proxies.Line{Node: "app-3", State: history.StateDown})
	nodes[2].Start()
	waitFor(t, p, proxies.Line{Node: "app-3", State: history.StateUp})
}

// own is HAProxy with a configuration of the user's own, if there is one.
type own struct{ haproxy.Product }

func (u own) Setup(a scenario.Architecture, o proxies.Options) (proxies.Setup, error) {
	return proxies.SetUp(u.Product, a, o)
}

func TestRealConfigOfTheUsersOwn(t *testing.T) {
	proxiestest.Need(t, "haproxy", "haproxy")
	nodes := proxiestest.Nodes(t, 2)
	o := proxies.Options{Servers: proxiestest.Servers(nodes), Control: proxiestest.FreeAddr(t)}
	a := arch(nil)
	a.Balancer.Config = scenario.Config{File: "my.cfg", Text: `
defaults
    mode http
    timeout connect 1s
    timeout client 10s
    timeout server 10s
frontend www
    bind {{.Listen}}
    default_backend web
backend web
{{range .Servers}}    server {{.Name}} {{.Host}}:{{.Port}} check
{{end}}`}
	p := proxiestest.Run(t, own{}, a, o)
	r := &haproxy.Runtime{Addr: o.Control}
	require.NoError(t, r.Drain(context.Background(), "app-1"))
	for range 3 {
		require.Equal(t, "app-2", p.Client().Get("/page/1").Node())
	}
}

func TestRealRuntime(t *testing.T) {
	nodes := proxiestest.Nodes(t, 2)
	control := proxiestest.FreeAddr(t)
	p := run(t, nodes, arch(func(b *scenario.Balancer) { b.Stickiness = "lb_cookie" }), func(o *proxies.Options) { o.Control = control })
	r := &haproxy.Runtime{Addr: control}
	ctx := context.Background()
	c := p.Client()
	require.Equal(t, "app-1", c.Get("/page/1").Node())

	require.NoError(t, r.Set(ctx, "app-1", haproxy.Drain))
	require.Equal(t, "app-1", c.Get("/page/1").Node(), "HAProxy's drain keeps sticky users")
	require.Equal(t, "app-2", p.Client().Get("/page/1").Node())
	require.Equal(t, "app-2", p.Client().Get("/page/1").Node())
	waitFor(t, p, proxies.Line{Node: "app-1", State: history.StateDraining})

	require.NoError(t, r.Restore(ctx, "app-1"))
	waitFor(t, p, proxies.Line{Node: "app-1", State: history.StateUp})
	release := nodes[0].HoldNext()
	late := make(chan proxiestest.Reply, 1)
	go func() { late <- c.Do(http.MethodGet, "/page/1") }()
	require.Eventually(t, func() bool { return sessions(t, r, "app-1") == 1 }, 5*time.Second, 10*time.Millisecond)
	require.NoError(t, r.Drain(ctx, "app-1"))
	waitFor(t, p, proxies.Line{Node: "app-1", State: history.StateDraining})
	require.Equal(t, "app-2", p.Client().Get("/page/1").Node())
	release()
	require.Equal(t, "app-1", (<-late).Node(), "what is under way may finish")
	require.Equal(t, "app-2", c.Get("/page/1").Node(), "as AWS ALB: its sticky users go elsewhere")

	require.NoError(t, r.Restore(ctx, "app-1"))
	defer nodes[1].HoldNext()()
	go func() { late <- c.Do(http.MethodGet, "/page/1") }()
	require.Eventually(t, func() bool { return sessions(t, r, "app-2") == 1 }, 5*time.Second, 10*time.Millisecond)
	cut, err := r.Cut(ctx, "app-2")
	require.NoError(t, err)
	require.Equal(t, 1, cut)
	require.Error(t, (<-late).Err)

	require.ErrorContains(t, r.Drain(ctx, "app-9"), `no server "app-9"`)
	require.ErrorContains(t, (&haproxy.Runtime{Addr: proxiestest.FreeAddr(t)}).Drain(ctx, "app-1"), "refused")
}

// TestRealReload: what was drained is drained again, and what was under way is
// finished.
func TestRealReload(t *testing.T) {
	nodes := proxiestest.Nodes(t, 3)
	control := proxiestest.FreeAddr(t)
	p := run(t, nodes, arch(nil), func(o *proxies.Options) { o.Control = control })
	signals := 0
	r := &haproxy.Runtime{Addr: control, Signal: func(context.Context) error { signals++; p.Signal(syscall.SIGUSR2); return nil }}
	ctx := context.Background()
	release := nodes[0].HoldNext()
	late := make(chan proxiestest.Reply, 1)
	go func() { late <- p.Client().Do(http.MethodGet, "/page/1") }()
	require.Eventually(t, func() bool { return sessions(t, r, "app-1") == 1 }, 5*time.Second, 10*time.Millisecond)
	require.NoError(t, r.Drain(ctx, "app-2"))

	require.NoError(t, r.Reload(ctx))
	require.Positive(t, signals)
	require.Zero(t, sessions(t, r, "app-1"), "that of the old process")
	for range 6 {
		require.NotEqual(t, "app-2", p.Client(proxiestest.NewConnections()).Get("/page/1").Node(), "drained again")
	}
	release()
	require.Equal(t, "app-1", (<-late).Node())
	require.NoError(t, r.Restore(ctx, "app-2"))
	require.NoError(t, r.Reload(ctx))
	all, err := r.States(ctx)
	require.NoError(t, err)
	for _, s := range all {
		require.NotEqual(t, "MAINT", s.Status)
	}
}

func sessions(t *testing.T, r *haproxy.Runtime, server string) int {
	t.Helper()
	all, err := r.States(context.Background())
	require.NoError(t, err)
	for _, s := range all {
		if s.Server == server {
			return s.Sessions
		}
	}
	t.Fatalf("no server %s among %v", server, all)
	return 0
}
