package sim_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

// one is the plan of a system that one fault meets.
func one(t testing.TB, architecture, workload, fault string) *plan.Plan {
	t.Helper()
	s := parse(t, "one.yaml", "scenario: one\narchitecture: {"+architecture+"}\nworkload: {"+workload+"}\n"+
		"variants: {broken: {faults: ["+fault+"], expect: [{spurious_logouts: 0}]}}\n")
	return build(t, s, "broken", plan.Options{})
}

// played is the history of a plan.
func played(t testing.TB, p *plan.Plan) []history.Event {
	t.Helper()
	var all []history.Event
	record := recorder(func(e *history.Event) { all = append(all, *e) })
	_, _, err := (&sim.Substrate{}).Play(context.Background(), p, record, nil)
	require.NoError(t, err)
	return all
}

// TestEveryFault: the simulator has every fault that there is.
func TestEveryFault(t *testing.T) {
	for _, spec := range scenario.FaultSpecs() {
		_, err := fault.All().Build(scenario.Fault{Name: spec.Name}, (*sim.Cluster)(nil))
		require.NoError(t, err, spec.Name)
	}
}

// TestFailover: the replica that takes over has what it had heard of.
func TestFailover(t *testing.T) {
	source, err := os.ReadFile("../substratetest/testdata/failover.yaml")
	require.NoError(t, err)
	s := parse(t, "failover.yaml", string(source))
	for _, v := range s.Variants {
		t.Run(v.Name, func(t *testing.T) {
			r := judged(t, build(t, s, v.Name, plan.Options{})).Result
			require.Equal(t, result.Pass, r.Outcome, "%s %+v", r.Why, r.Expectations)
		})
	}
}

// TestLatency: what a late answer costs, by the link that it comes over: the
// node's, that of all nodes, the store's.
func TestLatency(t *testing.T) {
	const users = "users: 200, think: 10s, duration: 10m"
	for between, share := range map[string]float64{"[balancer, app-1]": 0.25, "[app-1, store]": 0.25, "[nodes, store]": 1, "[cache, balancer]": 1} {
		t.Run(between, func(t *testing.T) {
			p := one(t, "nodes: 4, session: {kind: redis}, balancer: {policy: random}, cache: {enabled: true}", users,
				"{latency: {between: "+between+", delay: 100ms, jitter: 50ms}, at: 0s}")
			pages, late := 0, 0
			for _, e := range played(t, p) {
				if e.Type != history.Response || e.Op != history.OpPage {
					continue
				}
				require.Equal(t, 200, e.Status)
				pages++
				if e.At-e.Sent >= 80*time.Millisecond {
					late++
				}
			}
			if share == 1 {
				require.Equal(t, pages, late)
				return
			}
			require.Less(t, max(z(late, pages, share), -z(late, pages, share)), 3.0, "%d of %d", late, pages)
		})
	}
}

// TestLatencyBeyondPatience: a store that answers after more than a second is
// none; a node of which the health check hears too late is out.
func TestLatencyBeyondPatience(t *testing.T) {
	const users = "users: 20, think: 10s, duration: 2m"
	r := judged(t, one(t, "nodes: 2, session: {kind: redis}", users, "{latency: {between: [app-1, store], delay: 1500ms}, at: 30s}")).Result
	require.Positive(t, r.Verdicts.Error)
	require.Equal(t, r.Verdicts.Error, r.Faults[0].Receipt.DecisionsChanged)

	var out []string
	for _, e := range played(t, one(t, "nodes: 2, session: {kind: redis}", users, "{latency: {between: [balancer, app-1], delay: 3s}, at: 30s, for: 60s}")) {
		if e.Type == history.Route && e.State != "" {
			out = append(out, fmt.Sprint(e.At.Round(time.Second), " ", e.Node, " ", e.State))
		}
	}
	require.Equal(t, []string{"42s app-1 down", "1m40s app-1 up"}, out)
}

