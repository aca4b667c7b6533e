package scenario_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

func TestBoundCheck(t *testing.T) {
	for _, c := range []struct {
		bound     string
		count, of int
		holds     bool
	}{
		{"0", 0, 100, true}, {"0", 1, 100, false}, {"0", 0, 0, false}, {"= 12", 12, 50, true}, {"= 12", 11, 50, false},
		{"> 1%", 1, 100, false}, {"> 1%", 2, 100, true}, {"> 1%", 1, 99, true}, {"> 1%", 0, 0, false},
		{">= 100", 100, 100, true}, {">= 100", 99, 100, false}, {"< 5", 4, 9, true}, {"< 5", 5, 9, false},
		{"<= 0.1%", 1, 1000, true}, {"<= 0.1%", 2, 1000, false},
		{"40%..60%", 40, 100, true}, {"40%..60%", 60, 100, true}, {"40%..60%", 61, 100, false}, {"40%..60%", 39, 100, false},
		{"3..5", 3, 9, true}, {"3..5", 6, 9, false},
		{"~ 80%", 800, 1000, true}, {"~ 80%", 760, 1000, true}, {"~ 80%", 750, 1000, false}, {"~ 80%", 850, 1000, false},
		{"~ 80%", 0, 0, false}, {"100%", 7, 7, true}, {"100%", 6, 7, false},
		{"< 0.1% at 95%", 0, 3688, true}, {"< 0.1% at 95%", 0, 3687, false}, {"< 0.1% at 95%", 1, 5000, false}, {"<= 1% at 99%", 0, 1000, true},
		{"> 50% at 95%", 61, 100, true}, {"> 50% at 95%", 60, 100, false}, {">= 50% at 95%", 0, 0, false},
	} {
		b, err := scenario.ParseBound(c.bound)
		require.NoError(t, err, c.bound)
		holds, observed := b.Check(c.count, c.of)
		require.Equal(t, c.holds, holds, "%s of %d in %d: %s", c.bound, c.count, c.of, observed)
		require.NotEmpty(t, observed)
	}
}

func TestObservedReadsWell(t *testing.T) {
	for _, c := range []struct {
		bound     string
		count, of int
		observed  string
	}{
		{"0", 3, 400, "3 of 400"},
		{"> 1%", 61, 400, "15.25% of 400 (61)"},
		{"> 1%", 1, 1000000, "0.01% of 1000000 (1)"},
		{"~ 80%", 80, 100, "80.00% of 100 (80), 99.9 % interval 64.36%..91.06%"},
	} {
		b, err := scenario.ParseBound(c.bound)
		require.NoError(t, err)
		_, observed := b.Check(c.count, c.of)
		require.Equal(t, c.observed, observed)
	}
}

func TestBoundString(t *testing.T) {
	for in, out := range map[string]string{
		"=0": "0", " 12 ": "12", ">1%": "> 1%", ">=  1.50 %": ">= 1.5%", "40% .. 60%": "40%..60%", "~80%": "~ 80%", "< 007": "< 7", "<0.1% at 95.0%": "< 0.1% at 95%", "<1.5s": "< 1500ms", "10 ms .. 0.02s": "10ms..20ms",
	} {
		b, err := scenario.ParseBound(in)
		require.NoError(t, err, in)
		require.Equal(t, out, b.String())
	}
}

func TestBadBounds(t *testing.T) {
	for _, in := range []string{"", "%", "> ", "1.", ".5%", "-1", "1e3", "101%", "100.000001%", "~ 5", "5..3", "1%..3", "1..", "> 1..2", "0.5", "1.1234567%", "9999999999999", "NaN", ">> 1", ">= 0", ">=0.0%", "<= 100%", "0%..100%", "< 0", "< 0%", "> 100%",
		"< 5 at 95%", "1% at 95%", "~ 1% at 95%", "1%..2% at 95%", "< 1% at 100%", "< 1% at 5%", "< 1% at 95", "< 1% at", "< 5ms at 95%", "~ 5ms", "5ms..6", "< 0ms", "5us", "9999999s"} {
		_, err := scenario.ParseBound(in)
		require.Error(t, err, in)
	}
}

func TestCheckSpan(t *testing.T) {
	for _, c := range []struct {
		bound string
		d     time.Duration
		holds bool
	}{
		{"< 250ms", 249 * time.Millisecond, true}, {"< 250ms", 250 * time.Millisecond, false}, {"<= 0.25s", 250 * time.Millisecond, true},
		{"10ms..20ms", 15 * time.Millisecond, true}, {"10ms..20ms", 21 * time.Millisecond, false}, {"> 1s", 1001 * time.Millisecond, true},
	} {
		b, err := scenario.ParseBound(c.bound)
		require.NoError(t, err)
		holds, observed := b.CheckSpan(c.d)
		require.Equal(t, c.holds, holds, "%s: %s", c.bound, observed)
	}
}

