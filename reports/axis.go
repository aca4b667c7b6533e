package reports

import (
	"math"
	"strconv"
	"time"
)

// tick is a mark on an axis, in percent.
type tick struct {
	At         float64
	Label, Sub string
}

// niceTop is the axis's end: 1, 2, 4, 6 or 10 times a power of ten, at least n.
func niceTop(n int) int {
	for scale := 1; ; scale *= 10 {
		for _, m := range []int{1, 2, 4, 6} {
			if m*scale >= n {
				return m * scale
			}
		}
	}
}

// countTicks marks the axis's ends and, unless it is odd, its middle.
func countTicks(top int) []tick {
	if top == 1 {
		return []tick{{At: 0, Label: "0"}, {At: 100, Label: "1"}}
	}
	return []tick{{At: 0, Label: "0"}, {At: 50, Label: trim(float64(top) / 2)}, {At: 100, Label: count(top)}}
}

// timeTicks marks round times of the scenario, and what they are in the run.
func timeTicks(whole time.Duration, k scale) []tick {
	length := k.stretch(whole)
	step := roundStep(length)
	var out []tick
	for d := time.Duration(0); d <= length; d += step {
		t := tick{At: part(d, length), Label: span(d)}
		if !k.one() {
			t.Sub = tickSpan(time.Duration(float64(d) / float64(k)))
		}
		out = append(out, t)
	}
	return out
}

// roundStep is the smallest of the usual steps that marks a length at most
// seven times.
func roundStep(length time.Duration) time.Duration {
	const day = 24 * time.Hour
	for unit := time.Millisecond; unit < time.Second; unit *= 10 {
		for _, m := range []time.Duration{1, 2, 5} {
			if length <= 6*m*unit {
				return m * unit
			}
		}
	}
	for _, unit := range []time.Duration{time.Second, time.Minute} {
		for _, m := range []time.Duration{1, 2, 5, 10, 15, 30} {
			if length <= 6*m*unit {
				return m * unit
			}
		}
	}
	for _, step := range []time.Duration{time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour} {
		if length <= 6*step {
			return step
		}
	}
	days := (length + 6*day - 1) / (6 * day)
	return max(days, 1) * day
}

// tickSpan keeps what tells the run's times apart.
func tickSpan(d time.Duration) string {
	if d < time.Second || d >= time.Minute {
		return span(d)
	}
	return strconv.FormatFloat(math.Round(d.Seconds()*100)/100, 'f', -1, 64) + nbsp + "s"
}
