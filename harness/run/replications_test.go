package run

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

const scattered = `
scenario: scattered
title: Sessions in memory, any node at random
architecture:
  nodes: %d
  session: {kind: memory}
  balancer: {policy: random}
workload: {users: 200, think: 20s, duration: 10m}
variants:
  broken: {expect: [{spurious_logouts: "> 0"}]}
`

// A random node of N is another than the session's with the probability
// (N-1)/N: the interval of the mean over 20 seeds contains it.
func TestMeanOverSeedsMeetsTheClosedForm(t *testing.T) {
	seeds := result.Seeds{First: 1, Last: 20}
	for _, n := range []int{2, 3, 5, 10} {
		s, err := scenario.Parse("scattered.yaml", fmt.Appendf(nil, scattered, n))
		require.NoError(t, err)
		var each []result.Replica
		for i := range seeds.Count() {
			p, err := plan.Build(s, "broken", plan.Options{Seed: seeds.At(i), Limits: (&sim.Substrate{}).Limits()})
			require.NoError(t, err)
			j, err := Watch(t.Context(), &sim.Substrate{}, Options{Plan: p})
			require.NoError(t, err)
			each = append(each, result.NewReplica(j.Result, j.Judgement, ""))
		}
		got, measured := result.Replicate(seeds, each).Rate("spurious_logouts")
		require.True(t, measured)
		want := float64(n-1) / float64(n)
		require.Equal(t, 20, got.Seeds)
		require.Less(t, got.Hi-got.Lo, 0.02, "%d nodes", n)
		require.True(t, got.Lo <= want && want <= got.Hi, "%d nodes: %v is not in %v..%v", n, want, got.Lo, got.Hi)
	}
}
