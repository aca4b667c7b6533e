package agree

import (
	"fmt"
	"maps"
	"slices"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

const (
	level     = 0.999 // of the intervals
	tolerance = 2     // the factor that a rate may be off by where real time decides
)

// Harms are the kinds of harm that have causes, as [Cell.Causes] calls them.
var Harms = [...]string{"spurious_logouts", "ghost_sessions", "wrong_identity", "lockouts"}

// realTime says of faults why their effect takes real time, however far a run
// is compressed.
var realTime = map[string]string{
	"node_kill":      "how soon a dead node is found out is the balancer's own, in real time",
	"node_stop":      "how long a process takes to end and to start is real time",
	"node_restart":   "how long a process takes to end and to start is real time",
	"connection_cut": "what is under way at the moment of a cut depends on how long a request takes, in real time",
	"store_down":     "how long a store takes to end and to start is real time",
}

// cellOf sums a result up.
func cellOf(r *result.Result) *Cell {
	c := &Cell{
		Outcome: r.Outcome, Why: r.Why, Causes: map[string]string{},
		SpuriousLogout: wide(r.Rates.SpuriousLogout), GhostSession: wide(r.Rates.GhostSession),
	}
	for i, causes := range []map[string]int{r.Causes, r.GhostCauses, r.IdentityCauses, r.LockoutCauses} {
		if name := most(causes); name != "" {
			c.Causes[Harms[i]] = name
		}
	}
	return c
}

// wide is a rate with its interval at 99.9 %.
func wide(r result.Rate) result.Rate {
	r.Lo, r.Hi = scenario.Interval(r.Count, r.Of, level)
	return r
}

// most is the most frequent cause, "" if there is none.
func most(causes map[string]int) string {
	name, count := "", 0
	for _, c := range slices.Sorted(maps.Keys(causes)) {
		if causes[c] > count {
			name, count = c, causes[c]
		}
	}
	return name
}

// judge compares a run of a variant with that in the first column, and says why
// it does not simply agree.
func judge(a, b *Cell, faults []history.PlannedFault) (Verdict, []string) {
	for _, c := range []*Cell{a, b} {
		switch {
		case c == nil:
			return Unknown, []string{"not run everywhere"}
		case c.Outcome == result.Unknown:
			return Unknown, []string{"the outcome is unknown: " + c.Why}
		}
	}
	var why []string
	if a.Outcome != b.Outcome {
		why = append(why, fmt.Sprintf("the outcome is %s, not %s: %s", b.Outcome, a.Outcome, a.Why+b.Why))
	}
	for _, kind := range Harms {
		if was, is := a.Causes[kind], b.Causes[kind]; was != is && was != "" && is != "" {
			why = append(why, fmt.Sprintf("the main cause of %s is %s, not %s", kind, is, was))
		}
	}
	alike, rates := len(why) == 0, apart(a, b)
	for _, p := range rates {
		why = append(why, fmt.Sprintf("the 99.9 %% intervals of %s do not overlap", p.name))
	}
	reason := timing(faults)
	switch {
	case len(why) == 0:
		return Agrees, nil
	case alike && reason != "" && a.Outcome == result.Pass && !slices.ContainsFunc(rates, pair.far):
		return Explained, append(why, fmt.Sprintf("both meet the expectations, within a factor of %d; %s", tolerance, reason))
	}
	return Differs, why
}

// pair is what a rate is in two runs.
type pair struct {
	name string
	a, b result.Rate
}

// apart are the rates that differ by more than chance: no share is within the
// intervals of both.
func apart(a, b *Cell) []pair {
	all := []pair{{Harms[0], a.SpuriousLogout, b.SpuriousLogout}, {Harms[1], a.GhostSession, b.GhostSession}}
	return slices.DeleteFunc(all, func(p pair) bool { return p.a.Hi >= p.b.Lo && p.b.Hi >= p.a.Lo })
}

// far says that a rate is off by more than the tolerance.
func (p pair) far() bool {
	return p.a.Value > tolerance*p.b.Value || p.b.Value > tolerance*p.a.Value
}

// timing is why the faults' effect takes real time, "" if it does not.
func timing(faults []history.PlannedFault) string {
	for _, f := range faults {
		if reason := realTime[f.Name]; reason != "" {
			return f.Name + ": " + reason
		}
	}
	return ""
}
