package loopback

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
)

// rush lets three browsers, which are logged in, ask for a page each while the
// one before is under way, and gives the statuses; work is long enough for that.
func rush(t *testing.T, c *Cluster, record *history.Memory) (browsers []*http.Client, statuses []int) {
	t.Helper()
	got := make([]chan int, 3)
	for range got {
		b := browser(t)
		logIn(t, c, b)
		browsers = append(browsers, b)
	}
	for i := range got {
		got[i] = make(chan int, 1)
		go func() {
			res, err := browsers[i].Get(c.URL() + "/page/1")
			if err != nil {
				got[i] <- 0
				return
			}
			_ = res.Body.Close()
			got[i] <- res.StatusCode
		}()
		if i == 0 {
			require.Eventually(t, func() bool { return len(eventsOf(record, history.Decision)) == 4 }, 5*time.Second, time.Millisecond)
		}
		require.Eventually(t, func() bool { return c.balancer.InFlight(0) == i+1 || i == 2 }, 5*time.Second, time.Millisecond)
	}
	for _, s := range got {
		statuses = append(statuses, <-s)
	}
	return browsers, statuses
}

func eventsOf(record *history.Memory, kind history.Type) (some []history.Event) {
	for e := range record.Events() {
		if e.Type == kind {
			some = append(some, e)
		}
	}
	return some
}

// TestOverloadRejects: who finds the queue full is told so at once; the node's
// word for it is overload.
func TestOverloadRejects(t *testing.T) {
	c, record := up(t, "nodes: 1, session: {kind: memory}, app: {work: 1s, capacity: 1, queue: 1}")
	_, statuses := rush(t, c, record)
	require.ElementsMatch(t, []int{200, 200, 503}, statuses)
	refused := 0
	for _, d := range eventsOf(record, history.Decision) {
		if d.Reason == history.ReasonOverload {
			refused++
		}
	}
	require.Equal(t, 1, refused)
	require.Len(t, eventsOf(record, history.Node), 1)
}

// TestOverloadKills: who finds the queue full kills the node with all that it
// has; it comes back by itself, without its sessions.
func TestOverloadKills(t *testing.T) {
	c, record := up(t, "nodes: 1, session: {kind: memory}, app: {work: 1s, capacity: 1, queue: 1, on_overload: crash, restart: 50ms}")
	browsers, statuses := rush(t, c, record)
	require.Equal(t, []int{502, 502, 502}, statuses)
	require.Eventually(t, func() bool { return len(eventsOf(record, history.Node)) == 3 }, 5*time.Second, time.Millisecond)
	said := eventsOf(record, history.Node)
	require.Equal(t, []string{history.StateUp, history.StateCrashed, history.StateUp}, []string{said[0].State, said[1].State, said[2].State})
	require.Equal(t, history.ReasonOverload, said[1].Reason)
	require.Equal(t, []int{1, 1, 2}, []int{said[0].Boot, said[1].Boot, said[2].Boot})
	status, _ := get(t, browsers[0], c.URL()+"/page/1")
	require.Equal(t, http.StatusUnauthorized, status)
	logIn(t, c, browsers[0])
	status, _ = get(t, browsers[0], c.URL()+"/page/1")
	require.Equal(t, http.StatusOK, status)
}

// TestOverloadBesideAFault: who sees to a node that has died decides when it
// comes back.
func TestOverloadBesideAFault(t *testing.T) {
	due := func(c *Cluster) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.nodes[0].restart != nil
	}
	c, record := up(t, "nodes: 1, session: {kind: memory}, app: {work: 1s, capacity: 1, queue: 1, on_overload: crash, restart: 1h}")
	rush(t, c, record)
	require.True(t, due(c))
	require.NoError(t, c.KillNode(0))
	require.False(t, due(c))
	require.Len(t, eventsOf(record, history.Node), 2, "up, crashed")
	require.NoError(t, c.StartNode(0))
	require.Len(t, eventsOf(record, history.Node), 3)
	require.False(t, due(c))
}
