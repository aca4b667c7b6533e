package result

import (
	"fmt"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

const (
	maxUnknown  = 0.01 // of the actions
	minAchieved = 0.9  // of the planned rate
	maxLag      = 0.2  // of the planned duration

	// maxStall is half of what the shortest timeout in the system is (a store
	// call, one second): after a longer one, errors are the machine's.
	maxStall = 500 * time.Millisecond
)

// outcome decides, and says why if it is not a pass.
func outcome(h history.Header, j *oracle.Judgement, r *Result) (Outcome, string) {
	doubted := doubts(h, j, r)
	var failed []string
	for _, x := range r.Expectations {
		switch {
		case x.Elsewhere:
		case x.Unmeasured:
			doubted = append(doubted, fmt.Sprintf("expected %s, observed %s", x.Text, x.Observed))
		case !x.Holds:
			failed = append(failed, fmt.Sprintf("expected %s, observed %s", x.Text, x.Observed))
		}
	}
	why := strings.Join(append(doubted, failed...), "; ")
	switch {
	case len(doubted) > 0:
		return Unknown, why
	case len(failed) > 0:
		return Fail, why
	}
	return Pass, ""
}

// doubts lists why the run proves nothing, if so.
func doubts(h history.Header, j *oracle.Judgement, r *Result) []string {
	var list []string
	doubt := func(is bool, format string, args ...any) {
		if is {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	doubt(!j.Complete, "the history has no end: the run was killed")
	doubt(j.Load != nil && j.Load.Interrupted, "the run was interrupted")
	for _, f := range r.Faults {
		doubt(f.Vacuous, "the fault %s at %s left no mark: what it should show was not tested", f.Name, scenarioTime(f.AtS, r.Compress))
	}
	doubt(j.ValidActions == 0 && r.Verdicts.Lockout == 0, "no page was opened by a user who should be logged in")
	unknown := r.Verdicts.Unknown
	doubt(float64(unknown) > maxUnknown*float64(r.Actions), "%s of %s could not be judged", thousands(unknown), plural(r.Actions, "action"))
	return append(list, behind(h, j.Load)...)
}

// behind says how the machine was too slow for the run, if it was. load is nil
// for a run without an end.
func behind(h history.Header, load *history.Load) []string {
	if load == nil {
		return nil
	}
	const advice = ": use fewer users or a smaller --compress"
	var list []string
	if load.AchievedRate < minAchieved*load.PlannedRate {
		list = append(list, fmt.Sprintf("the load generator reached %.1f of %.1f actions a second", load.AchievedRate, load.PlannedRate)+advice)
	}
	if load.MaxLag > maxStall || float64(load.MaxLag) > maxLag*float64(h.Planned) {
		list = append(list, fmt.Sprintf("an action started %v late", load.MaxLag)+advice)
	}
	if pause := pause(h); load.Late > pause/2 && pause > 0 {
		list = append(list, fmt.Sprintf("actions began %v late on average, where a user pauses for %v: users could not do what was planned", load.Late, pause)+advice)
	}
	if slow := time.Duration(load.P95 * float64(time.Millisecond)); len(h.Faults) == 0 && h.Compress > 1 && slow > maxStall {
		list = append(list, fmt.Sprintf("5 %% of the actions took more than %v although nothing was injected", slow.Round(time.Millisecond))+advice)
	}
	return list
}

// pause is the mean time between two actions of a user.
func pause(h history.Header) time.Duration {
	if h.Actions == 0 {
		return 0
	}
	return time.Duration(float64(h.Planned) * float64(h.Users) / float64(h.Actions))
}

// scenarioTime writes seconds of the run as the scenario has them.
func scenarioTime(s, compress float64) string {
	d := time.Duration(s * max(compress, 1) * float64(time.Second))
	return scenario.FormatDuration(d.Round(time.Millisecond))
}
