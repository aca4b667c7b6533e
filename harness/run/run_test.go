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

func TestMemorySessionsMeetTheClosedForm(t *testing.T) {
	j, path := do(t, context.Background(), build(t, "broken", "{node_kill: {node: app-1}, at: 10s}"), nil)
	r := j.Result
	require.Equal(t, result.Pass, r.Outcome, "%+v", r)
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
	require.Equal(t, result.Pass, j.Result.Outcome, "%+v", j.Result)
	require.Zero(t, j.Result.Verdicts.SpuriousLogout)
	require.Equal(t, len(j.Result.Nodes), 4)
}

// TestEveryFaultLeavesAReceipt injects each fault into a system where it must
// show, and none where it cannot.
func TestEveryFaultLeavesAReceipt(t *testing.T) {
	for _, f := range []string{
		"{node_kill: {node: app-2}, at: 30s, for: 40s}",
		"{node_stop: {node: app-2}, at: 30s, for: 40s}",
		"{node_restart: {node: app-2, down: 10s, every: 30s}, at: 30s, for: 70s}",
		"{store_down: {}, at: 30s, for: 40s}",
		"{bad_deploy: {node: app-2}, at: 30s, for: 40s}",
	} {
		t.Run(f, func(t *testing.T) {
			j, _ := do(t, context.Background(), build(t, "faulty", f), nil)
			require.Len(t, j.Result.Faults, 1)
			require.False(t, j.Result.Faults[0].Vacuous, "%+v", j.Result.Faults[0])
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
