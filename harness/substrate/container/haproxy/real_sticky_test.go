package haproxy_test

import (
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

// How a real HAProxy keeps users on their node.

func TestRealLBCookie(t *testing.T) {
	nodes := proxiestest.Nodes(t, 3)
	p := run(t, nodes, arch(func(b *scenario.Balancer) { b.Stickiness = "lb_cookie" }), nil)
	c := p.Client()
	first := c.Get("/page/1", proxiestest.With("Cache-Control", "public, max-age=60"))
	require.Equal(t, "app-1", first.Node())
	cookie := first.Cookie("LLB")
	require.NotNil(t, cookie)
	require.Zero(t, cookie.MaxAge, "a difference from ALB")
	require.Contains(t, first.Header.Values("Cache-Control"), "private", "another")
	second := c.Get("/page/1")
	require.Equal(t, "app-1", second.Node())
	require.Nil(t, second.Cookie("LLB"), "and a third")

	nodes[0].Stop()
	require.Equal(t, "app-2", c.Get("/page/1", request(3)).Node(), "redispatched")
	require.Equal(t, []proxies.Try{{Failure: history.ErrOther}, {Server: "app-2"}}, p.Line("3").Tries)
	waitFor(t, p, proxies.Line{Node: "app-1", State: history.StateDown})
	nodes[0].Start()
	waitFor(t, p, proxies.Line{Node: "app-1", State: history.StateUp})
	require.Equal(t, "app-2", c.Get("/page/1").Node(), "stays there")
}

// waitFor waits until the latest word about the line's node is the line.
func waitFor(t *testing.T, p *proxiestest.Process, want proxies.Line) {
	t.Helper()
	require.Eventually(t, func() bool {
		var last proxies.Line
		for _, l := range p.Lines() {
			if l.Node == want.Node {
				last = l
			}
		}
		return last.State == want.State
	}, 5*time.Second, 10*time.Millisecond, "%+v", want)
}

func TestRealAppCookie(t *testing.T) {
	nodes := proxiestest.Nodes(t, 3)
	p := run(t, nodes, arch(func(b *scenario.Balancer) { b.Stickiness, b.AppCookie = "app_cookie", "sid" }), nil)
	ann, bob := p.Client(), p.Client()
	login := func(sid string) proxiestest.Answer { return proxiestest.With("Set-Cookie", "sid="+sid+"; Path=/") }
	require.Equal(t, "app-1", ann.Get("/login").Node())
	require.Equal(t, "app-2", ann.Get("/login", login("a")).Node(), "no cookie, no stickiness")
	require.Equal(t, "app-3", bob.Get("/login", login("b")).Node())
	for range 3 {
		require.Equal(t, "app-2", ann.Get("/page/1").Node())
		require.Equal(t, "app-3", bob.Get("/page/1").Node())
	}
	nodes[1].Stop()
	moved := ann.Get("/page/1").Node()
	require.NotEqual(t, "app-2", moved)
	nodes[1].Start()
	time.Sleep(300 * time.Millisecond)
	for range 3 {
		require.Equal(t, moved, ann.Get("/page/1").Node(), "stays, as with ALB")
	}
	logout := proxiestest.With("Set-Cookie", "sid=; Path=/; Max-Age=0")
	bob.Get("/logout", logout)
	seen := map[string]bool{}
	for range 3 {
		seen[bob.Get("/login").Node()] = true
	}
	require.Len(t, seen, 3, "no cookie any more, no stickiness")
	unseen := proxiestest.Header("Cookie", "sid=unseen")
	followed := bob.Get("/page/1", unseen).Node()
	for range 3 {
		require.Equal(t, followed, bob.Get("/page/1", unseen).Node(), "from its first use: a difference from ALB")
	}
}

// TestRealStickyMax: a full node keeps nobody, and who was moved stays where they
// are, by either cookie.
func TestRealStickyMax(t *testing.T) {
	for _, stickiness := range []string{"lb_cookie", "app_cookie"} {
		t.Run(stickiness, func(t *testing.T) {
			nodes := proxiestest.Nodes(t, 2)
			control := proxiestest.FreeAddr(t)
			p := run(t, nodes, arch(func(b *scenario.Balancer) {
				b.Policy, b.Stickiness, b.StickyMax = "least_conn", stickiness, 2
				if stickiness == "app_cookie" {
					b.AppCookie = "sid"
				}
			}), func(o *proxies.Options) { o.Control = control })
			r := &haproxy.Runtime{Addr: control}
			ann, bob, cyd := p.Client(), p.Client(), p.Client()
			// A request counts until HAProxy has let go of it, a moment after its answer.
			busy := func(node string, requests int) {
				t.Helper()
				require.Eventually(t, func() bool { return sessions(t, r, node) == requests }, 5*time.Second, time.Millisecond)
			}
			login := func(c *proxiestest.Client, sid string) string {
				busy("app-1", 0)
				busy("app-2", 0)
				return c.Get("/login", proxiestest.With("Set-Cookie", "sid="+sid+"; Path=/")).Node()
			}
			require.Equal(t, "app-1", login(ann, "a"))
			require.Equal(t, "app-2", login(bob, "b"))
			require.Equal(t, "app-1", login(cyd, "c"))
			late := make(chan proxiestest.Reply, 2)
			var releases []func()
			for held := 1; held <= 2; held++ {
				busy("app-1", held-1)
				require.Equal(t, "app-1", cyd.Get("/page/1").Node(), "%d under way", held-1)
				busy("app-1", held-1)
				releases = append(releases, nodes[0].HoldNext())
				go func() { late <- ann.Do(http.MethodGet, "/page/1") }()
				busy("app-1", held)
			}
			require.Equal(t, "app-2", cyd.Get("/page/1").Node(), "full")
			require.Equal(t, "app-2", bob.Get("/page/1").Node())
			for _, release := range releases {
				release()
				require.Equal(t, "app-1", (<-late).Node())
			}
			busy("app-1", 0)
			require.Equal(t, "app-2", cyd.Get("/page/1").Node(), "stays there")
			require.Equal(t, "app-1", ann.Get("/page/1").Node())
		})
	}
}
