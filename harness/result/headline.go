package result

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// headline says in one sentence what was found. What cures it is for a report
// to say that has the other variants' runs.
func headline(j *oracle.Judgement, r *Result) string {
	found := harm(j, r)
	switch {
	case len(found) > 0:
		return strings.Join(append(found, errored(r)...), "; ")
	case j.ValidActions == 0:
		return "Nothing was measured: no page was opened by a user who should be logged in"
	}
	text := "Nobody was logged out in " + ofNone(r.Rates.SpuriousLogout, "page view", "")
	if g := r.Rates.GhostSession; g.Of > 0 {
		text += ", nor let in by " + ofNone(g, "use", " of credentials after logout")
	}
	return strings.Join(append([]string{text}, errored(r)...), "; ")
}

// ofNone tells of how many none was, and how many there may be all the same.
func ofNone(r Rate, word, which string) string {
	return fmt.Sprintf("%s%s (95 %% upper bound: %s %%)", plural(r.Of, word), which, figure(100*scenario.AtMost(r.Of, level)))
}

// harm is what was found of each kind of harm.
func harm(j *oracle.Judgement, r *Result) []string {
	v := r.Verdicts
	var found []string
	if v.SpuriousLogout > 0 {
		users := j.Sum().LoggedOut
		found = append(found, fmt.Sprintf("%s of %s %s logged out: %s",
			thousands(users), plural(r.Users.Total, "user"), wasWere(users), because(r.Causes, j, oracle.SpuriousLogout)))
	}
	if v.GhostSession > 0 {
		found = append(found, fmt.Sprintf("%s of %s of credentials after logout %s accepted: %s",
			percent(v.GhostSession, r.Rates.GhostSession.Of), plural(r.Rates.GhostSession.Of, "use"), wasWere(v.GhostSession),
			because(r.GhostCauses, j, oracle.GhostSession)))
	}
	if v.WrongIdentity > 0 {
		found = append(found, fmt.Sprintf("%s of %s showed somebody else's data: %s",
			percent(v.WrongIdentity, j.PageViews), plural(j.PageViews, "page view"), because(j.Sum().Causes()[oracle.WrongIdentity], j, oracle.WrongIdentity)))
	}
	if v.Lockout > 0 {
		found = append(found, plural(v.Lockout, "login")+" with the right password got nobody in: "+because(r.LockoutCauses, j, oracle.Lockout))
	}
	return found
}

// errored is what went wrong without being held against anybody's login.
func errored(r *Result) []string {
	n := r.Verdicts.Error
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s of %s ended in an error", percent(n, r.Actions), plural(r.Actions, "action"))}
}

// because names the most frequent cause and its share, and the node at fault
// if it nearly always is the same.
func because(causes map[string]int, j *oracle.Judgement, v oracle.Verdict) string {
	total := 0
	for _, n := range causes {
		total += n
	}
	names := slices.SortedFunc(maps.Keys(causes), func(a, b string) int {
		return cmp.Or(cmp.Compare(causes[b], causes[a]), cmp.Compare(a, b))
	})
	if total == 0 {
		return "no cause was told"
	}
	first := names[0]
	return fmt.Sprintf("%s because %s (%s)", percent(causes[first], total), oracle.InWordsOf(first, culprit(j, v, first)), first)
}

// culprit is the node at fault in at least nine of ten findings of a cause.
func culprit(j *oracle.Judgement, v oracle.Verdict, cause string) string {
	count, total := j.Sum().Culprits[v][cause], 0
	for _, n := range count {
		total += n
	}
	for node, n := range count {
		if 10*n >= 9*total {
			return node
		}
	}
	return ""
}

// percent is a share in words, with as many decimals as keep it from being
// rounded to none or all.
func percent(count, of int) string {
	switch {
	case of == 0 || count == 0:
		return "0 %"
	case count == of:
		return "100 %"
	}
	p := 100 * float64(count) / float64(of)
	for decimals := 1; ; decimals++ {
		unit := math.Pow10(-decimals)
		if p >= unit && p <= 100-unit {
			return strconv.FormatFloat(p, 'f', decimals, 64) + " %"
		}
	}
}

// figure has two significant digits below 1.
func figure(p float64) string {
	if p < 1 {
		return strconv.FormatFloat(p, 'g', 2, 64)
	}
	return strconv.FormatFloat(p, 'f', 1, 64)
}

func plural(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return thousands(n) + " " + word
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// thousands groups digits: 20,000.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
