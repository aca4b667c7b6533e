package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// rush is four users who log in one after another, and of whom each opens a page
// in the second minute, a tenth of a second apart: the node works on one and lets
// two wait, so that the fourth kills it. A page takes a second.
func rush(architecture, faults, after string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "scenario: rush\narchitecture:\n  app: {work: 1s, capacity: 1, queue: 2, on_overload: crash, restart: 10s}\n  %s\nworkload:\n  duration: 5m\n  script:\n", architecture)
	for user := 1; user <= 4; user++ {
		fmt.Fprintf(&b, "    - {user: %d, at: %ds, do: login}\n    - {user: %d, at: 1m0.%ds, do: page, page: 1}\n", user, user, user, user)
	}
	fmt.Fprintf(&b, "%s\nvariants: {broken: {faults: [%s], expect: [{spurious_logouts: 0}]}}\n", after, faults)
	return b.String()
}

// lives are the words of a node's life.
func lives(all []history.Event) (said []string) {
	for _, e := range all {
		if e.Type == history.Node {
			said = append(said, strings.TrimSpace(fmt.Sprintf("%v %s %d %s %s", e.At.Round(100*time.Millisecond), e.Node, e.Boot, e.State, e.Reason)))
		}
	}
	return said
}

// TestCrash: whoever finds the queue full kills the node, with all that it has;
// it comes back by itself.
func TestCrash(t *testing.T) {
	const later = "    - {user: 1, at: 1m5s, do: page, page: 1}\n    - {user: 2, at: 1m20s, do: page, page: 1}\n"
	p := build(t, parse(t, "rush.yaml", rush("nodes: 1\n  session: {kind: memory}\n  client: {on_error: logout}", "", later)), "broken", plan.Options{})
	all := events(t, p)
	require.Equal(t, []string{"0s app-1 1 up", "1m0.4s app-1 1 crashed overload", "1m10.4s app-1 2 up"}, lives(all))
	var got []string
	for _, e := range all {
		if e.Type == history.Response && e.Op == history.OpPage {
			got = append(got, fmt.Sprintf("%v user %d: %d %s", e.At.Round(100*time.Millisecond), e.User, e.Status, e.Err))
		}
	}
	require.Equal(t, []string{
		"1m0.4s user 1: 502 ", "1m0.4s user 2: 502 ", "1m0.4s user 3: 502 ", "1m0.4s user 4: 502 ",
	}, got[:4], "all at once, the one that is worked on too")
	r := judged(t, p).Result
	require.Equal(t, map[string]int{"overload": 4}, r.Causes, "all four of the rush; then they log in again")
}

// TestCrashTakesSessions: its users are logged out, and by the death of the node.
func TestCrashTakesSessions(t *testing.T) {
	const later = "    - {user: 1, at: 2m, do: page, page: 1}\n    - {user: 2, at: 2m1s, do: page, page: 1}\n"
	text := rush("nodes: 1\n  session: {kind: memory}\n  client: {on_error: show_error}", "", later)
	r := judged(t, build(t, parse(t, "rush.yaml", text), "broken", plan.Options{})).Result
	require.Equal(t, map[string]int{"session_lost": 2}, r.Causes)
	require.Equal(t, 4, r.Verdicts.Error)
	text = strings.Replace(text, "session: {kind: memory}", "session: {kind: redis}", 1)
	r = judged(t, build(t, parse(t, "rush.yaml", text), "broken", plan.Options{})).Result
	require.Empty(t, r.Causes, "a store of its own keeps them")
}

