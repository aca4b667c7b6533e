package substratetest

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// stickiness is the systems in which sessions are in the nodes' memory, and
// the balancer keeps users where theirs are.
func stickiness() []system {
	const architecture = "nodes: 3, session: {kind: memory}, balancer: {drain: 5s, health: {interval: 400ms, timeout: 400ms, rise: 1, fall: 2}, "
	cases := []contract{
		{"users stay on their nodes", stays},
		{"users of a dead node move, and stay where they are", moves},
		{"users of a draining node move, and stay where they are", movesInTime},
	}
	return []system{
		{name: "lb_cookie", architecture: architecture + "stickiness: lb_cookie, sticky_ttl: 1h}", cases: cases},
		{
			name: "app_cookie", architecture: architecture + "stickiness: app_cookie, app_cookie: sid, sticky_ttl: 1h}", cases: cases,
			refused: map[string]string{"nginx": "use haproxy, which can"},
		},
	}
}

func stays(t *testing.T, r *rig) {
	nodes := map[string]bool{}
	for range 3 {
		u, node := r.loggedIn(t)
		nodes[node] = true
		for range 5 {
			a := u.get("/page/1")
			require.Equal(t, http.StatusOK, a.status)
			require.Equal(t, node, a.node(t))
		}
	}
	require.Len(t, nodes, 3)
}

func moves(t *testing.T, r *rig) {
	u, node := r.loggedIn(t)
	r.kill(t, node)
	settles(t, r, u, node)
}

func movesInTime(t *testing.T, r *rig) {
	u, node := r.loggedIn(t)
	r.drain(t, node)()
	settles(t, r, u, node)
}

// settles sees a user, whose node is gone, log in at another, and stay there
// when the node is back.
func settles(t *testing.T, r *rig, u *user, node string) {
	t.Helper()
	lost := u.get("/page/1")
	require.Equal(t, http.StatusUnauthorized, lost.status, "%v", lost.err)
	require.NotEqual(t, node, lost.node(t))
	elsewhere := u.login().node(t)
	require.NotEqual(t, node, elsewhere)
	r.revive(t, node)
	until(t, "the node's return", func() bool {
		_, other := r.loggedIn(t)
		return other == node
	})
	for range 4 {
		a := u.get("/page/1")
		require.Equal(t, http.StatusOK, a.status)
		require.Equal(t, elsewhere, a.node(t))
	}
}
