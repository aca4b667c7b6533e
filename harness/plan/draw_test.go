package plan

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTableHoldsLogarithms(t *testing.T) {
	for i, v := range expTable {
		require.InDelta(t, -math.Log1p(-float64(i)/512)*(1<<32), v, 1, "%d", i)
	}
}

// Within one cell the table is read on a straight line; it must stay close to
// the curve, or the draws are not exponential.
func TestInterpolationIsClose(t *testing.T) {
	for i := range 256 {
		middle := -math.Log1p(-(float64(i)+0.5)/512) * (1 << 32)
		line := float64(expTable[i]+expTable[i+1]) / 2
		require.InDelta(t, middle, line, 2e-6*(1<<32))
	}
}

func TestExponentialOfLongMeansDoesNotOverflow(t *testing.T) {
	s := newStream(1, "x")
	for range 100_000 {
		d := s.exponential(30 * 24 * time.Hour)
		require.GreaterOrEqual(t, d, time.Duration(0))
		require.Less(t, d, 33*30*24*time.Hour)
	}
}

// Quantiles of the exponential law, over half-lives and within one.
func TestExponentialQuantiles(t *testing.T) {
	const n = 400_000
	s := newStream(7, "quantiles")
	below := map[float64]int{0.1: 0, 0.25: 0, 0.5: 0, 0.7: 0, 0.9: 0, 0.99: 0}
	for range n {
		d := s.exponential(time.Second).Seconds()
		for q := range below {
			if d < -math.Log1p(-q) {
				below[q]++
			}
		}
	}
	for q, got := range below {
		require.InDelta(t, q, float64(got)/n, 4*math.Sqrt(q*(1-q)/n))
	}
}

func TestTwoDigits(t *testing.T) {
	for in, want := range map[float64]float64{
		123.4: 120, 12.34: 12, 1.29: 1.2, 1: 1, 10: 10, 99.99: 99, 0.5: 0.5, 100: 100, 1000: 1000, 66.7: 66, 98765: 98000, 0: 0,
	} {
		require.Equal(t, want, twoDigits(in), "%v", in)
	}
}