// TestResets: a share of what is sent is lost, by chance.
func TestResets(t *testing.T) {
	const users = "users: 500, think: 10s, duration: 10m"
	t.Run("of requests", func(t *testing.T) {
		p := one(t, "nodes: 1, session: {kind: memory}, balancer: {retries: 0, health: {interval: 0s}}", users, "{reset: {between: [balancer, app-1], percent: 30}, at: 0s}")
		pages, lost, failed := 0, 0, 0
		for _, e := range played(t, p) {
			switch {
			case e.Type == history.Response && e.Op == history.OpPage:
				pages++
				if e.Status == 502 {
					lost++
				}
			case e.Type == history.Route:
				require.Equal(t, history.ErrReset, e.Err)
				failed++
			}
		}
		require.Less(t, max(z(lost, pages, 0.3), -z(lost, pages, 0.3)), 3.0, "%d of %d", lost, pages)
		require.GreaterOrEqual(t, failed, lost)
	})
	t.Run("of commands", func(t *testing.T) {
		// One connection after the other: a page is two commands, and two more where
		// the last page lost its connection.
		const users = "users: 1, think: 1s, duration: 12h"
		p := one(t, "nodes: 1, session: {kind: redis}, balancer: {health: {interval: 0s}}", users, "{reset: {between: [app-1, store], percent: 10}, at: 10s}")
		was, pages, lost := map[bool]int{}, map[bool]int{}, map[bool]int{}
		broken := false
		for _, e := range played(t, p) {
			if e.Type != history.Decision || e.At < 20*time.Second {
				continue
			}
			was[broken]++
			fails := e.Reason == history.ReasonStoreDown
			if e.Op == history.OpPage {
				pages[broken]++
				if fails {
					lost[broken]++
				}
			}
			broken = fails
		}
		require.Less(t, max(z(lost[false], pages[false], 0.19), -z(lost[false], pages[false], 0.19)), 3.0, "%v of %v", lost, pages)
		require.Less(t, max(z(lost[true], pages[true], 0.3439), -z(lost[true], pages[true], 0.3439)), 3.0, "%v of %v", lost, pages)
	})
	t.Run("of connections", func(t *testing.T) {
		r := judged(t, one(t, "nodes: 3, session: {kind: memory}, balancer: {per: connection, policy: source_hash}", users, "{reset: {between: [balancer, app-1], percent: 30}, at: 1m, for: 5m}")).Result
		require.Positive(t, r.Verdicts.Error)
		require.Positive(t, r.Faults[0].Receipt.DecisionsChanged)
	})
}

// TestPartition: nobody is told. A request over a connection that stood hangs
// until packets come through again or its client has enough; all others are
// sent to another node after half a second.
func TestPartition(t *testing.T) {
	const users = "users: 100, think: 5s, duration: 5m"
	t.Run("of the balancer and a node", func(t *testing.T) {
		p := one(t, "nodes: 2, session: {kind: redis}, balancer: {health: {interval: 0s}}", users, "{partition: {between: [balancer, app-1]}, at: 1m, for: 2m}")
		took := map[string]int{}
		for _, e := range played(t, p) {
			if e.Type != history.Response || e.Sent < time.Minute || e.Sent > 3*time.Minute {
				continue
			}
			switch d := e.At - e.Sent; {
			case e.Err == history.ErrTimeout:
				took["in vain"]++
			case d < 100*time.Millisecond:
				took["at once"]++
			case d > dial && d < dial+100*time.Millisecond:
				took["elsewhere"]++
			default:
				require.Greater(t, e.At, 3*time.Minute)
				took["until it healed"]++
			}
		}
		require.Greater(t, took["at once"], 100)
		require.Greater(t, took["elsewhere"], 100)
		require.Positive(t, took["in vain"])
		require.Less(t, took["in vain"], 100)
		r := judged(t, p).Result
		require.Equal(t, took["in vain"], r.Faults[0].Receipt.RequestsCut)
	})
	t.Run("of a node and the store", func(t *testing.T) {
		r := judged(t, one(t, "nodes: 2, session: {kind: redis}, client: {on_error: logout}", users, "{partition: {between: [app-1, store]}, at: 1m, for: 1m}")).Result
		require.Positive(t, r.Verdicts.SpuriousLogout)
		require.Equal(t, r.Verdicts.SpuriousLogout, r.Causes["store_down"])
		require.GreaterOrEqual(t, r.Faults[0].Receipt.DecisionsChanged, r.Verdicts.SpuriousLogout, "logins are refused too")
	})
	t.Run("of a node and the store, for a moment", func(t *testing.T) {
		r := judged(t, one(t, "nodes: 2, session: {kind: redis}", users, "{partition: {between: [nodes, store]}, at: 1m, for: 500ms}")).Result
		require.Zero(t, r.Verdicts.Error, "who has a second of patience hears of it")
		require.Positive(t, r.Faults[0].Receipt.Marks)
	})
	t.Run("of the cache and the balancer", func(t *testing.T) {
		r := judged(t, one(t, "nodes: 2, session: {kind: redis}, cache: {enabled: true}", users, "{partition: {between: [cache, balancer]}, at: 1m, for: 1m}")).Result
		require.Positive(t, r.Verdicts.Error)
		require.Positive(t, r.Faults[0].Receipt.RequestsCut)
	})
	t.Run("under a balancer of connections", func(t *testing.T) {
		r := judged(t, one(t, "nodes: 3, session: {kind: redis}, balancer: {per: connection, keep_alive: 0s}", users, "{partition: {between: [balancer, app-1]}, at: 1m, for: 1m}")).Result
		require.Zero(t, r.Verdicts.Error, "each request has a connection of its own, which is opened elsewhere")
		require.Positive(t, r.Faults[0].Receipt.Marks)
	})
}

const dial = 500 * time.Millisecond
