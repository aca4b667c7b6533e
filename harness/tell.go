package harness

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/logoutlab/logoutlab/harness/result"
)

// tell says how the run went, and fails the test if it is no pass. page is the
// absolute name of the report; "" if it does not stay.
func tell(t TB, r *result.Result, page string) {
	t.Helper()
	facts := []string{"found:  " + r.Headline}
	if list := causes(r); list != "" {
		facts = append(facts, "causes: "+list)
	}
	facts = append(facts, fmt.Sprintf("seed:   %d", r.Seed), "repeat: "+r.Repeat)
	if page != "" {
		report := url.URL{Scheme: "file", Path: filepath.ToSlash(page)}
		facts = append(facts, "report: "+report.String())
	}
	more := "\n  " + strings.Join(facts, "\n  ")
	switch name := r.Scenario + "/" + r.Variant; r.Outcome {
	case result.Pass:
		t.Logf("%s is as expected%s", name, more)
	case result.Fail:
		t.Errorf("%s is not as expected: %s%s", name, r.Why, more)
	default:
		t.Errorf("%s is unknown, nothing is proven: %s%s", name, r.Why, more)
	}
}

// causes lists what was found of each kind by its causes, the most frequent
// first.
func causes(r *result.Result) string {
	var list []string
	for _, kind := range []struct {
		name   string
		counts map[string]int
	}{
		{"spurious_logout", r.Causes}, {"ghost_session", r.GhostCauses},
		{"wrong_identity", r.IdentityCauses}, {"lockout", r.LockoutCauses},
	} {
		causes := slices.SortedFunc(maps.Keys(kind.counts), func(a, b string) int {
			return cmp.Or(cmp.Compare(kind.counts[b], kind.counts[a]), cmp.Compare(a, b))
		})
		for _, cause := range causes {
			list = append(list, fmt.Sprintf("%s %s (%d)", kind.name, cause, kind.counts[cause]))
		}
	}
	return strings.Join(list, ", ")
}
