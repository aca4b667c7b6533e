package bulk_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/bulk"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

func planOf(t testing.TB, text string, o plan.Options) *plan.Plan {
	t.Helper()
	s, err := scenario.Parse("bulk.yaml", []byte(text))
	require.NoError(t, err)
	p, err := plan.Build(s, "broken", o)
	require.NoError(t, err)
	return p
}

// scenarioOf is a scenario of an architecture, a workload and faults.
func scenarioOf(architecture, workload, faults string) string {
	return fmt.Sprintf("scenario: bulk\narchitecture: {%s}\nworkload: {%s}\nvariants: {broken: {faults: [%s], expect: [{spurious_logouts: \"< 100000\"}]}}\n",
		architecture, workload, faults)
}

// faults are sets of faults: a few beside each other; and many, also of all nodes
// and of one node again and again.
var faults = []string{
	"{clock_skew: {node: app-2, offset: +40s}, at: 10m, for: 40m}, {clock_skew: {node: app-3, offset: -25s}, at: 30m}, {node_kill: {node: app-1}, at: 20m, for: 10m}",
	"{clock_skew: {node: all, offset: -40s}, at: 5m, for: 20m}, {clock_skew: {node: app-2, offset: +90s}, at: 40m, for: 10m}, {clock_skew: {node: app-2, offset: +30s}, at: 51m}, " +
		"{node_kill: {node: all}, at: 10m, for: 30s}, {node_kill: {node: app-1}, at: 17m, for: 4m}, {node_kill: {node: app-1}, at: 23m, for: 500ms}, {node_kill: {node: app-3}, at: 33m}, {node_kill: {node: app-4}, at: 35m, for: 3m}",
}

// TestSameAsTheSimulator: every count is what the simulator and the oracle come
// to, whatever the architecture.
func TestSameAsTheSimulator(t *testing.T) {
	for _, balancer := range []string{
		"policy: round_robin", "policy: random", "policy: least_conn", "policy: source_hash",
		"policy: round_robin, stickiness: lb_cookie, sticky_ttl: 20m", "policy: random, stickiness: lb_cookie, sticky_ttl: 12h, retries: 0",
		"policy: random, retries: 2, retry_on: any_failure, health: {interval: 5s, timeout: 2s, rise: 2, fall: 3}",
	} {
		for _, session := range []string{
			"session: {kind: memory}, client: {kind: browser}",
			"session: {kind: redis, idle: 3m}, client: {kind: browser, on_error: logout}, app: {rejects_with: redirect, work: 300ms}",
			"session: {kind: memory, idle: 5m, absolute: 15m}, client: {kind: browser, refresh: none}, app: {work: 900ms}",
			"session: {kind: jwt, alg: HS256, access_ttl: 2m, refresh_ttl: 30d, leeway: 0s}, client: {kind: spa}",
			"session: {kind: jwt, alg: HS256, access_ttl: 2m, refresh_ttl: 20m, rotation: true, leeway: 10s}, client: {kind: browser, refresh: single_flight, refresh_on: unauthorized}, app: {rejects_with: forbidden}",
			"session: {kind: jwt, alg: HS256, access_ttl: 2m, refresh_ttl: 20m, refresh_store: memory}, client: {kind: spa, refresh: naive, refresh_on: expiry, refresh_margin: 1s, retry: none}",
			"session: {kind: jwt, alg: HS256, access_ttl: 5m, refresh_ttl: 0s}, client: {kind: browser, refresh: none}, app: {rejects_with: login_page}",
		} {
			for i, set := range faults {
				text := scenarioOf("nodes: 4, balancer: {"+balancer+"}, "+session, "users: 200, think: 40s, duration: 1h, logout_every: 30", set)
				t.Run(fmt.Sprint(balancer, " ", session, " ", i), func(t *testing.T) { requireSame(t, planOf(t, text, plan.Options{Seed: 5, Compress: 1})) })
			}
		}
	}
}

