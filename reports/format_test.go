package reports

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/result"
)

func TestPercentNeverRoundsToNoneOrAll(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0 %", 1: "100 %", 0.5: "50.0 %", 0.1533: "15.3 %", 0.99963: "99.963 %",
		0.9999: "99.990 %", 0.00092: "0.092 %", 0.00001: "0.0010 %",
		1e-9: "<0.0001 %", 1 - 1e-9: ">99.9999 %", math.NaN(): "not measured",
	} {
		require.Equal(t, want, plain(percent(v)), "%v", v)
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 250 * time.Microsecond: "250 µs", 375 * time.Millisecond: "375 ms",
		2500 * time.Millisecond: "2.5 s", 15 * time.Minute: "15 min", 90 * time.Second: "1 min 30 s",
		90 * time.Minute: "1 h 30 min", 30 * 24 * time.Hour: "30 d", -25 * time.Second: "-25 s",
	} {
		require.Equal(t, want, plain(span(d)), d.String())
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -4000: "-4,000"} {
		require.Equal(t, want, count(n))
	}
}

func TestCompressionIsExplained(t *testing.T) {
	require.Equal(t, "120: 60 s in the scenario = 500 ms in this run", plain(compression(120)))
	require.Contains(t, compression(1), "none")
}

func TestRateWithoutSampleIsNotMeasured(t *testing.T) {
	require.Equal(t, "not measured", rateText(result.Rate{}))
	empty := Run{Result: &result.Result{}}
	require.Equal(t, "not measured", rowView(empty, "", true).Rate)
	require.Nil(t, compareOf(empty))
}

func TestStacksStandOnEachOther(t *testing.T) {
	base := []int{0, 0, 0}
	require.Equal(t, "M1 1000h8v-200h-8zM21 1000h8v-400h-8z", stackPath([]int{1, 0, 2}, base, 5))
	require.Equal(t, "M1 800h8v-800h-8z", stackPath([]int{4}, base, 5))
	require.Equal(t, []int{5, 0, 2}, base)
}

func TestNiceTop(t *testing.T) {
	for n, want := range map[int]int{0: 1, 1: 1, 3: 4, 5: 6, 7: 10, 9: 10, 11: 20, 38: 40, 99: 100, 401: 600} {
		require.Equal(t, want, niceTop(n), "%d", n)
	}
}

func TestBandsStayOnThePlot(t *testing.T) {
	faults := []result.Fault{
		{Name: "until the end", AtS: 5}, {Name: "beyond", AtS: 8, ForS: 60},
		{Name: "short, at the end", AtS: 10, ForS: 0.001}, {Name: "early", AtS: -1, ForS: 2},
	}
	for _, b := range bandsOf(faults, 10*time.Second) {
		require.GreaterOrEqual(t, b.Left, 0.0, b.Label)
		require.LessOrEqual(t, b.Left+b.Width, 100.0, b.Label)
		require.Positive(t, b.Width, b.Label)
	}
	require.Equal(t, 50.0, bandsOf(faults, 10*time.Second)[0].Left)
}

func TestWrap(t *testing.T) {
	require.Equal(t, []string{"one two", "three"}, wrap("one  two\nthree", 8, 5))
	require.Equal(t, []string{"abcdefg\u2026"}, wrap("abcdefghijkl", 8, 5))
	require.Equal(t, []string{"a b", "c \u2026"}, wrap("a b c d e f", 3, 2))
	require.Empty(t, wrap("", 8, 5))
	for _, line := range wrap(strings.Repeat("word ", 200), 47, 5) {
		require.LessOrEqual(t, len([]rune(line)), 47)
	}
}

// A lane that a story does not name must not send an arrow to nowhere.
func TestSequenceWithUnknownLanes(t *testing.T) {
	q := sequenceOf(Story{
		Lanes: []Lane{{"user", "User 1"}, {"app-1", "app-1"}},
		Steps: []Step{{From: "user", To: "ghost"}, {From: "ghost", To: "app-1"}, {From: "user", To: "app-1", Via: []string{"ghost"}}},
	}, "s")
	require.NotNil(t, q.Rows[0].Box)
	require.NotNil(t, q.Rows[1].Box)
	require.Nil(t, q.Rows[2].Box)
	require.Empty(t, q.Rows[2].Dots)
}

func TestMarkdownCodeIsFenced(t *testing.T) {
	require.Equal(t, "`a  b`", mdCode("a  b"))
	require.Equal(t, "`` a `b` c ``", mdCode("a `b`\nc"))
}

func TestRankedIsStable(t *testing.T) {
	require.Equal(t, []tally{{"c", 5}, {"a", 2}, {"b", 2}}, ranked(map[string]int{"b": 2, "a": 2, "c": 5, "none": 0}))
}
