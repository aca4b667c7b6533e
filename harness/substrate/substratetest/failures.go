package substratetest

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/fault"
)

// drains stops a node in good order while users go on.
func drains(t *testing.T, r *rig) {
	u, _ := r.loggedIn(t)
	page := u.begin("/page/1")
	done := r.drain(t, page.node)
	others := r.user(t)
	until(t, "the balancer's other choice", func() bool {
		for range 3 {
			a := others.get("/page/1")
			require.Equal(t, http.StatusUnauthorized, a.status, "%v", a.err)
			if a.node(t) == page.node {
				return false
			}
		}
		return true
	})
	select {
	case <-page.reply:
		t.Fatal("the page was ready before users went elsewhere: nothing was shown")
	default:
	}
	a := <-page.reply
	require.Equal(t, http.StatusOK, a.status, "%v", a.err)
	done()
	for range 4 {
		require.NotEqual(t, page.node, others.get("/page/1").node(t))
	}
	r.revive(t, page.node)
	until(t, "the node's return", func() bool { return others.get("/page/1").node(t) == page.node })
}

// outlives kills the node that a user has logged in at. Nobody notices, as
// requests are tried elsewhere.
func outlives(t *testing.T, r *rig) {
	u, node := r.loggedIn(t)
	r.kill(t, node)
	others := r.user(t)
	for range 6 {
		a := others.get("/page/1")
		require.Equal(t, http.StatusUnauthorized, a.status, "%v", a.err)
		require.NotEqual(t, node, a.node(t))
	}
	require.Equal(t, http.StatusOK, u.get("/page/1").status)
	r.revive(t, node)
	until(t, "the node's return", func() bool { return others.get("/page/1").node(t) == node })
}

// takenOut kills one of three nodes behind a balancer that tries nothing
// twice. Twenty answers in a row are no chance: two thirds to the power of 20.
func takenOut(t *testing.T, r *rig) {
	r.kill(t, "app-1")
	u := r.user(t)
	until(t, "the balancer's finding out", func() bool {
		for range 20 {
			if u.get("/page/1").failed() {
				return false
			}
		}
		return true
	})
	r.revive(t, "app-1")
	until(t, "the node's return", func() bool { return u.get("/page/1").node(t) == "app-1" })
}

func sentOnce(t *testing.T, r *rig) {
	u, _ := r.loggedIn(t)
	page := u.begin("/page/1")
	again := r.otherwise(t, "nginx", "balancer.retry_on")
	r.repeats[page.req] = again
	r.cut(t, page.node)
	a := <-page.reply
	require.Equal(t, again, !a.failed(), "%d %v", a.status, a.err)
}

// forgottenIdle lets connections to nodes be idle for longer than they are
// remembered: to all nodes, or to one if the balancer repeats the request at the
// other. The user's own connection lasts: what comes first over one, HAProxy sends
// to a node over a new one.
func forgottenIdle(t *testing.T, r *rig) {
	const remembered = 200 * time.Millisecond
	again, nodes := r.otherwise(t, "nginx", "balancer.retry_on"), 2
	if again {
		nodes = 1
	}
	forget := func(after time.Duration) {
		for node := range nodes {
			require.NoError(t, r.cluster.(fault.IdleForgetter).ForgetIdle(node, after))
		}
	}
	u := r.user(t)
	u.keep()
	for range 4 {
		require.False(t, u.get("/page/1").failed())
	}
	forget(remembered)
	time.Sleep(remembered + remembered/2)
	a := u.get("/page/1")
	require.Equal(t, again, !a.failed(), "%d %v", a.status, a.err)
	if !again {
		require.Empty(t, r.decisions(a.req), "no node has seen it")
	}
	time.Sleep(remembered + remembered/2)
	forget(0)
	require.False(t, u.get("/page/1").failed())
}

func neverSent(t *testing.T, r *rig) {
	r.kill(t, "app-1")
	for range 3 {
		_, node := r.loggedIn(t)
		require.Equal(t, "app-2", node)
	}
}

func sentTwice(t *testing.T, r *rig) {
	u, _ := r.loggedIn(t)
	page := u.begin("/page/1")
	r.repeats[page.req] = true
	r.cut(t, page.node)
	a := <-page.reply
	require.Equal(t, http.StatusOK, a.status, "%v", a.err)
	require.NotEqual(t, page.node, a.node(t))
}

// postsOnce cuts connections while users log in, until some of them have
// failed. That none was served twice is seen when the system is down.
func postsOnce(t *testing.T, r *rig) {
	var over atomic.Bool
	var failed atomic.Int64
	var done sync.WaitGroup
	for range 8 {
		u := r.user(t)
		done.Go(func() {
			for !over.Load() {
				if u.login().failed() {
					failed.Add(1)
				}
			}
		})
	}
	defer done.Wait()
	defer over.Store(true)
	until(t, "a login that was cut", func() bool {
		for node := range 3 { // wherever the users' addresses lead, and whom nginx has taken out for failing
			_, err := r.cluster.(fault.ConnectionCutter).CutConnections(node)
			require.NoError(t, err)
		}
		return failed.Load() >= 3
	})
}