// TestSameWithCache: so it is with a caching proxy, whether it keeps rejections
// or not.
func TestSameWithCache(t *testing.T) {
	for _, cache := range []string{
		"cache: {enabled: true}", "cache: {enabled: true, cache_401: 60s}", "cache: {enabled: true, cache_401: 60s, never_4xx: true}",
		"cache: {enabled: true, cache_401: 20s}, app: {error_cache_control: no-store}",
		"cache: {enabled: true}, app: {rejects_with: redirect, error_cache_control: 'public, max-age=30'}",
		"cache: {enabled: true}, app: {rejects_with: login_page, error_cache_control: 's-maxage=10', work: 200ms}",
	} {
		for _, session := range []string{
			"balancer: {policy: round_robin, retries: 1}, session: {kind: memory}, client: {kind: browser, pages: 30}",
			"balancer: {policy: least_conn, stickiness: lb_cookie, sticky_ttl: 20m}, session: {kind: memory, idle: 90s}, client: {kind: browser, pages: 2}",
			"balancer: {policy: random}, session: {kind: jwt, alg: HS256, access_ttl: 2m, refresh_ttl: 20m, leeway: 0s}, client: {kind: spa, refresh_on: unauthorized, pages: 9}",
			"balancer: {policy: round_robin}, session: {kind: jwt, alg: HS256, access_ttl: 2m, refresh_ttl: 20m, leeway: 0s}, client: {kind: browser, refresh_on: both, pages: 9}",
		} {
			text := scenarioOf("nodes: 4, "+session+", "+cache, "users: 100, think: 40s, duration: 50m, logout_every: 30", faults[0])
			t.Run(cache+" "+session, func(t *testing.T) {
				requireSame(t, planOf(t, text, plan.Options{Seed: 5, Compress: 1}))
			})
		}
	}
}

func requireSame(t *testing.T, p *plan.Plan) {
	t.Helper()
	judged, err := run.Watch(context.Background(), &sim.Substrate{}, run.Options{Plan: p, Version: "test"})
	require.NoError(t, err)
	want, affected := counted(judged.Judgement), len(judged.Judgement.Affected)
	got, err := bulk.Play(context.Background(), p, nil)
	require.NoError(t, err)
	have := counted(got.Judgement)
	require.Equal(t, want, have)
	require.Equal(t, affected, got.Judgement.Harmed)
	plain, err := bulk.Judge(context.Background(), p)
	require.NoError(t, err)
	without := *got.Judgement
	without.Sums = nil
	require.Equal(t, &without, plain)
	require.Equal(t, judged.Judgement.Sum(), got.Judgement.Sum())
	judged.Result.Store = nil // which bulk does not count
	require.Equal(t, judged.Result, result.Of(judged.Header, got.Judgement, got.Receipts, got.Attribution))
	for _, user := range judged.Judgement.Affected {
		require.True(t, got.Harmed(user))
	}
	if bulk.Traceable(p) == nil {
		requireSameAlone(t, p, judged, got)
	}
}

// requireSameAlone requires that some users, played alone in the full engine,
// meet what they met among all, to the last cause.
func requireSameAlone(t *testing.T, p *plan.Plan, judged *run.Judged, played *bulk.Played) {
	t.Helper()
	users := played.Sample(7, 3)
	trace, err := bulk.TraceUsers(context.Background(), p, users)
	require.NoError(t, err)
	f := &recorded{oracle.New(judged.Header), map[int]int{}}
	_, err = (&sim.Substrate{}).PlayCast(context.Background(), p, trace.Cast, f)
	require.NoError(t, err)
	j := f.Judgement()
	require.Equal(t, of(judged.Judgement.Findings, users), of(j.Findings, users))
	require.Len(t, j.Findings, len(of(j.Findings, users)))
	for i, user := range users {
		want := oracle.Counts{OK: f.actions[user] - len(of(j.Findings, []int{user}))}
		for _, x := range of(j.Findings, []int{user}) {
			want.Add(x.Verdict)
		}
		require.Equal(t, want, trace.Verdicts[i], "user %d", user)
	}
}

// recorded judges a history and counts each user's actions.
type recorded struct {
	*oracle.Fold
	actions map[int]int
}

func (r *recorded) Append(e *history.Event) {
	r.Add(e)
	if e.Type == history.Action {
		r.actions[e.User]++
	}
}

// of is the findings of some users, as far as they do not hang on how requests
// and sessions are numbered.
func of(all []oracle.Finding, users []int) []oracle.Finding {
	var out []oracle.Finding
	for _, x := range all {
		if slices.Contains(users, x.User) {
			x.Action, x.Req, x.Evidence = 0, 0, nil
			out = append(out, x)
		}
	}
	return out
}

// counted is a judgement without what only a history can show.
func counted(j *oracle.Judgement) oracle.Judgement {
	c := *j
	c.Findings, c.Affected, c.Stories, c.Load, c.Complete, c.Harmed, c.Sums = nil, nil, nil, nil, false, 0, nil
	return c
}
