package result

import (
	"fmt"
	"strings"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
)

const (
	maxUnknown  = 0.01 // of the actions
	minAchieved = 0.9  // of the planned rate
	maxLag      = 0.2  // of the planned duration
)

// outcome decides, and says why if it is not a pass.
func outcome(h history.Header, j *oracle.Judgement, r *Result) (Outcome, string) {
	doubted := doubts(h, j, r)
	var failed []string
	for _, x := range r.Expectations {
		if !x.Holds {
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
		doubt(f.Vacuous, "the fault %s at %v s left no mark: what it should show was not tested", f.Name, f.AtS)
	}
	doubt(j.ValidActions == 0, "no page was opened by a user who should be logged in")
	unknown := r.Verdicts.Unknown
	doubt(float64(unknown) > maxUnknown*float64(r.Actions), "%d of %d actions could not be judged", unknown, r.Actions)
	if j.Load == nil {
		return list
	}
	doubt(j.Load.AchievedRate < minAchieved*j.Load.PlannedRate, "the load generator reached %.1f of %.1f actions a second: use fewer users or a smaller --compress",
		j.Load.AchievedRate, j.Load.PlannedRate)
	doubt(float64(j.Load.MaxLag) > maxLag*float64(h.Planned), "an action started %v late: use fewer users or a smaller --compress", j.Load.MaxLag)
	return list
}
