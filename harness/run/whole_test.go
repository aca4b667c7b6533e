package run

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

// crowded is a scenario of more than [Large] requests.
const crowded = `
scenario: crowded
architecture: {nodes: 4, %s}
workload: {users: 1000, think: 1m, duration: 101m, logout_every: 40}
variants:
  broken:
    faults: [{clock_skew: {node: app-2, offset: +40s}, at: 10m, for: 40m}, {node_kill: {node: app-1}, at: 60m, for: 10m}]
    expect: [{spurious_logouts: "> 0"}, {errors: "> 0"}]
`

func crowdedPlan(t *testing.T, architecture string, users int) *plan.Plan {
	t.Helper()
	s, err := scenario.Parse("crowded.yaml", fmt.Appendf(nil, crowded, architecture))
	require.NoError(t, err)
	on := &sim.Substrate{}
	p, err := plan.Build(s, "broken", plan.Options{Seed: 3, Compress: 1, Users: users, Limits: LimitsOf(on)})
	require.NoError(t, err)
	return p
}

var crowds = map[string]string{
	"memory": "balancer: {policy: round_robin}, session: {kind: memory}, client: {kind: browser}",
	"sticky": "balancer: {policy: random, stickiness: lb_cookie, sticky_ttl: 12h}, session: {kind: memory}, client: {kind: browser}, app: {work: 300ms}",
	"jwt":    "balancer: {policy: least_conn, retries: 0}, session: {kind: jwt, alg: HS256, access_ttl: 5m, refresh_ttl: 30d, leeway: 0s}, client: {kind: spa}, app: {work: 300ms}",
}

// TestBulkIsTheFullEngineInResultAndFiles: a large plan is played in bulk; its
// result says the same as that of the full engine, to the last figure; and it
// can be judged again.
func TestBulkIsTheFullEngineInResultAndFiles(t *testing.T) {
	for name, architecture := range crowds {
		t.Run(name, func(t *testing.T) {
			p := crowdedPlan(t, architecture, 0)
			on := &sim.Substrate{}
			exact, err := Watch(context.Background(), on, Options{Plan: p, Version: "test", History: Full})
			require.NoError(t, err)
			require.Equal(t, Exact, exact.Result.Engine)
			dir := t.TempDir()
			got, err := Run(context.Background(), Options{Plan: p, Substrate: on, Dir: filepath.Join(dir, "x"), Version: "test"})
			require.NoError(t, err)
			require.Equal(t, Bulk, got.Result.Engine)
			require.Positive(t, got.Result.HistoryOf.Harmed)
			require.Positive(t, got.Result.Verdicts.Error+got.Result.Verdicts.SpuriousLogout)

			same := *got.Result
			require.Equal(t, got.Result.Repeat+" --history full", exact.Result.Repeat)
			same.Engine, same.HistoryOf, same.Repeat = Exact, nil, exact.Result.Repeat
			same.Store = exact.Result.Store // which bulk does not count
			require.Equal(t, exact.Result, &same)
			require.Equal(t, exact.Judgement.Sum(), got.Judgement.Sum())
			require.Equal(t, exact.Judgement.Series, got.Judgement.Series)

			for _, file := range []string{WholeFile, HistoryFile} {
				again, err := JudgeFile(filepath.Join(dir, "x", file))
				require.NoError(t, err)
				require.Equal(t, asJSON(t, got), asJSON(t, again))
			}
			require.NoError(t, os.Remove(filepath.Join(dir, "x", WholeFile)))
			_, err = JudgeFile(filepath.Join(dir, "x", HistoryFile))
			require.ErrorContains(t, err, "what the whole run came to is in its judged.json, which is not beside it")
		})
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}
