package result

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
)

// headline says in one sentence what was found.
func headline(h history.Header, j *oracle.Judgement, r *Result) string {
	v := r.Verdicts
	var found []string
	if v.SpuriousLogout > 0 {
		found = append(found, fmt.Sprintf("%s of %s were logged out: %s", thousands(loggedOut(j)), plural(r.Users.Total, "user"), because(r.Causes, j, oracle.SpuriousLogout)))
	}
	if v.GhostSession > 0 {
		found = append(found, fmt.Sprintf("%s of %s of credentials after logout were accepted: %s",
			percent(v.GhostSession, r.Rates.GhostSession.Of), plural(r.Rates.GhostSession.Of, "use"), because(r.GhostCauses, j, oracle.GhostSession)))
	}
	if v.WrongIdentity > 0 {
		found = append(found, plural(v.WrongIdentity, "page")+" showed somebody else's data")
	}
	if v.Lockout > 0 {
		found = append(found, plural(v.Lockout, "login")+" with the right password "+wasWere(v.Lockout)+" refused")
	}
	switch {
	case len(found) > 0:
		return strings.Join(found, "; ") + cures(h)
	case j.ValidActions == 0:
		return "Nothing was measured: no page was opened by a user who should be logged in"
	}
	return fmt.Sprintf("Nobody was logged out in %s (95 %% upper bound: %s %%)%s",
		plural(r.Rates.SpuriousLogout.Of, "action"), figure(100*r.Rates.SpuriousLogout.Hi), errorsToo(v.Error))
}

// loggedOut is the number of users with a spurious logout.
func loggedOut(j *oracle.Judgement) int {
	users := map[int]bool{}
	for _, x := range j.Findings {
		if x.Verdict == oracle.SpuriousLogout {
			users[x.User] = true
		}
	}
	return len(users)
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
	count, total := map[string]int{}, 0
	for _, x := range j.Findings {
		if x.Verdict == v && x.Cause == cause {
			count[x.Culprit]++
			total++
		}
	}
	for node, n := range count {
		if 10*n >= 9*total {
			return node
		}
	}
	return ""
}

// cures names the other variants that promise to do better.
func cures(h history.Header) string {
	others := slices.DeleteFunc(slices.Clone(h.Cures), func(name string) bool { return name == h.Variant })
	if len(others) == 0 {
		return ""
	}
	return "; cures: " + strings.Join(others, ", ")
}

func errorsToo(n int) string {
	if n == 0 {
		return ""
	}
	return "; " + plural(n, "action") + " ended in an error"
}

// percent is a share in words, never rounded to none or all.
func percent(count, of int) string {
	switch {
	case of == 0:
		return "0 %"
	case count == of:
		return "100 %"
	}
	p := 100 * float64(count) / float64(of)
	if count > 0 {
		p = min(max(p, 0.1), 99.9)
	}
	return strconv.FormatFloat(p, 'f', 1, 64) + " %"
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
