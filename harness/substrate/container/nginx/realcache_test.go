package nginx_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/nginx"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies/proxiestest"
)

func runCache(t *testing.T, node *proxiestest.Node, a scenario.Architecture, o proxies.Options) *proxiestest.Process {
	t.Helper()
	need(t)
	o.Upstream = node.Addr
	return proxiestest.Run(t, here{nginx.Cache{}, t.TempDir()}, a, o)
}

// TestRealStores finds no difference between nginx and our own cache in what
// is stored.
func TestRealStores(t *testing.T) {
	node := proxiestest.Nodes(t, 1)[0]
	running := map[scenario.Cache]*proxiestest.Process{}
	for i, c := range proxiestest.CacheCases() {
		p, ok := running[c.Cache]
		if !ok {
			p = runCache(t, node, cacheArch(c.Cache), proxies.Options{})
			running[c.Cache] = p
		}
		hit, reply := c.Hit(p.Client(), p.Client(), node, "/page/"+strconv.Itoa(i))
		assert.Equal(t, c.Stored, hit, c.Name)
		assert.Equal(t, hit, reply.Header.Get("Cache-Status") == "nginx; hit", c.Name)
	}
}

func TestRealCacheDifferences(t *testing.T) {
	node := proxiestest.Nodes(t, 1)[0]
	fresh := proxiestest.With("Cache-Control", "max-age=100")
	p := runCache(t, node, cacheArch(scenario.Cache{}), proxies.Options{})
	c := p.Client()
	c.Get("/page/3", fresh, request(1))
	before := len(node.Seen())
	require.Empty(t, c.Get("/page/3", fresh, proxiestest.Header("Cache-Control", "no-cache"), request(2)).Header.Get("Age"))
	require.Len(t, node.Seen(), before, "no-cache of a request")
	c.Do(http.MethodPost, "/page/3", request(3))
	require.Len(t, node.Seen(), before+1)
	c.Get("/page/3", fresh)
	require.Len(t, node.Seen(), before+1, "a POST removes nothing")
	c.Do(http.MethodHead, "/page/3")
	require.Len(t, node.Seen(), before+1)
	require.Equal(t, proxies.Line{Request: "1", Status: 200, Cache: "miss"}, untimed(p.Line("1")))
	require.Equal(t, proxies.Line{Request: "2", Status: 200, Cache: "hit"}, untimed(p.Line("2")))
	require.Equal(t, proxies.Line{Request: "3", Status: 200, Cache: "pass"}, untimed(p.Line("3")))
}

func untimed(l proxies.Line) proxies.Line {
	l.Took = 0
	return l
}

func TestRealCacheFront(t *testing.T) {
	node := proxiestest.Nodes(t, 1)[0]
	a := cacheArch(scenario.Cache{})
	a.Balancer.Protocol = "h2c"
	p := runCache(t, node, a, proxies.Options{ProxyProtocol: true})
	reply := p.Client(proxiestest.H2C(), proxiestest.From("127.1.2.3")).Get("/page/2")
	require.Equal(t, 2, reply.ProtoMajor)
	require.Equal(t, "127.1.2.3", node.Seen()[0].Header.Get("X-Forwarded-For"))
}
