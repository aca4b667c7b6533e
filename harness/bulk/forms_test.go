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

// TestUnfit: what the engine does not know it refuses, with the reason.
func TestUnfit(t *testing.T) {
	for architecture, why := range map[string]string{
		"session: {kind: redis}, cache: {enabled: true, ignore_cache_control: 60s}, client: {kind: browser}":   "a cache that keeps pages",
		"session: {kind: jwt, alg: HS256}, client: {kind: spa, requests: 3}":                                   "parallel requests of one user",
		"session: {kind: redis}, balancer: {per: connection}, client: {kind: browser}":                         "a balancer of connections",
		"session: {kind: redis}, balancer: {stickiness: app_cookie, app_cookie: sid}, client: {kind: browser}": "stickiness by the application's cookie",
	} {
		_, err := bulk.Judge(context.Background(), planOf(t, scenarioOf("nodes: 2, "+architecture, "users: 5, think: 10s, duration: 1h", ""), plan.Options{Compress: 1}))
		require.ErrorContains(t, err, why)
	}
	_, err := bulk.Judge(context.Background(), planOf(t, scenarioOf("nodes: 2, session: {kind: redis}, client: {kind: browser}",
		"users: 5, think: 10s, duration: 1h", "{store_flush: {}, at: 10m}"), plan.Options{Compress: 1}))
	require.ErrorContains(t, err, "a fault store_flush")
}
