package loopback

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// TestLatency: of two nodes, one is reached late, or reaches the store late;
// behind the cache, both.
func TestLatency(t *testing.T) {
	const delay = 100 * time.Millisecond
	for between, slow := range map[scenario.Pair]int{{"balancer", "app-1"}: 2, {"app-1", "store"}: 2, {"nodes", "store"}: 4, {"cache", "balancer"}: 4} {
		t.Run(between.String(), func(t *testing.T) {
			c, _ := up(t, "nodes: 2, session: {kind: redis}, cache: {enabled: true}", "{latency: {between: "+between.String()+", delay: 100ms}}")
			b := browser(t)
			logIn(t, c, b)
			late := func() (n int) {
				for range 4 {
					began := time.Now()
					status, _ := get(t, b, c.URL()+"/page/1")
					require.Equal(t, http.StatusOK, status)
					if time.Since(began) >= delay {
						n++
					}
				}
				return n
			}
			require.Zero(t, late())
			calm, err := c.Disturb(between, fault.Disturbance{Delay: delay})
			require.NoError(t, err)
			require.Equal(t, slow, late())
			require.NoError(t, calm())
			require.Zero(t, late())
		})
	}
}

// TestReset: a node whose connections to the store are reset misses the store,
// and no other node does.
func TestReset(t *testing.T) {
	for _, kind := range []string{"redis", "memcached"} {
		t.Run(kind, func(t *testing.T) { testReset(t, kind) })
	}
}

func testReset(t *testing.T, kind string) {
	between := scenario.Pair{"app-1", "store"}
	c, record := up(t, "nodes: 2, session: {kind: "+kind+"}", "{reset: {between: "+between.String()+"}}")
	b := browser(t)
	logIn(t, c, b)
	calm, err := c.Disturb(between, fault.Disturbance{ResetPercent: 100})
	require.NoError(t, err)
	for range 4 {
		get(t, b, c.URL()+"/page/1")
	}
	require.NoError(t, calm())
	status, _ := get(t, b, c.URL()+"/page/1")
	require.Equal(t, http.StatusOK, status)
	missed := map[string]int{}
	for e := range record.Events() {
		if e.Type == history.Decision && e.Reason == history.ReasonStoreDown {
			missed[e.Node]++
		}
	}
	require.Equal(t, map[string]int{"app-1": 2}, missed)
}

// TestNoRelay: a system is not prepared for disturbing whatever link.
func TestNoRelay(t *testing.T) {
	c, _ := up(t, "nodes: 2, session: {kind: redis}", "{reset: {between: [app-1, store]}}")
	for _, between := range []scenario.Pair{{"app-2", "store"}, {"nodes", "store"}, {"balancer", "app-1"}} {
		_, err := c.Disturb(between, fault.Disturbance{ResetPercent: 100})
		require.ErrorContains(t, err, "no relay stands between")
	}
}

// TestResetOfShare: the requests of a pool that was open before are lost too,
// so many of a hundred.
func TestResetOfShare(t *testing.T) {
	between := scenario.Pair{"balancer", "app-1"}
	c, _ := up(t, "nodes: 1, session: {kind: memory}, balancer: {retries: 0, health: {interval: 0s}}", "{reset: {between: "+between.String()+", percent: 30}}")
	b := browser(t)
	logIn(t, c, b)
	calm, err := c.Disturb(between, fault.Disturbance{ResetPercent: 30})
	require.NoError(t, err)
	statuses := map[int]int{}
	for range 100 {
		status, _ := get(t, b, c.URL()+"/page/1")
		statuses[status]++
	}
	require.NoError(t, calm())
	require.InDelta(t, 30, statuses[http.StatusBadGateway], 23) // 5 standard deviations
	require.Equal(t, 100, statuses[http.StatusBadGateway]+statuses[http.StatusOK])
}
