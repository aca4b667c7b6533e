package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9/logging"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
	"github.com/logoutlab/logoutlab/harness/workload"
)

func TestMain(m *testing.M) {
	logging.Disable() // faults take the store away
	goleak.VerifyTestMain(m)
}

// small is a scenario of about 500 actions that takes two or three seconds.
const small = `
scenario: small
title: Small
architecture:
  nodes: 4
  balancer: {policy: random}
  session: {kind: memory}
  app: {rejects_with: redirect}
workload: {users: 80, think: 20s, duration: 120s}
variants:
  broken:
    expect:
      - {spurious_logouts: "~ 75%%", cause: session_not_on_node}
      - {vegeta_success: "= 100%%"}
  fixed:
    with: {session.kind: redis}
    expect: [{spurious_logouts: 0}]
  faulty:
    with: {session.kind: redis}
    faults: [%s]
    expect: [{spurious_logouts: 0}]
`

// slow leaves room for the race detector on a busy machine.
var slow = plan.Limits{Floor: 5 * time.Millisecond, MaxRate: 200, Target: time.Second, MinThink: 60 * time.Millisecond}

func build(t testing.TB, variant, faults string) *plan.Plan {
	t.Helper()
	s, err := scenario.Parse("small.yaml", fmt.Appendf(nil, small, faults))
	require.NoError(t, err)
	p, err := plan.Build(s, variant, plan.Options{Seed: 3, Limits: slow})
	require.NoError(t, err)
	return p
}

func do(t testing.TB, ctx context.Context, p *plan.Plan, on func(workload.Progress)) (*Judged, string) {
	t.Helper()
	dir := t.TempDir()
	j, err := Run(ctx, Options{Plan: p, Substrate: &loopback.Substrate{}, Dir: dir, Version: "test", OnProgress: on})
	require.NoError(t, err)
	return j, filepath.Join(dir, HistoryFile)
}

// asExpected demands that every expectation holds. A machine that is too slow for
// the planned rate (the race detector, other tests) leaves the outcome open, but
// changes nothing that was counted.
func asExpected(t testing.TB, r *result.Result) {
	t.Helper()
	for _, x := range r.Expectations {
		require.True(t, x.Holds, "%+v", x)
	}
	want := result.Pass
	if r.Load.Behind {
		want = result.Unknown
	}
	require.Equal(t, want, r.Outcome, "%+v", r)
}

func TestMemorySessionsMeetTheClosedForm(t *testing.T) {
	j, path := do(t, context.Background(), build(t, "broken", "{node_kill: {node: app-1}, at: 10s}"), nil)
	r := j.Result
	asExpected(t, r)
	require.Equal(t, r.Verdicts.SpuriousLogout, r.Causes["session_not_on_node"])
	require.Equal(t, len(build(t, "broken", "{node_kill: {node: app-1}, at: 10s}").Slots()), r.Actions)
	require.Equal(t, 1.0, r.HTTP.SuccessRatio, "a redirect to the login page is a success to a load tool")

	again, err := JudgeFile(path)
	require.NoError(t, err)
	require.Equal(t, r, again.Result, "judging the saved history gives the same")
	require.Equal(t, j.Judgement, again.Judgement)
}

func TestSharedSessionsLogNobodyOut(t *testing.T) {
	j, _ := do(t, context.Background(), build(t, "fixed", "{node_kill: {node: app-1}, at: 10s}"), nil)
	asExpected(t, j.Result)
	require.Zero(t, j.Result.Verdicts.SpuriousLogout)
	require.Equal(t, len(j.Result.Nodes), 4)
}

// TestConnectionsMeetTheClosedForm: balanced by connection, a user moves with
// each new one: with every request if none is kept, and never if all are.
func TestConnectionsMeetTheClosedForm(t *testing.T) {
	const file = `
scenario: connections
architecture:
  nodes: 4
  balancer: {policy: random, per: connection, keep_alive: %s, protocol: %s}
  session: {kind: memory}
workload: {users: 80, think: 20s, duration: 120s}
variants:
  broken: {expect: [{spurious_logouts: %s}]}
`
	const most = `"~ 75%", cause: session_not_on_node`
	for _, c := range []struct{ keep, protocol, bound string }{
		{"0s", "http1", most}, {"0s", "h2c", most}, {"1d", "http1", "0"}, {"1d", "h2c", "0"},
	} {
		t.Run(c.keep+" "+c.protocol, func(t *testing.T) {
			t.Parallel()
			s, err := scenario.Parse("connections.yaml", fmt.Appendf(nil, file, c.keep, c.protocol, c.bound))
			require.NoError(t, err)
			p, err := plan.Build(s, "broken", plan.Options{Seed: 3, Compress: 40})
			require.NoError(t, err)
			j, _ := do(t, context.Background(), p, nil)
			require.NotZero(t, j.Result.Rates.SpuriousLogout.Of)
			require.True(t, j.Result.Expectations[0].Holds, "%+v", j.Result.Expectations)
		})
	}
}

