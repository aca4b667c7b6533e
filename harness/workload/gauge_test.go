package workload

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// drawn are latencies: mostly one value, as in a simulation, or all different.
func drawn(n int, most time.Duration, oneIn int) []time.Duration {
	s := plan.NewStream(1, "latencies")
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = 41 * time.Millisecond
		if s.IntN(oneIn) == 0 {
			all[i] = time.Duration(s.IntN(int(most)))
		}
	}
	return all
}

func TestLatenciesAreExact(t *testing.T) {
	var none Latencies
	require.Zero(t, none.Quantile(50))
	for _, n := range []int{1, 2, 99, 100, 101, 12345} {
		var l Latencies
		all := drawn(n, time.Second, 3)
		for _, d := range all {
			l.Add(d)
		}
		slices.Sort(all)
		for _, percent := range []int{1, 50, 95, 99, 100} {
			require.Equal(t, all[(n*percent+99)/100-1], l.Quantile(percent), "%d of 100 of %d", percent, n)
		}
	}
}

// TestLatenciesMergeInAnyOrder: beyond what can be told apart the answer is
// rounded, and still does not depend on the order or on the parts.
func TestLatenciesMergeInAnyOrder(t *testing.T) {
	all := drawn(400_000, 10*time.Second, 1)
	sorted := slices.Sorted(slices.Values(all))
	var forth, back, odd, even Latencies
	for i, d := range all {
		forth.Add(d)
		back.Add(all[len(all)-1-i])
		if i%2 == 0 {
			even.Add(d)
		} else if i < len(all)/8 {
			odd.Add(d)
		}
	}
	for i := len(all) / 8; i < len(all); i++ {
		if i%2 == 1 {
			odd.Add(all[i])
		}
	}
	odd.Merge(&even)
	for _, percent := range []int{50, 95, 99} {
		want := forth.Quantile(percent)
		require.Equal(t, want, back.Quantile(percent))
		require.Equal(t, want, odd.Quantile(percent))
		exact := sorted[(len(all)*percent+99)/100-1]
		require.LessOrEqual(t, want, exact)
		require.Less(t, exact-want, time.Millisecond)
	}
	require.LessOrEqual(t, len(forth.counts), maxDistinct)
	require.Greater(t, 2*len(forth.counts), maxDistinct/2, "no coarser than it must be")
}

func TestGauge(t *testing.T) {
	var a, b, none Gauge
	for i, at := range []time.Duration{3 * time.Second, time.Second, 6 * time.Second} {
		g := &a
		if i == 2 {
			g = &b
		}
		g.Slot(at)
		g.Begun(30 * time.Millisecond)
		g.Over([]int{200, 503, 0}[i], time.Duration(i+1)*time.Millisecond)
	}
	a.Merge(&b)
	a.Merge(&none)
	require.Equal(t, history.Load{
		Hits: 3, SuccessRatio: 1.0 / 3, P50: 2, P95: 3, P99: 3, PlannedRate: 0.6, AchievedRate: 0.6, Late: 30 * time.Millisecond, Interrupted: true,
	}, a.Load(true))
	require.Equal(t, history.Load{}, none.Load(false))
}
