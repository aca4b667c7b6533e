package reports

import (
	"fmt"
	"strings"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
)

// answer is what a report opens with: what was found, in a sentence.
func answer(s Suite) string {
	switch {
	case len(s.Runs) == 0:
		return "Nothing was run, so nothing was found."
	case len(s.Runs) == 1:
		return headline(s.Runs[0])
	}
	parts := reproduced(s)
	t := s.Totals()
	tail := fmt.Sprintf("%s as expected, %s not", plural(t.Pass, "variant", "variants"), count(t.Fail))
	if t.Unknown > 0 {
		tail += fmt.Sprintf(", %s unknown", count(t.Unknown))
	}
	if parts == "" {
		return upper(tail) + "."
	}
	return upper(parts) + ": " + tail + "."
}

// reproduced counts the culprits that showed their bug and the cures that hold.
// The culprits are the scenarios with a broken variant.
func reproduced(s Suite) string {
	var culprits, shown, cures, hold int
	for _, g := range s.groups() {
		has := false
		for _, r := range g.Runs {
			if isBroken(r) {
				has = true
				shown += one(passed(r))
			}
		}
		if !has {
			continue
		}
		culprits++
		for _, r := range g.Runs {
			if !isBroken(r) {
				cures++
				hold += one(passed(r))
			}
		}
	}
	if culprits == 0 {
		return ""
	}
	text := fmt.Sprintf("%d of %s reproduced", shown, plural(culprits, "culprit", "culprits"))
	switch {
	case cures == 0:
		return text
	case hold == cures:
		return text + ", every cure holds"
	default:
		return text + fmt.Sprintf(", %d of %s", hold, plural(cures, "cure holds", "cures hold"))
	}
}

// headline is a run in a sentence: the judge's own, or one made here.
func headline(r Run) string {
	res := r.Result
	if res.Headline != "" {
		return res.Headline
	}
	if res.Verdicts.SpuriousLogout == 0 && res.Verdicts.GhostSession == 0 {
		if res.Rates.SpuriousLogout.Of == 0 {
			return "Nothing was measured."
		}
		return fmt.Sprintf("Nobody was logged out without reason in %s.", plural(res.Actions, "action", "actions"))
	}
	text := fmt.Sprintf("%s of %s were affected", count(res.Users.Affected), plural(res.Users.Total, "user", "users"))
	counts := res.Causes
	if res.Verdicts.SpuriousLogout == 0 {
		counts = res.GhostCauses
	}
	if name, part := dominant(counts); name != "" {
		text += fmt.Sprintf("; %s because %s", percent(part), oracle.InWords(name))
	}
	return text + cureList(r) + "."
}

func cureList(r Run) string {
	if !isBroken(r) || len(r.Header.Cures) == 0 {
		return ""
	}
	word := "; cures: "
	if len(r.Header.Cures) == 1 {
		word = "; cure: "
	}
	return word + strings.Join(r.Header.Cures, ", ")
}

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
