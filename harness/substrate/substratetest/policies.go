package substratetest

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// policies are the systems of each balancing policy, with what else can be
// seen on them.
func policies() []system {
	return []system{
		{
			name:         "round_robin",
			architecture: "nodes: 3, session: {kind: redis}, app: {work: 1s}, balancer: {policy: round_robin, drain: 5s, health: {interval: 400ms, timeout: 400ms, rise: 1, fall: 2}}",
			cases: []contract{
				{"requests go round", goesRound},
				{"a draining node finishes what it has begun and gets nothing new", drains},
				{"a session in the store outlives its node", outlives},
			},
		},
		{
			name:         "random",
			architecture: "nodes: 3, session: {kind: memory}, balancer: {policy: random, retries: 0, health: {interval: 400ms, timeout: 400ms, rise: 1, fall: 2}}",
			cases: []contract{
				{"each node gets its share", evenly},
				{"a dead node is taken out, and comes back", takenOut},
			},
		},
		{
			name:         "least_conn",
			architecture: "nodes: 2, session: {kind: jwt, refresh_ttl: 0s}, app: {work: 1s}, balancer: {policy: least_conn, retries: 1, retry_on: conn_failure, health: {interval: 0s}}",
			cases: []contract{
				{"requests avoid the node that works", avoids},
				{"what was sent is not repeated on conn_failure", sentOnce},
				{"what is sent over a connection that was forgotten while it was idle is lost", forgottenIdle},
				{"what was never sent is repeated, a POST too", neverSent},
			},
		},
		{
			name:         "slow_start",
			architecture: "nodes: 2, session: {kind: redis}, app: {warm_up: 1h, cold_work: 40s}, balancer: {policy: round_robin, drain: 5s, slow_start: 1h}",
			cases: []contract{
				{"a node that comes up gets little at first", risesSlowly},
				{"a page takes longer on a node that has just started", warmsUp},
			},
			refused: map[string]string{"nginx": "use haproxy, which has"},
		},
		{
			name:         "source_hash",
			architecture: "nodes: 3, session: {kind: jwt, refresh_ttl: 0s}, app: {work: 1s}, balancer: {policy: source_hash, retries: 1, retry_on: any_failure, health: {interval: 0s}}",
			cases: []contract{
				{"a user's requests go to one node, and only a dead node's users move", byAddress},
				{"what was sent and is idempotent is repeated on any_failure", sentTwice},
				{"what is not idempotent is not repeated", postsOnce},
			},
		},
	}
}

func goesRound(t *testing.T, r *rig) {
	u := r.user(t)
	var nodes []string
	for range 9 {
		nodes = append(nodes, u.get("/page/1").node(t))
	}
	require.ElementsMatch(t, []string{"app-1", "app-2", "app-3"}, nodes[:3])
	require.Equal(t, nodes[:3], nodes[3:6])
	require.Equal(t, nodes[:3], nodes[6:])
}

// evenly allows for five standard deviations, and for the unevenness of a
// hash ring.
func evenly(t *testing.T, r *rig) {
	const requests = 300
	u := r.user(t)
	count, again, last := map[string]int{}, 0, ""
	for range requests {
		node := u.get("/page/1").node(t)
		count[node]++
		if node == last {
			again++
		}
		last = node
	}
	for _, node := range []string{"app-1", "app-2", "app-3"} {
		require.InDelta(t, requests/3, count[node], 50, "%v", count)
	}
	require.InDelta(t, requests/3, again, 50, "the same node again: each choice is a new one")
}

// risesSlowly is over before a sixteenth of the hour is: one turn in 17 is the
// node's that has come up.
func risesSlowly(t *testing.T, r *rig) {
	warm, _ := r.loggedIn(t)
	for range 2 {
		require.Equal(t, http.StatusOK, warm.get("/page/1").status, "on a node that is warm from the start")
	}
	u := r.user(t)
	share := func() (n int) {
		for range 51 {
			if u.get("/page/1").node(t) == "app-2" {
				n++
			}
		}
		return n
	}
	require.InDelta(t, 51/2, share(), 1, "both are up from the start")
	r.drain(t, "app-2")()
	r.revive(t, "app-2")
	require.InDelta(t, 51/17, share(), 1)
}

// warmsUp waits for app-2, which is cold, no longer than a second.
func warmsUp(t *testing.T, r *rig) {
	u, _ := r.loggedIn(t)
	r.drain(t, "app-1")()
	u.http.Timeout = time.Second
	a := u.get("/page/1")
	require.ErrorContains(t, a.err, "Client.Timeout")
	require.Equal(t, "app-2", r.decisions(a.req)[0].Node)
	require.True(t, r.decisions(a.req)[0].Accept)
}

func avoids(t *testing.T, r *rig) {
	u, _ := r.loggedIn(t)
	time.Sleep(50 * time.Millisecond) // HAProxy may be about to note that the login is over, on another thread
	page := u.begin("/page/1")
	for range 4 {
		require.NotEqual(t, page.node, r.user(t).get("/page/1").node(t))
	}
	require.Equal(t, http.StatusOK, (<-page.reply).status)
}

func byAddress(t *testing.T, r *rig) {
	where := map[*user]string{}
	users := map[string]int{}
	dead := ""
	for range 15 {
		u := r.user(t)
		dead = u.get("/page/1").node(t)
		where[u] = dead
		users[dead]++
	}
	require.Greater(t, len(users), 1, "%v", users)
	again := func() (moved int) {
		for u, node := range where {
			if u.get("/page/1").node(t) != node {
				moved++
			}
		}
		return moved
	}
	require.Zero(t, again())
	r.kill(t, dead)
	require.Equal(t, users[dead], again())
	r.revive(t, dead)
	require.Zero(t, again())
}
