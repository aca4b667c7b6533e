package gate_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/gate"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

// A node that dies takes its users' sessions, unless they are in a Redis.
const shop = `
scenario: shop
title: A shop
architecture: {nodes: 5, session: {kind: memory}, balancer: {policy: random, stickiness: app_cookie, app_cookie: sid}}
workload: {users: 80, think: 20s, duration: 5m}
variants:
  killed:
    faults: [{node_kill: {node: app-2}, at: 2m, for: 1m}]
    expect: [{spurious_logouts: "> 0"}]
  sound: {with: {session.kind: redis}, expect: [{spurious_logouts: 0}]}
`

// pool is a variant's runs with many seeds.
func pool(t *testing.T, variant string, many int) []gate.Run {
	t.Helper()
	s, err := scenario.Parse("shop.yaml", []byte(shop))
	require.NoError(t, err)
	on := &sim.Substrate{}
	var out []gate.Run
	for seed := range many {
		p, err := plan.Build(s, variant, plan.Options{Seed: uint64(seed + 1), Limits: run.LimitsOf(on)})
		require.NoError(t, err)
		j, err := run.Watch(context.Background(), on, run.Options{Plan: p, Version: "test"})
		require.NoError(t, err)
		out = append(out, gate.RunOf(j.Result, j.Judgement))
	}
	return out
}

// drawn is so many runs of the pool, as if they were of seeds 1, 2, ... In
// virtual time a seed's run is always the same; those of other seeds, with other
// users and another balancing, stand for what timing does on a real substrate,
// and differ by more.
func drawn(r *rand.Rand, pool []gate.Run, seeds int) (before, now gate.Variant) {
	order := r.Perm(len(pool))
	take := func(which []int) gate.Variant {
		v := gate.Variant{Scenario: "shop", Variant: "v"}
		for i, at := range which {
			one := pool[at]
			one.Seed, one.Counts = uint64(i+1), slices.Clone(one.Counts)
			v.Runs = append(v.Runs, one)
		}
		return v
	}
	return take(order[:seeds]), take(order[seeds : 2*seeds])
}

// plant logs out 1 % of the users who were not.
func plant(r *rand.Rand, v *gate.Variant) {
	for i := range v.Runs {
		one := &v.Runs[i]
		at := slices.IndexFunc(one.Counts, func(c gate.Count) bool { return c.Metric == "spurious_logouts" && c.Cause == "" })
		extra := 0
		for range one.Users - one.Counts[at].Users {
			if r.Float64() < 0.01 {
				extra++
			}
		}
		one.Counts[at].Users += extra
		one.Counts = append(one.Counts, gate.Count{Metric: "spurious_logouts", Cause: "planted", Users: extra})
	}
}

// A hundred comparisons of the simulator's own runs: no more than one alarm if
// nothing has changed, and all hundred if 1 % of the users are logged out.
func TestHundredComparisonsOfRealRuns(t *testing.T) {
	for _, c := range []struct {
		variant string
		seeds   int
	}{{"sound", 40}, {"killed", 60}, {"killed", 5}} {
		t.Run(c.variant, func(t *testing.T) {
			runs := pool(t, c.variant, 130)
			r := rand.New(rand.NewPCG(7, uint64(c.seeds)))
			unchanged, planted := 0, 0
			for range 100 {
				before, now := drawn(r, runs, c.seeds)
				b := &gate.Baseline{Variants: []gate.Variant{before}}
				if len(gate.Compare(b, "b.json", []gate.Variant{now}, gate.Level).Alarms()) > 0 {
					unchanged++
				}
				plant(r, &now)
				if len(gate.Compare(b, "b.json", []gate.Variant{now}, gate.Level).Alarms()) > 0 {
					planted++
				}
			}
			require.LessOrEqual(t, unchanged, 1)
			if c.seeds >= 20 {
				require.Equal(t, 100, planted)
			}
			t.Logf("%d seeds of 80 users: %d false alarms of 100, planted bug caught %d times of 100", c.seeds, unchanged, planted)
		})
	}
}
