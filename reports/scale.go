package reports

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// scale is how many times faster a run was than its scenario. A reader thinks
// in scenario time; what was measured is in the run's.
type scale float64

// one tells whether the run took as long as the scenario says.
func (k scale) one() bool { return k <= 0 || k == 1 }

// stretch turns a duration of the run into scenario time.
func (k scale) stretch(d time.Duration) time.Duration {
	if k.one() {
		return d
	}
	return time.Duration(float64(d) * float64(k)).Round(time.Millisecond)
}

// span is a duration of the run as the scenario has it.
func (k scale) span(d time.Duration) string {
	d = k.stretch(d)
	if d >= time.Minute {
		d = d.Round(time.Second)
	}
	return span(d)
}

// run is the same on the run's own clock; "" if there is no difference.
func (k scale) run(d time.Duration) string {
	if k.one() {
		return ""
	}
	return "run " + span(d)
}

// both is a duration of the run on both clocks: "1 min (run 2 s)".
func (k scale) both(d time.Duration) string {
	if k.one() || d == 0 {
		return span(d)
	}
	return k.span(d) + " (" + k.run(d) + ")"
}

// beside is what was measured on the run's clock, with scenario time beside it:
// "250 ms (25 s in the scenario)".
func (k scale) beside(d time.Duration) string {
	if k.one() || d == 0 {
		return span(d)
	}
	return span(d) + " (" + k.span(d) + " in the scenario)"
}

// param is a fault's setting, with what became of a duration beside it.
func (k scale) param(word string) string {
	d, err := scenario.ParseDuration(word)
	if err != nil || d == 0 || k.one() {
		return word
	}
	return word + " (run " + span(time.Duration(float64(d)/float64(k))) + ")"
}
