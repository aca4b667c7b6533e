package haproxy_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/haproxy"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies/proxiestest"
)

// TestRealSlowStart: whichever way a node comes up, it begins with a sixteenth of
// its share, here one turn in 17; nodes that are up at the start do not. An hour
// is long enough for nothing to change meanwhile.
func TestRealSlowStart(t *testing.T) {
	nodes := proxiestest.Nodes(t, 2)
	control := proxiestest.FreeAddr(t)
	p := run(t, nodes, arch(func(b *scenario.Balancer) { b.SlowStart = time.Hour }), func(o *proxies.Options) { o.Control = control })
	r := &haproxy.Runtime{Addr: control}
	c := p.Client()
	share := func() (n int) {
		for range 51 {
			if c.Get("/page/1").Node() == "app-2" {
				n++
			}
		}
		return n
	}
	require.InDelta(t, 25, share(), 1, "both are up at the start")

	nodes[1].Stop()
	waitFor(t, p, proxies.Line{Node: "app-2", State: history.StateDown})
	nodes[1].Start()
	waitFor(t, p, proxies.Line{Node: "app-2", State: history.StateUp})
	require.InDelta(t, 3, share(), 1, "by its health checks")

	ctx := context.Background()
	require.NoError(t, r.Drain(ctx, "app-1"))
	require.Equal(t, 51, share())
	require.NoError(t, r.Restore(ctx, "app-1"))
	require.InDelta(t, 25, share(), 1, "at run time: now both have a sixteenth")
}

// TestRealSlowStartOfLateNodes: the same goes for one that the configuration
// leaves out at first, as the nodes of a scale-out.
func TestRealSlowStartOfLateNodes(t *testing.T) {
	nodes := proxiestest.Nodes(t, 2)
	control := proxiestest.FreeAddr(t)
	p := run(t, nodes, arch(func(b *scenario.Balancer) { b.SlowStart = time.Hour }), func(o *proxies.Options) {
		o.Control = control
		o.Servers[1].Down = true
	})
	r := &haproxy.Runtime{Addr: control}
	c := p.Client()
	require.Equal(t, "app-1", c.Get("/page/1").Node())
	require.NoError(t, r.Restore(context.Background(), "app-2"))
	n := 0
	for range 51 {
		if c.Get("/page/1").Node() == "app-2" {
			n++
		}
	}
	require.InDelta(t, 3, n, 1)
}

// TestRealSlowStartLeastConn: with requests under way a node counts them for
// more while its share is small; without any it comes first, however small.
func TestRealSlowStartLeastConn(t *testing.T) {
	nodes := proxiestest.Nodes(t, 2)
	control := proxiestest.FreeAddr(t)
	p := run(t, nodes, arch(func(b *scenario.Balancer) { b.Policy, b.SlowStart = "least_conn", time.Hour }), func(o *proxies.Options) { o.Control = control })
	r := &haproxy.Runtime{Addr: control}
	ctx := context.Background()
	require.NoError(t, r.Drain(ctx, "app-2"))
	late := make(chan proxiestest.Reply, 3)
	var releases []func()
	hold := func(n *proxiestest.Node, under int) {
		releases = append(releases, n.HoldNext())
		c := p.Client()
		go func() { late <- c.Do(http.MethodGet, "/page/1") }()
		require.Eventually(t, func() bool { return len(n.Seen()) == under && sessions(t, r, n.Name) == under }, 5*time.Second, 10*time.Millisecond)
	}
	hold(nodes[0], 1)
	hold(nodes[0], 2)
	require.NoError(t, r.Restore(ctx, "app-2"))
	hold(nodes[1], 1)
	for range 3 {
		require.Equal(t, "app-1", p.Client().Get("/page/1").Node(), "two there, and one more, are less than twice sixteen")
	}
	for _, release := range releases {
		release()
		<-late
	}
}