func FuzzParseBound(f *testing.F) {
	for _, s := range []string{"0", "> 1%", ">= 100", "< 5", "<= 0.1%", "= 12", "40%..60%", "~ 80%", "< 1% at 95%", "10ms..1.5s", "x", ".."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := scenario.ParseBound(s)
		if err != nil {
			return
		}
		again, err := scenario.ParseBound(b.String())
		require.NoError(t, err)
		require.Equal(t, b, again)
	})
}

// The exact intervals of Clopper and Pearson as statistics texts and R's
// binom.test give them.
func TestIntervalAgainstTables(t *testing.T) {
	for _, c := range []struct {
		count, of int
		level     float64
		lo, hi    float64
	}{
		{0, 10, 0.95, 0, 0.3084971},
		{1, 10, 0.95, 0.002528579, 0.4450161},
		{5, 10, 0.95, 0.1870860, 0.8129140},
		{10, 10, 0.95, 0.6915029, 1},
		{682, 925, 0.95, 0.7076683, 0.7654066},
		{0, 0, 0.95, 0, 1},
	} {
		lo, hi := scenario.Interval(c.count, c.of, c.level)
		require.InDelta(t, c.lo, lo, 1e-6, "%d of %d", c.count, c.of)
		require.InDelta(t, c.hi, hi, 1e-6, "%d of %d", c.count, c.of)
	}
}

// With a single count at an edge the interval has a closed form.
func TestIntervalClosedForms(t *testing.T) {
	for _, n := range []int{1, 7, 1000, 100_000, 50_000_000} {
		for _, level := range []float64{0.95, 0.999} {
			edge := math.Pow((1-level)/2, 1/float64(n))
			_, hi := scenario.Interval(0, n, level)
			require.InEpsilon(t, -math.Expm1(math.Log((1-level)/2)/float64(n)), hi, 1e-6, "%d", n)
			lo, _ := scenario.Interval(n, n, level)
			require.InEpsilon(t, edge, lo, 1e-9)
		}
	}
}

func TestIntervalOfManyMeetsTheNormalOne(t *testing.T) {
	const n, p = 10_000_000, 0.8
	lo, hi := scenario.Interval(8_000_000, n, 0.95)
	half := 1.959964 * math.Sqrt(p*(1-p)/n)
	require.InDelta(t, p-half, lo, 1e-6)
	require.InDelta(t, p+half, hi, 1e-6)
}

func TestIntervalProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5000).Draw(t, "of")
		k := rapid.IntRange(0, n).Draw(t, "count")
		lo, hi := scenario.Interval(k, n, 0.95)
		share := float64(k) / float64(n)
		require.True(t, 0 <= lo && lo <= share && share <= hi && hi <= 1)
		wlo, whi := scenario.Interval(k, n, 0.999)
		require.True(t, wlo <= lo && hi <= whi, "a higher level is wider")
		mlo, mhi := scenario.Interval(n-k, n, 0.95)
		require.InDelta(t, 1-hi, mlo, 1e-9, "mirror")
		require.InDelta(t, 1-lo, mhi, 1e-9, "mirror")
	})
}

func TestDurations(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"25s": 25 * time.Second, "+25s": 25 * time.Second, "-1m30s": -90 * time.Second, "15m": 15 * time.Minute, "12h": 12 * time.Hour,
		"30d": 720 * time.Hour, "1d12h": 36 * time.Hour, "0": 0, "0s": 0, "1.5s": 1500 * time.Millisecond, "-2d": -48 * time.Hour,
	} {
		d, err := scenario.ParseDuration(in)
		require.NoError(t, err, in)
		require.Equal(t, want, d, in)
	}
	for _, in := range []string{"", "25", "d", "1.5d", "--1s", "+-1s", "1d-1h", "1d+1h", "5 m", "15min", "1w", "-", "-0", "5", "1e9s"} {
		_, err := scenario.ParseDuration(in)
		require.EqualError(t, err, "not a duration with a unit", in)
	}
	for _, in := range []string{"3651d", "99999999999d", "-70000d", "99999999h", "3650d1ns"} {
		_, err := scenario.ParseDuration(in)
		require.EqualError(t, err, "longer than 3650d", in)
	}
	for d, want := range map[time.Duration]string{
		0: "0s", 720 * time.Hour: "30d", 90 * time.Second: "1m30s", time.Hour: "1h", 36 * time.Hour: "1d12h", -25 * time.Second: "-25s", 1500 * time.Microsecond: "1.5ms", 10 * time.Minute: "10m", time.Hour + time.Second: "1h0m1s",
	} {
		require.Equal(t, want, scenario.FormatDuration(d))
	}
}

func TestDurationsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(-int64(3000*24*time.Hour), int64(3000*24*time.Hour)).Draw(t, "d"))
		back, err := scenario.ParseDuration(scenario.FormatDuration(d))
		require.NoError(t, err)
		require.Equal(t, d, back)
	})
}
