package nginx_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/nginx"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies/proxiestest"
)

// These tests are against a real nginx on this machine.

// here is a product whose files are under a directory of the test's, where
// nobody has to be root.
type here struct {
	proxies.Product
	dir string
}

func (h here) Setup(a scenario.Architecture, o proxies.Options) (proxies.Setup, error) {
	s, err := h.Product.Setup(a, o)
	if err == nil {
		s.Files[0].Text = h.localize(s.Files[0].Text)
	}
	return s, err
}

func (h here) localize(text string) string {
	temp := "http {"
	for _, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp += "\n    " + name + "_temp_path " + filepath.Join(h.dir, name) + ";"
	}
	text = strings.Replace(text, "http {", temp, 1)
	text = strings.ReplaceAll(text, "/tmp/pages", filepath.Join(h.dir, "pages"))
	text = "pid " + filepath.Join(h.dir, "pid") + ";\n" + text
	if os.Getuid() == 0 {
		text = "user root;\n" + text // nobody else can read the test's directory
	}
	return text
}

func need(t *testing.T) string {
	t.Helper()
	return proxiestest.Need(t, "nginx", "nginx, with libnginx-mod-stream")
}

func run(t *testing.T, nodes []*proxiestest.Node, a scenario.Architecture, change func(*proxies.Options)) *proxiestest.Process {
	t.Helper()
	need(t)
	o := proxies.Options{Servers: proxiestest.Servers(nodes)}
	if change != nil {
		change(&o)
	}
	return proxiestest.Run(t, here{nginx.Balancer{}, t.TempDir()}, a, o)
}

func request(id int) proxiestest.Answer { return proxiestest.Header("X-Request-Id", strconv.Itoa(id)) }

func TestRealAcceptsEveryConfiguration(t *testing.T) {
	binary := need(t)
	accepts := func(t *testing.T, p proxies.Product, a scenario.Architecture, o proxies.Options) {
		dir := t.TempDir()
		s, err := here{p, dir}.Setup(a, o)
		require.NoError(t, err)
		path := filepath.Join(dir, "nginx.conf")
		proxiestest.WriteFile(t, path, s.Files[0].Text)
		said, err := exec.Command(binary, "-t", "-c", path).CombinedOutput()
		require.NoError(t, err, "%s", said)
		require.NotContains(t, string(said), "[warn]")
	}
	for _, c := range configs() {
		t.Run("balancer "+c.name, func(t *testing.T) { accepts(t, nginx.Balancer{}, c.arch, c.options) })
	}
	for _, c := range cacheConfigs() {
		t.Run("cache "+c.name, func(t *testing.T) { accepts(t, nginx.Cache{}, c.arch, c.options) })
	}
	t.Run("64 nodes", func(t *testing.T) {
		o := proxies.Options{Listen: ":8000"}
		for i := range 64 {
			o.Servers = append(o.Servers, proxies.Server{Name: "app-" + strconv.Itoa(i+1), Address: "10.77.0." + strconv.Itoa(i+11) + ":8080"})
		}
		accepts(t, nginx.Balancer{}, arch(func(b *scenario.Balancer) { b.Stickiness = "lb_cookie" }), o)
	})
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
	require.Equal(t, []proxies.Try{{Server: nodes[1].Addr}}, p.Line("2").Tries)
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
			t.Log(users)
			for _, n := range nodes {
				require.InDelta(t, 40, users[n.Name], 30, "%v", users)
			}
		})
	}
}

func TestRealLBCookie(t *testing.T) {
	nodes := proxiestest.Nodes(t, 3)
	p := run(t, nodes, arch(func(b *scenario.Balancer) { b.Stickiness = "lb_cookie" }), nil)
	c := p.Client()
	for range 3 {
		reply := c.Get("/page/1", proxiestest.Status(401))
		require.Equal(t, "app-1", reply.Node())
		cookie := reply.Cookie("LLB")
		require.NotNil(t, cookie, "renewed with every answer, as by ALB")
		require.Equal(t, "app-1", cookie.Value)
		require.Equal(t, 3600, cookie.MaxAge)
	}
	require.Equal(t, "app-2", p.Client().Get("/page/1").Node())

	nodes[0].Stop()
	reply := c.Get("/page/1", request(3))
	require.Equal(t, "app-2", reply.Node(), "redispatched")
	require.Equal(t, "app-2", reply.Cookie("LLB").Value)
	require.Equal(t, []proxies.Try{{Server: nodes[0].Addr, Failure: history.ErrRefused}, {Server: nodes[1].Addr}}, p.Line("3").Tries)
	nodes[0].Start()
	require.Equal(t, "app-2", c.Get("/page/1").Node(), "stays there")
	for _, n := range nodes {
		n.Stop()
	}
	nobody := c.Get("/page/1", request(4))
	require.Equal(t, 502, nobody.StatusCode)
	require.Nil(t, nobody.Cookie("LLB"), "nginx's own answer")
	for _, n := range nodes {
		n.Start()
	}
	require.Equal(t, "app-3", c.Get("/page/1", proxiestest.Header("Cookie", "LLB=app-9")).Node(), "a cookie that makes no sense")
}

