package plan_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/plan"
)

// TestDiceOfEachSource: a source's numbers do not depend on what others draw,
// and are the nth ones.
func TestDiceOfEachSource(t *testing.T) {
	p := &plan.Plan{Seed: 7}
	alone, crowd := p.Dice("balancer"), p.Dice("balancer")
	for nth := range uint32(50) {
		for other := range uint64(5) {
			crowd.Draw(100+other, 6)
		}
		want := alone.Draw(1, 6)
		require.Equal(t, want, crowd.Draw(1, 6))
		require.Equal(t, want, plan.Throw(p.Dice("balancer").Start(1), nth, 6))
	}
}

// TestDiceAreFair is a chi-square test over sources and over one source's
// numbers: 5 degrees of freedom, 20.52 is the 0.1 % point.
func TestDiceAreFair(t *testing.T) {
	d := (&plan.Plan{Seed: 3}).Dice("balancer")
	for name, draw := range map[string]func(i int) int{
		"of one source":        func(int) int { return d.Draw(1, 6) },
		"the first of sources": func(i int) int { return d.Draw(uint64(10+i), 6) },
	} {
		t.Run(name, func(t *testing.T) {
			const n = 60_000
			var seen [6]float64
			for i := range n {
				seen[draw(i)]++
			}
			var chi float64
			for _, k := range seen {
				chi += (k - n/6) * (k - n/6) / (n / 6)
			}
			require.Less(t, chi, 20.52)
		})
	}
}