// TestCompressionLeavesStickinessAsItIs: a cookie of a second, which
// one pause in ten outlasts, ends as often where it lasts a quarter of that.
func TestCompressionLeavesStickinessAsItIs(t *testing.T) {
	const file = `
scenario: sticky
architecture:
  nodes: 5
  balancer: {policy: random, stickiness: lb_cookie, sticky_ttl: 1s}
  session: {kind: memory}
workload: {users: 60, think: 500ms, duration: 4s}
variants:
  broken: {expect: [{spurious_logouts: "> 1%"}]}
`
	s, err := scenario.Parse("sticky.yaml", []byte(file))
	require.NoError(t, err)
	var lo, hi [2]float64
	for i, k := range []float64{1, 4} {
		p, err := plan.Build(s, "broken", plan.Options{Seed: 3, Compress: k})
		require.NoError(t, err)
		j, _ := do(t, context.Background(), p, nil)
		r := j.Result
		require.NotZero(t, r.Verdicts.SpuriousLogout)
		require.Equal(t, r.Verdicts.SpuriousLogout, r.Causes["session_not_on_node"])
		lo[i], hi[i] = scenario.Interval(r.Rates.SpuriousLogout.Count, r.Rates.SpuriousLogout.Of, 0.999)
	}
	require.True(t, lo[0] <= hi[1] && lo[1] <= hi[0], "%v..%v", lo, hi)
}

// TestEveryFaultLeavesAReceipt injects each fault into a system where it must
// show, and none where it cannot.
func TestEveryFaultLeavesAReceipt(t *testing.T) {
	for _, f := range []string{
		"{node_kill: {node: app-2}, at: 30s, for: 40s}",
		"{node_stop: {node: app-2}, at: 30s, for: 40s}",
		"{node_restart: {node: app-2, down: 10s, every: 30s}, at: 30s, for: 70s}",
		"{node_pause: {node: app-2}, at: 30s, for: 40s}",
		"{store_down: {}, at: 30s, for: 40s}",
		"{store_flush: {}, at: 30s}",
		"{store_evict: {keep: 30%}, at: 30s}",
		"{bad_deploy: {node: app-2}, at: 30s, for: 40s}",
	} {
		t.Run(f, func(t *testing.T) {
			j, _ := do(t, context.Background(), build(t, "faulty", f), nil)
			require.Len(t, j.Result.Faults, 1)
			require.False(t, j.Result.Faults[0].Vacuous, "%+v", j.Result.Faults[0])
		})
	}
}

// TestMemcached runs the scenario that the container substrate's tests run on a
// real one.
func TestMemcached(t *testing.T) {
	source, err := os.ReadFile("../substrate/substratetest/testdata/memcached.yaml")
	require.NoError(t, err)
	s, err := scenario.Parse("memcached.yaml", source)
	require.NoError(t, err)
	for _, v := range s.Variants {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			p, err := plan.Build(s, v.Name, plan.Options{Seed: 1, Limits: slow})
			require.NoError(t, err)
			j, _ := do(t, context.Background(), p, nil)
			for _, x := range j.Result.Expectations {
				require.True(t, x.Holds, "expected %s, observed %s; %v", x.Text, x.Observed, j.Result.Load)
			}
		})
	}
}

func TestInterruptedRunIsJudgedAsFarAsItWent(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p := build(t, "broken", "{node_kill: {node: app-1}, at: 10s}")
	j, path := do(t, ctx, p, func(s workload.Progress) {
		if s.Done >= 200 {
			cancel()
		}
	})
	require.Equal(t, result.Unknown, j.Result.Outcome)
	require.GreaterOrEqual(t, j.Result.Actions, 200)
	require.Less(t, j.Result.Actions, len(p.Slots()))
	again, err := JudgeFile(path)
	require.NoError(t, err)
	require.Equal(t, j.Result, again.Result)
}

func TestAHistoryShortOfActionsIsRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		end  *history.Load // nil: the run was killed
		want string
	}{
		{"killed", nil, ""},
		{"interrupted", &history.Load{Hits: 2, Interrupted: true}, ""},
		{"fewer than the load generator counts", &history.Load{Hits: 3, Interrupted: true}, "counts 3 actions, but 2 are here"},
		{"fewer than planned", &history.Load{Hits: 2}, "plans 3 actions, but 2 are here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), HistoryFile)
			record, err := history.Create(path, history.Header{Users: 1, Actions: 3})
			require.NoError(t, err)
			for a := range 2 {
				record.Append(&history.Event{Type: history.Begin, User: 1, Action: a + 1, Kind: history.KindPage})
			}
			if c.end != nil {
				record.Append(&history.Event{Type: history.End, Load: c.end})
			}
			require.NoError(t, record.Close())
			j, err := JudgeFile(path)
			if c.want == "" {
				require.NoError(t, err)
				require.Equal(t, result.Unknown, j.Result.Outcome)
				return
			}
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, path)
		})
	}
}

func TestCommandsAreQuoted(t *testing.T) {
	require.Equal(t, `logoutlab run my-dir/x.yaml/broken --for 1h30m`, Shell("logoutlab", "run", "my-dir/x.yaml/broken", "--for", "1h30m"))
	require.Equal(t, `run 'my file.yaml' '' '$HOME' 'it'\''s'`, Shell("run", "my file.yaml", "", "$HOME", "it's"))
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.String()).Draw(t, "words")
		back, err := Words(Shell(words...))
		require.NoError(t, err)
		require.Equal(t, words, append([]string{}, back...))
	})
	_, open := Words("logoutlab 'run")
	require.ErrorContains(t, open, "a quote is open")
	p := build(t, "broken", "{node_kill: {node: app-1}, at: 10s}")
	o := Options{Plan: p, Substrate: &loopback.Substrate{}}
	require.Regexp(t, `^logoutlab run small.yaml/broken --substrate loopback --seed 3 --compress [0-9.]+$`, o.Repeat())

	p, err := plan.Build(p.Scenario, "broken", plan.Options{Users: 30, For: time.Minute, Compress: 2})
	require.NoError(t, err)
	o = Options{Plan: p, Substrate: &loopback.Substrate{Redis: "redis://:s3cr3t@127.0.0.1:1"}}
	require.Equal(t, "logoutlab run small.yaml/broken --substrate loopback --seed 0 --compress 2 --users 30 --for 1m --redis URL", o.Repeat())
}

func TestHistoryIsNeverOverwritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, HistoryFile)
	require.NoError(t, os.WriteFile(path, []byte("precious"), 0o600))
	_, err := Run(context.Background(), Options{Plan: build(t, "fixed", "{node_kill: {node: app-1}, at: 10s}"), Substrate: &loopback.Substrate{}, Dir: dir})
	var infra *InfrastructureError
	require.True(t, errors.As(err, &infra))
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "precious", string(kept))
}

func TestSamePlanEveryTime(t *testing.T) {
	first := build(t, "broken", "{node_kill: {node: app-1}, at: 10s}")
	for range 4 {
		again := build(t, "broken", "{node_kill: {node: app-1}, at: 10s}")
		require.Equal(t, first.Digest(), again.Digest())
		require.Equal(t, first.Slots(), again.Slots())
	}
	require.Greater(t, first.Slots()[len(first.Slots())-1].At, time.Duration(0))
}

const shared = `
scenario: shared
title: Pages that a shared cache may store
architecture:
  nodes: 2
  session: {kind: redis}
  app: {cache_control: "max-age=60"}
  cache: {enabled: true}
  client: {pages: 2}
workload: {users: 40, think: 20s, duration: 60s}
variants:
  by-the-rules: {expect: [{wrong_identity: 0}]}
  ignore-vary:
    with: {cache.ignore_vary: true}
    expect: [{wrong_identity: "> 20%"}]
`

// Pages name the cookie that they depend on: a cache may store them, but one
// that ignores Vary shows users each other's pages.
func TestACacheThatIgnoresVaryMixesUsers(t *testing.T) {
	s, err := scenario.Parse("shared.yaml", []byte(shared))
	require.NoError(t, err)
	for _, v := range s.Variants {
		p, err := plan.Build(s, v.Name, plan.Options{Seed: 3, Limits: slow})
		require.NoError(t, err)
		j, _ := do(t, context.Background(), p, nil)
		require.Equal(t, result.Pass, j.Result.Outcome, "%s: %s", v.Name, j.Result.Why)
	}
}