// TestCrashBesideAFault: a node that a fault ends meanwhile comes back with the
// fault's end, and not before; one that it starts is not started twice.
func TestCrashBesideAFault(t *testing.T) {
	for fault, want := range map[string][]string{
		"{node_kill: {node: app-1}, at: 65s, for: 30s}":  {"0s app-1 1 up", "1m0.4s app-1 1 crashed overload", "1m35s app-1 2 up"},
		"{node_kill: {node: app-1}, at: 50s, for: 5s}":   {"0s app-1 1 up", "55s app-1 2 up", "1m0.4s app-1 2 crashed overload", "1m10.4s app-1 3 up"},
		"{node_kill: {node: app-1}, at: 62s, for: 2s}":   {"0s app-1 1 up", "1m0.4s app-1 1 crashed overload", "1m4s app-1 2 up"},
		"{node_stop: {node: app-1}, at: 62s, for: 30s}":  {"0s app-1 1 up", "1m0.4s app-1 1 crashed overload", "1m32s app-1 2 up"},
		"{node_pause: {node: app-1}, at: 59s, for: 30s}": {"0s app-1 1 up", "1m29s app-1 1 crashed overload", "1m39s app-1 2 up"},
		"{connection_cut: {node: app-1}, at: 60350ms}":   {"0s app-1 1 up"},
	} {
		t.Run(fault, func(t *testing.T) {
			text := rush("nodes: 1\n  session: {kind: redis}\n  client: {timeout: 1h}\n  balancer: {health: {interval: 0s}}", fault, "    - {user: 1, at: 3m, do: page, page: 1}\n")
			require.Equal(t, want, lives(events(t, build(t, parse(t, "rush.yaml", text), "broken", plan.Options{}))))
		})
	}
}

// TestBoundedNodesOfEveryKind: whatever is balanced, and however requests end,
// no node works on more than it may, and none loses a place over it: late in the
// run, when all faults are over, it works on as many as ever. (Nodes that die of
// too much begin anew each time.)
func TestBoundedNodesOfEveryKind(t *testing.T) {
	const capacity, work, quiet = 3, 2 * time.Second, 7 * time.Minute
	faults := "{node_pause: {node: app-1}, at: 1m, for: 20s}, {connection_cut: {node: all, every: 7s}, at: 2m, for: 1m}, {store_down: {}, at: 4m, for: 10s}, " +
		"{latency: {between: [app-2, store], delay: 500ms}, at: 5m, for: 20s}, {partition: {between: [balancer, app-1]}, at: 6m, for: 20s}"
	for _, balancer := range []string{"per: request", "per: connection", "protocol: h2c", "per: connection, protocol: h2c", "policy: least_conn, retry_on: any_failure, keep_alive: 0s"} {
		for _, app := range []string{"queue: 0", "queue: 4", "queue: 8, queue_timeout: 1500ms", "queue: 4, on_overload: crash, restart: 15s"} {
			t.Run(balancer+"; "+app, func(t *testing.T) {
				p := build(t, parse(t, "all.yaml", "scenario: all\narchitecture:\n  nodes: 2\n  session: {kind: redis}\n"+
					"  client: {timeout: 3s, requests: 2, retry: idempotent}\n  balancer: {"+balancer+"}\n  app: {work: 2s, capacity: 3, "+app+"}\n"+
					"workload: {users: 60, think: 20s, duration: 10m}\nvariants: {broken: {faults: ["+faults+"], expect: [{spurious_logouts: 0}]}}\n"), "broken", plan.Options{})
				begun, worked := map[int]history.Event{}, map[string][]time.Duration{}
				for _, e := range events(t, p) {
					switch {
					case e.Type == history.Decision && e.Op == history.OpPage:
						begun[e.Req] = e
					case e.Type == history.Response && e.Op == history.OpPage && e.Status == 200:
						worked[begun[e.Req].Node] = append(worked[begun[e.Req].Node], begun[e.Req].At)
					}
				}
				for _, node := range []string{"app-1", "app-2"} {
					require.LessOrEqual(t, atOnce(worked[node], work, 0), capacity, node)
					if !strings.Contains(app, "crash") {
						require.Equal(t, capacity, atOnce(worked[node], work, quiet), node)
					}
				}
			})
		}
	}
}

// atOnce is how many pieces of work that take so long overlap at most, of those
// that begin after a moment.
func atOnce(begun []time.Duration, work, after time.Duration) (most int) {
	for _, at := range begun {
		n := 0
		for _, other := range begun {
			if other <= at && at < other+work {
				n++
			}
		}
		if at >= after {
			most = max(most, n)
		}
	}
	return most
}