func TestRealRetries(t *testing.T) {
	nodes := proxiestest.Nodes(t, 2)
	noChecks := arch(func(b *scenario.Balancer) { b.Health.Interval = 0 })
	p := run(t, nodes, noChecks, nil)
	nodes[0].Stop()
	for range 4 {
		require.Equal(t, "app-2", p.Client().Do(http.MethodPost, "/page/1").Node(), "what was never sent is repeated")
	}
	nodes[0].Start()
	nodes[0].Die(true)
	p = run(t, nodes, noChecks, nil)
	c := p.Client()
	require.Equal(t, "app-2", c.Get("/page/1", request(1)).Node(), "what was sent too, if it is idempotent: a difference")
	require.Equal(t, []proxies.Try{{Server: nodes[0].Addr, Failure: history.ErrReset}, {Server: nodes[1].Addr}}, p.Line("1").Tries)
	c.Get("/page/1") // the next one is for app-1 again
	require.Equal(t, 502, c.Do(http.MethodPost, "/login", request(2)).StatusCode)
	require.Equal(t, []proxies.Try{{Server: nodes[0].Addr, Failure: history.ErrReset}}, p.Line("2").Tries)

	never := noChecks
	never.Balancer.Retries = 0
	p = run(t, nodes, never, nil)
	require.Equal(t, 502, p.Client().Get("/page/1").StatusCode)
}

func TestRealHTTP2(t *testing.T) {
	nodes := proxiestest.Nodes(t, 2)
	p := run(t, nodes, arch(func(b *scenario.Balancer) { b.Protocol = "h2c" }), nil)
	reply := p.Client(proxiestest.H2C()).Get("/page/1", request(1))
	require.Equal(t, 2, reply.ProtoMajor)
	require.Equal(t, 1, nodes[0].Seen()[0].ProtoMajor, "a difference")
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
}

// path is where a product's configuration is.
func path(t *testing.T, p proxies.Product, a scenario.Architecture, o proxies.Options) string {
	t.Helper()
	s, err := p.Setup(a, o)
	require.NoError(t, err)
	return s.Files[0].Path
}

func TestRealDrain(t *testing.T) {
	nodes := proxiestest.Nodes(t, 2)
	a := arch(func(b *scenario.Balancer) { b.Stickiness, b.Drain = "lb_cookie", 10*time.Second })
	need(t)
	o := proxies.Options{Listen: proxiestest.FreeAddr(t), Servers: proxiestest.Servers(nodes)}
	product := here{nginx.Balancer{}, t.TempDir()}
	p := proxiestest.Run(t, product, a, o)
	reloads := 0
	r := &proxies.Reloader{
		Options:   o,
		Setup:     func(o proxies.Options) (proxies.Setup, error) { return product.Setup(a, o) },
		Put:       func(_ context.Context, files []proxies.File) error { p.Write(files...); return nil },
		Signal:    func(context.Context) error { reloads++; p.Signal(syscall.SIGHUP); return nil },
		Processes: p.Processes,
		Worker:    product.About().Worker,
	}
	c := p.Client(proxiestest.NewConnections())
	require.Equal(t, "app-1", c.Get("/page/1").Node())
	release := nodes[0].HoldNext()
	late := make(chan proxiestest.Reply, 1)
	go func() { late <- c.Do(http.MethodGet, "/page/1") }()
	require.Eventually(t, func() bool { return len(nodes[0].Seen()) == 2 }, 5*time.Second, 10*time.Millisecond)

	require.NoError(t, r.Restore(context.Background(), "app-1"))
	require.Zero(t, reloads, "it was not drained")
	require.NoError(t, r.Drain(context.Background(), "app-1"))
	for range 10 {
		require.Equal(t, "app-2", c.Get("/page/1").Node(), "it has taken effect: its sticky users go elsewhere")
	}
	release()
	require.Equal(t, "app-1", (<-late).Node(), "what is under way may finish")
	require.NoError(t, r.Restore(context.Background(), "app-1"))
	require.Equal(t, "app-1", p.Client(proxiestest.NewConnections()).Get("/page/1").Node())
	require.Equal(t, 2, reloads)
	require.NoError(t, r.Drain(context.Background(), "app-2"))
	require.NoError(t, r.Reload(context.Background()))
	require.Equal(t, 4, reloads)
	require.Equal(t, "app-1", p.Client().Get("/page/1", proxiestest.Header("Cookie", "LLB=app-2")).Node(), "what was drained stays so")
	p.Write(proxies.File{Path: path(t, product, a, o), Text: "http { no such directive; }"})
	short, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, r.Reload(short), "does it refuse its configuration?")
	require.ErrorContains(t, r.Drain(context.Background(), "app-9"), `no server "app-9"`)
}
