package varnish_test

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies/proxiestest"
	"github.com/logoutlab/logoutlab/harness/substrate/container/varnish"
)

// These tests are against a real Varnish on this machine.

// here is Varnish with a directory of the test's for its state, and without
// another user that could not read the test's files.
type here struct {
	varnish.Product
	dir string
}

func (h here) Setup(a scenario.Architecture, o proxies.Options) (proxies.Setup, error) {
	s, err := h.Product.Setup(a, o)
	if err == nil {
		s.Command = append([]string{s.Command[0], "-j", "none", "-n", h.dir}, s.Command[1:]...)
	}
	return s, err
}

func need(t *testing.T) string {
	t.Helper()
	return proxiestest.Need(t, "varnishd", "varnish, and gcc")
}

func run(t *testing.T, node *proxiestest.Node, a scenario.Architecture, o proxies.Options) *proxiestest.Process {
	t.Helper()
	need(t)
	o.Upstream = node.Addr
	return proxiestest.Run(t, here{dir: t.TempDir()}, a, o)
}

func TestRealAcceptsEveryConfiguration(t *testing.T) {
	binary := need(t)
	for _, c := range configs() {
		t.Run(c.name, func(t *testing.T) {
			text, err := varnish.Config(c.arch, c.options)
			require.NoError(t, err)
			dir := t.TempDir()
			path := filepath.Join(dir, "default.vcl")
			proxiestest.WriteFile(t, path, text)
			said, err := exec.Command(binary, "-j", "none", "-C", "-n", filepath.Join(dir, "state"), "-f", path).CombinedOutput()
			require.NoError(t, err, "%s", said)
		})
	}
}

// differs are the cases in which Varnish stores otherwise than our own cache,
// each with the documented difference that says so.
var differs = map[string]string{
	"401 with max-age":         "a 401 only where the VCL says so",
	"Authorization and public": "stores nothing for a request with Authorization or Cookie",
	"Cookie":                   "stores nothing for a request with Authorization or Cookie",
}

func TestRealStores(t *testing.T) {
	need(t)
	node := proxiestest.Nodes(t, 1)[0]
	running := map[scenario.Cache]*proxiestest.Process{}
	for i, c := range proxiestest.CacheCases() {
		p, ok := running[c.Cache]
		if !ok {
			p = run(t, node, arch(c.Cache), proxies.Options{})
			running[c.Cache] = p
		}
		hit, reply := c.Hit(p.Client(), p.Client(), node, "/page/"+strconv.Itoa(i))
		_, other := differs[c.Name]
		assert.Equal(t, c.Stored != other, hit, c.Name)
		assert.Equal(t, hit, reply.Header.Get("Cache-Status") == "varnish; hit", c.Name)
	}
}

func TestRealMore(t *testing.T) {
	node := proxiestest.Nodes(t, 1)[0]
	fresh := proxiestest.With("Cache-Control", "max-age=100")
	t.Run("compressed", func(t *testing.T) {
		p := run(t, node, arch(scenario.Cache{Cache401: 300 * time.Millisecond}), proxies.Options{Compress: 200})
		stored := func(path string, wants ...proxiestest.Answer) bool {
			before := len(node.Seen())
			p.Client().Get(path, wants...)
			return len(node.Seen()) == before
		}
		rejected := proxiestest.Status(401)
		require.False(t, stored("/a", fresh))
		require.False(t, stored("/b", rejected))
		require.True(t, stored("/a", fresh))
		require.True(t, stored("/b", rejected))
		time.Sleep(400 * time.Millisecond)
		require.True(t, stored("/a", fresh), "100 s, 200 times as fast")
		require.False(t, stored("/b", rejected), "300 ms")
		time.Sleep(200 * time.Millisecond)
		require.False(t, stored("/a", fresh))
	})
	t.Run("HTTP/2 and the PROXY header", func(t *testing.T) {
		a := arch(scenario.Cache{})
		a.Balancer.Protocol = "h2c"
		p := run(t, node, a, proxies.Options{ProxyProtocol: true})
		reply := p.Client(proxiestest.H2C(), proxiestest.From("127.1.2.3")).Get("/page/2")
		require.Equal(t, 2, reply.ProtoMajor)
		seen := node.Seen()
		require.Equal(t, "127.1.2.3", seen[len(seen)-1].Header.Get("X-Forwarded-For"))
	})
	t.Run("differences", func(t *testing.T) {
		p := run(t, node, arch(scenario.Cache{}), proxies.Options{})
		c := p.Client()
		c.Get("/page/3", fresh)
		before := len(node.Seen())
		c.Get("/page/3", fresh, proxiestest.Header("Cache-Control", "no-cache"))
		require.Len(t, node.Seen(), before, "no-cache of a request")
		c.Do(http.MethodPost, "/page/3")
		require.Len(t, node.Seen(), before+1)
		c.Get("/page/3", fresh)
		require.Len(t, node.Seen(), before+1, "a POST removes nothing")
		c.Do(http.MethodHead, "/page/3")
		require.Len(t, node.Seen(), before+1)
	})
}
