package substratetest

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// caching is the systems behind a caching proxy.
func caching() []system {
	const tokens = "nodes: 1, session: {kind: jwt, alg: ES256, refresh_ttl: 0s}, "
	const sessions = "nodes: 1, session: {kind: memory}, app: {rejects_with: login_page, clear_on_reject: true}, "
	return []system{
		{
			name: "cache", architecture: tokens + "app: {cache_control: max-age=60}, cache: {enabled: true}",
			cases: []contract{
				{"a rejection is not stored", rejectionsPass},
				{"what was asked for with Authorization is not stored", authorizedPass},
				{"what is public is stored", publicStored},
			},
		},
		{
			name: "cache_401", architecture: tokens + "cache: {enabled: true, cache_401: 2s}",
			cases: []contract{{"a rejection is given to everybody until its time is over", rejectionsStored}},
		},
		{
			name: "cache_401 and no-store", architecture: tokens + "app: {error_cache_control: no-store}, cache: {enabled: true, cache_401: 60s}",
			cases: []contract{{"a rejection is not stored", rejectionsPass}},
		},
		{
			name: "ignore_cache_control", architecture: sessions + "cache: {enabled: true, ignore_cache_control: 60s}",
			cases: []contract{
				{"what sets cookies is not stored", cookiesPass},
				{"what is private is stored", privateStored},
			},
		},
		{
			name: "cache_set_cookie", architecture: sessions + "cache: {enabled: true, ignore_cache_control: 60s, cache_set_cookie: true}",
			cases: []contract{{"what sets cookies is stored, cookies included", cookiesStored}},
		},
	}
}

// passes opens a page as two users and wants the node to decide both times.
func passes(t *testing.T, path string, first, second *user, status int) {
	t.Helper()
	for _, u := range []*user{first, second} {
		a := u.get(path)
		require.Equal(t, status, a.status, "%v", a.err)
		require.False(t, a.stored())
		a.decided(t)
	}
}

// isStored opens a page as two users and returns what the second got; it must
// be what the cache has of the first. nginx stores an answer a moment after it
// has given it.
func isStored(t *testing.T, path string, first, second *user) reply {
	t.Helper()
	a := first.get(path)
	require.NoError(t, a.err)
	require.False(t, a.stored())
	var again reply
	until(t, "an answer from the cache", func() bool {
		again = second.get(path)
		return again.stored()
	})
	require.Equal(t, a.status, again.status, "%v", again.err)
	require.Empty(t, again.r.decisions(again.req))
	return again
}

func rejectionsPass(t *testing.T, r *rig) {
	passes(t, "/page/1", r.user(t), r.user(t), http.StatusUnauthorized)
}

func authorizedPass(t *testing.T, r *rig) {
	u, _ := r.loggedIn(t)
	passes(t, "/page/2", u, u, http.StatusOK)
	passes(t, "/page/2", r.user(t), r.user(t), http.StatusUnauthorized)
}

func publicStored(t *testing.T, r *rig) {
	const keys = "/.well-known/jwks.json"
	isStored(t, keys, r.user(t), r.user(t))
	u, _ := r.loggedIn(t)
	a := u.get(keys)
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, !r.otherwise(t, "varnish", "cache.enabled"), a.stored(), "for a user with a token too")
}

func rejectionsStored(t *testing.T, r *rig) {
	u, _ := r.loggedIn(t)
	require.Equal(t, http.StatusUnauthorized, isStored(t, "/page/1", r.user(t), u).status)
	require.Equal(t, http.StatusOK, u.get("/page/2").status, "another page")
	until(t, "the end of the stored rejection", func() bool { return u.get("/page/1").status == http.StatusOK })
}

func cookiesPass(t *testing.T, r *rig) {
	passes(t, "/page/1", r.user(t), r.user(t), http.StatusOK)
}

func privateStored(t *testing.T, r *rig) {
	u, _ := r.loggedIn(t)
	require.Equal(t, http.StatusOK, isStored(t, "/page/2", u, u).status)
}

func cookiesStored(t *testing.T, r *rig) {
	a := isStored(t, "/page/1", r.user(t), r.user(t))
	require.NotEmpty(t, a.header.Values("Set-Cookie"))
}
