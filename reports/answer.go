package reports

import (
	"fmt"
	"strings"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// answer is what a report opens with: what was found, in a sentence.
func answer(s Suite) string {
	groups := s.groups()
	switch len(groups) {
	case 0:
		return "Nothing was run, so nothing was found."
	case 1:
		return answerOne(s, groups[0])
	}
	text := reproduced(s, groups)
	if text == "" {
		text = plural(s.Totals().Pass, "variant", "variants") + " as expected"
	}
	return text + amiss(s) + "."
}

// amiss counts the variants that are not as expected; "" if all are.
func amiss(s Suite) string {
	t := s.Totals()
	text := ""
	if t.Fail > 0 {
		text += fmt.Sprintf("; %s not as expected", plural(t.Fail, "variant", "variants"))
	}
	if unknown := t.Unknown - t.NotRun; unknown > 0 {
		text += fmt.Sprintf("; %s unknown", plural(unknown, "variant", "variants"))
	}
	return text + missing(t)
}

// answerOne is the answer of a report on one scenario: its bug and its cures.
func answerOne(s Suite, g group) string {
	if r, found := culprit(g.Runs); found {
		return s.told(r) + missing(s.Totals()) + "."
	}
	if len(g.Runs) == 1 {
		return g.Runs[0].Result.Headline + missing(s.Totals()) + "."
	}
	views := 0
	for _, r := range g.Runs {
		views += overall(r.Result).Rates.SpuriousLogout.Of
	}
	if views == 0 {
		return "Nothing was measured" + amiss(s) + "."
	}
	return fmt.Sprintf("Nobody was harmed in %s of %s%s.", plural(views, "page view", "page views"), plural(len(g.Runs), "variant", "variants"), amiss(s))
}

// missing tells of variants that were to be run and were not, or could not be.
func missing(t Totals) string {
	text := ""
	if t.NotRun > 0 {
		text += fmt.Sprintf("; %s not run", plural(t.NotRun, "variant", "variants"))
	}
	if t.Excluded > 0 {
		text += fmt.Sprintf("; %s left out, which these parts cannot do", plural(t.Excluded, "variant", "variants"))
	}
	return text
}

// reproduced counts the culprits that showed their bug and the cures that hold.
// The culprits are the scenarios with a variant that is to show a bug; a cure
// counts if it met a bug that was shown, and is told beside if it met it under
// another workload.
func reproduced(s Suite, groups []group) string {
	var culprits, shown, cures, hold, others int
	for _, g := range groups {
		is, all := false, true
		for _, r := range g.Runs {
			if showsBug(r) {
				is, all = true, all && passed(r)
			}
		}
		culprits += one(is)
		shown += one(is && all)
		for _, f := range fatesOf(s, g) {
			cures += one(f != apart)
			others += one(f == apart)
			hold += one(f == proven)
		}
	}
	if culprits == 0 {
		return ""
	}
	text := fmt.Sprintf("%d of %s reproduced, %s", shown, plural(culprits, "culprit", "culprits"), held(hold, cures))
	if others > 0 {
		text += fmt.Sprintf(" (%s under another workload)", plural(others, "more was run", "more were run"))
	}
	return text
}

// held says how many cures hold.
func held(hold, cures int) string {
	switch {
	case cures == 0:
		return "no cure was run"
	case cures == 1 && hold == 1:
		return "the one cure holds"
	case hold == cures:
		return fmt.Sprintf("all %d cures hold", cures)
	default:
		return fmt.Sprintf("%d of %s", hold, plural(cures, "cure holds", "cures hold"))
	}
}

// fatesOf is what became of each of a scenario's cures that ran: the worst, if
// it met several bugs.
func fatesOf(s Suite, g group) map[string]fate {
	fates := map[string]fate{}
	for _, r := range g.Runs {
		for _, m := range s.remedies(r) {
			if m.Fate == harmless || m.Fate == unrun {
				continue
			}
			for _, n := range m.Names {
				fates[n.Name] = max(fates[n.Name], m.Fate)
			}
		}
	}
	return fates
}

// showsBug tells whether a run is there to show a bug: it expects some harm.
func showsBug(r Run) bool {
	for _, x := range r.Header.Expect {
		switch x.Metric {
		case "spurious_logouts", "ghost_sessions", "wrong_identity", "lockouts":
			b, err := scenario.ParseBound(x.Bound)
			if err != nil {
				continue
			}
			if none, _ := b.Check(0, 1_000_000); !none {
				return true
			}
		}
	}
	return false
}

// headline is a run in a sentence, as its result has it.
func headline(r Run) string { return r.Result.Headline }

// outcomeWords is an outcome as the reader sees it.
func outcomeWords(o result.Outcome) string {
	switch o {
	case result.Pass:
		return "as expected"
	case result.Fail:
		return "not as expected"
	default:
		return "unknown"
	}
}

// outcomeClass is the CSS class of an outcome's chip.
func outcomeClass(o result.Outcome) string {
	if o == result.Pass || o == result.Fail {
		return string(o)
	}
	return string(result.Unknown)
}

// mainCause is the largest cause of a run's logouts or, without logouts, of
// its ghost sessions.
func mainCause(res *result.Result) (string, float64) {
	if name, part := dominant(res.Causes); name != "" {
		return name, part
	}
	return dominant(res.GhostCauses)
}

// worstCause is the main cause or, without one, the largest of the pages of
// somebody else's, or of the lockouts.
func worstCause(r Run) (string, float64) {
	r = overallRun(r)
	if name, part := mainCause(r.Result); name != "" {
		return name, part
	}
	if name, part := dominant(r.Causes[oracle.WrongIdentity]); name != "" {
		return name, part
	}
	return dominant(r.Causes[oracle.Lockout])
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
