package substratetest

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// stores are the systems of each store that nodes share.
func stores() []system {
	const balancer = "balancer: {policy: round_robin, health: {interval: 0s}}"
	shared := []contract{
		{"every node knows a session", known},
		{"what nodes ask of it is counted, and stays so when they end", counted},
		{"a logout is everywhere", loggedOut},
		{"the store forgets a part", evicted},
		{"the store forgets everything", flushed},
	}
	return []system{
		{name: "redis", architecture: "nodes: 3, session: {kind: redis}, " + balancer,
			cases: append(shared[:5:5], contract{"the store goes away and comes back with its data", storeGoes})},
		{name: "memcached", architecture: "nodes: 3, session: {kind: memcached}, " + balancer,
			cases: append(shared[:5:5], contract{"the store goes away and comes back empty", storeComesEmpty})},
		{name: "redis, noeviction", architecture: "nodes: 3, session: {kind: redis, idle: 0s, eviction: noeviction}, " + balancer,
			cases: []contract{{"a full store forgets nothing and keeps nothing new", full}}},
		{name: "redis, min_replicas", architecture: "nodes: 3, session: {kind: redis, idle: 0s, replica: true, min_replicas: 1}, " + balancer,
			cases: []contract{{"a primary alone takes no writes, and its replica loses none", cutOff}}},
		{name: "memcached, tokens", architecture: "nodes: 3, session: {kind: jwt, refresh_store: memcached, revocation: shared_blacklist}, " + balancer,
			cases: []contract{{"every node knows a token", known}, {"a logout is everywhere", loggedOut}}},
	}
}

// everywhere opens a page on each of three nodes.
func everywhere(t *testing.T, u *user, status int, reason string) {
	t.Helper()
	nodes := map[string]bool{}
	for range 3 {
		a := u.get("/page/1")
		require.Equal(t, status, a.status, "%v", a.err)
		d := a.decided(t)
		require.Equal(t, reason, d.Reason)
		nodes[d.Node] = true
	}
	require.Len(t, nodes, 3)
}

func known(t *testing.T, r *rig) {
	u, _ := r.loggedIn(t)
	everywhere(t, u, http.StatusOK, history.ReasonOK)
}

func counted(t *testing.T, r *rig) {
	meter := r.cluster.(substrate.Metered)
	before := *meter.StoreUse()
	u, _ := r.loggedIn(t)
	everywhere(t, u, http.StatusOK, history.ReasonOK)
	after := *meter.StoreUse()
	require.Equal(t, 1+3*2, after.Commands-before.Commands, "a session saved; for each page read, and written")
	require.Greater(t, after.Bytes, before.Bytes)

	require.NoError(t, r.cluster.(fault.NodeKiller).KillNode(0))
	require.NoError(t, r.cluster.(fault.NodeKiller).StartNode(0))
	require.NoError(t, r.cluster.(fault.NodeStopper).StopNode(t.Context(), 1, false))
	require.NoError(t, r.cluster.(fault.NodeStopper).StartNode(1))
	require.Eventually(t, func() bool { u := meter.StoreUse(); return u != nil && *u == after }, patience, 10*time.Millisecond, "a node's last word takes its time")
}

func loggedOut(t *testing.T, r *rig) {
	u, _ := r.loggedIn(t)
	stayed, _ := r.loggedIn(t)
	kept := u.copy()
	require.Less(t, u.send(u.request(http.MethodPost, "/logout", nil)).status, 400)
	for range 3 {
		require.Equal(t, http.StatusUnauthorized, kept.get("/page/1").status)
	}
	everywhere(t, stayed, http.StatusOK, history.ReasonOK)
}

// readOnly demands that pages are served as before, and that nobody can log in.
func readOnly(t *testing.T, r *rig, u *user) {
	t.Helper()
	everywhere(t, u, http.StatusOK, history.ReasonOK)
	a := r.user(t).login()
	require.Equal(t, http.StatusServiceUnavailable, a.status)
	require.Equal(t, history.ReasonStoreDown, a.decided(t).Reason)
}

func full(t *testing.T, r *rig) {
	u, _ := r.loggedIn(t)
	store := r.cluster.(fault.StoreEvicter)
	require.NoError(t, store.EvictStore(t.Context(), 50))
	readOnly(t, r, u)
	require.Less(t, u.send(u.request(http.MethodPost, "/logout", nil)).status, 400, "this needs no memory")
	require.NoError(t, store.RelieveStore(t.Context()))
	v, _ := r.loggedIn(t)
	everywhere(t, v, http.StatusOK, history.ReasonOK)
}

func cutOff(t *testing.T, r *rig) {
	u, _ := r.loggedIn(t)
	store := r.cluster.(fault.StoreFailer)
	require.NoError(t, store.CutReplica(t.Context()))
	readOnly(t, r, u)
	require.Equal(t, http.StatusServiceUnavailable, u.copy().send(u.request(http.MethodPost, "/logout", nil)).status)
	require.NoError(t, store.FailOver(t.Context()))
	until(t, "the replica as the primary", func() bool { return u.get("/page/1").status == http.StatusOK })
	everywhere(t, u, http.StatusOK, history.ReasonOK)
	v, _ := r.loggedIn(t)
	everywhere(t, v, http.StatusOK, history.ReasonOK)
	require.Error(t, store.CutReplica(t.Context()), "there is none any more")
	require.Error(t, store.FailOver(t.Context()))
}

func evicted(t *testing.T, r *rig) {
	var users []*user
	for range 20 {
		u, _ := r.loggedIn(t)
		users = append(users, u)
	}
	evicter := r.cluster.(fault.StoreEvicter)
	require.NoError(t, evicter.EvictStore(t.Context(), 50))
	in := 0
	for _, u := range users {
		if u.get("/page/1").status == http.StatusOK {
			in++
		}
	}
	require.NotZero(t, in)
	require.Less(t, in, len(users))
}

func flushed(t *testing.T, r *rig) {
	u, _ := r.loggedIn(t)
	require.NoError(t, r.cluster.(fault.StoreFlusher).FlushStore(t.Context()))
	everywhere(t, u, http.StatusUnauthorized, history.ReasonUnknownSess)
	known(t, r)
}

func storeGoes(t *testing.T, r *rig) {
	u := goAndComeBack(t, r)
	until(t, "the session's return", func() bool { return u.get("/page/1").status == http.StatusOK })
}

func storeComesEmpty(t *testing.T, r *rig) {
	u := goAndComeBack(t, r)
	until(t, "the store's return", func() bool { return u.get("/page/1").status == http.StatusUnauthorized })
	everywhere(t, u, http.StatusUnauthorized, history.ReasonUnknownSess)
	known(t, r)
}

// goAndComeBack takes the store away and brings it back; u was logged in.
func goAndComeBack(t *testing.T, r *rig) (u *user) {
	u, _ = r.loggedIn(t)
	store := r.cluster.(fault.StoreStopper)
	require.NoError(t, store.StopStore())
	a := u.get("/page/1")
	require.Equal(t, http.StatusServiceUnavailable, a.status)
	require.Equal(t, history.ReasonStoreDown, a.decided(t).Reason)
	require.NoError(t, store.StartStore())
	return u
}
