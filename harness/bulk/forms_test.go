package bulk_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/bulk"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// requireShare requires that k of n independent events have come that each
// come with probability p: fewer than three standard deviations off.
func requireShare(t *testing.T, p float64, k, n int) {
	t.Helper()
	z := (float64(k) - float64(n)*p) / math.Sqrt(float64(n)*p*(1-p))
	require.Less(t, math.Abs(z), 3.0, "%d of %d is %.5f, not %.5f", k, n, float64(k)/float64(n), p)
}

// TestMemoryOnlySessions: of N nodes one knows the session, and each page goes
// to a node by chance: (N-1)/N of the pages miss, each independent of all
// others.
func TestMemoryOnlySessions(t *testing.T) {
	for _, nodes := range []int{2, 3, 5, 10} {
		text := scenarioOf(fmt.Sprintf("nodes: %d, balancer: {policy: random}, session: {kind: memory}, client: {kind: browser}", nodes),
			"users: 10000, think: 30s, duration: 90m", "")
		j, err := bulk.Judge(context.Background(), planOf(t, text, plan.Options{Seed: 1, Compress: 1}))
		require.NoError(t, err)
		require.Greater(t, j.Requests, 1_500_000)
		requireShare(t, float64(nodes-1)/float64(nodes), j.Causes[oracle.SessionNotOnNode], j.ValidActions)
	}
}

// TestStickyKill: a node that dies takes the sessions of one Nth of the users
// with it, as the balancer spread them by chance.
func TestStickyKill(t *testing.T) {
	for _, nodes := range []int{2, 5, 10} {
		text := scenarioOf(fmt.Sprintf("nodes: %d, balancer: {policy: random, stickiness: lb_cookie, sticky_ttl: 24h}, session: {kind: memory}, client: {kind: browser}", nodes),
			"users: 200000, think: 10m, duration: 100m", "{node_kill: {node: app-1}, at: 20m, for: 5m}")
		j, err := bulk.Judge(context.Background(), planOf(t, text, plan.Options{Seed: 1, Compress: 1}))
		require.NoError(t, err)
		require.Greater(t, j.Requests, 1_500_000)
		requireShare(t, 1/float64(nodes), j.Causes[oracle.SessionLost], 200_000)
	}
}

// TestSkew: one node of N runs d ahead. A login of another node lasts a, as its
// users are promised, but the skewed one refuses it for the last d of that: of
// pages at any age a share of 1/N · (N-1)/N · d/a. Pauses of the mean m, never
// less than m/4 > d, leave room for one page at most in that window, at the age
// of a-d and more with the constant density 1/m (renewal theorem), and for none
// while a token of the skewed node is not valid yet elsewhere. So each login is
// a chance of its own, q = (N-1)/N² · d/m, of which there is one every
// a/m + E[pause²]/2m² - 1 = a/m - 7/32 pages. The last login of a user is cut
// short, and the last 41 ms of the window are nobody's fault, while an action
// overlaps the end: 0.07 standard deviations each at most.
func TestSkew(t *testing.T) {
	t.Parallel()
	for _, nodes := range []int{2, 5} {
		t.Run(fmt.Sprintf("one of %d", nodes), func(t *testing.T) {
			t.Parallel()
			users := 200
			if raced {
				users /= 10
			}
			j, err := bulk.Judge(context.Background(), planOf(t, scenarioOf(
				fmt.Sprintf("nodes: %d, balancer: {policy: random}, session: {kind: jwt, access_ttl: 100m, refresh_ttl: 0s}, client: {kind: spa}", nodes),
				fmt.Sprintf("users: %d, think: 10m, duration: 360d", users), "{clock_skew: {node: app-2, offset: +2m}, at: 0s}"), plan.Options{Seed: 1, Compress: 1}))
			require.NoError(t, err)
			n := float64(nodes)
			logins := float64(j.ValidActions) / (100/10. - 7/32.)
			q := (n - 1) / (n * n) * 2 / 10
			z := (float64(j.Causes[oracle.ClockSkew]) - logins*q) / math.Sqrt(logins*q*(1-q))
			t.Logf("%d requests, %d of %d pages refused, z = %+.2f", j.Requests, j.Causes[oracle.ClockSkew], j.ValidActions, z)
			require.Less(t, math.Abs(z), 3.0)
			require.Equal(t, j.Valid.SpuriousLogout, j.Causes[oracle.ClockSkew])
		})
	}
}

// TestUnfit: what the engine does not know it refuses, with the reason.
func TestUnfit(t *testing.T) {
	for architecture, why := range map[string]string{
		"session: {kind: redis}, cache: {enabled: true, ignore_cache_control: 60s}, client: {kind: browser}":   "a cache that keeps pages",
		"session: {kind: redis}, app: {work: 1s, capacity: 5}, client: {kind: browser}":                        "nodes that work on only so many requests at once",
		"session: {kind: jwt, alg: HS256}, client: {kind: spa, requests: 3}":                                   "parallel requests of one user",
		"session: {kind: jwt, alg: HS256, revocation: user_block}, client: {kind: spa}":                        "logouts that end all of a user's logins",
		"session: {kind: jwt, alg: HS256, revocation: user_not_before}, client: {kind: spa}":                   "logouts that end all of a user's logins",
		"session: {kind: redis}, client: {kind: browser}, hosts: {home: \"https://www.example.test\"}":         "cookies that a browser may not send",
		"session: {kind: redis}, client: {kind: browser}, cookie: {path: /app}":                                "cookies that a browser may not send",
		"session: {kind: jwt, alg: HS256}, client: {kind: phone}":                                              "apps on phones",
		"session: {kind: redis, rolling: true}, client: {kind: browser}":                                       "cookies that every page sets again",
		"session: {kind: redis}, balancer: {per: connection}, client: {kind: browser}":                         "a balancer of connections",
		"session: {kind: redis}, balancer: {stickiness: lb_cookie, sticky_max: 3}, client: {kind: browser}":    "a bound on sticky load",
		"session: {kind: redis}, balancer: {slow_start: 1m}, client: {kind: browser}":                          "a balancer with a slow start",
		"session: {kind: redis}, app: {work: 1s, warm_up: 1m, cold_work: 3s}, client: {kind: browser}":         "nodes that are slow at first",
		"session: {kind: redis}, balancer: {stickiness: app_cookie, app_cookie: sid}, client: {kind: browser}": "stickiness by the application's cookie",
	} {
		_, err := bulk.Judge(context.Background(), planOf(t, scenarioOf("nodes: 2, "+architecture, "users: 5, think: 10s, duration: 1h", ""), plan.Options{Compress: 1}))
		require.ErrorContains(t, err, why)
	}
	_, err := bulk.Judge(context.Background(), planOf(t, scenarioOf("nodes: 2, session: {kind: redis}, client: {kind: browser}",
		"users: 5, think: 10s, duration: 1h", "{store_flush: {}, at: 10m}"), plan.Options{Compress: 1}))
	require.ErrorContains(t, err, "a fault store_flush")
}
