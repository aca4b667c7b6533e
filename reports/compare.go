package reports

import (
	"fmt"
	"strings"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
)

// comparison is a scenario's variants side by side.
type comparison struct {
	Name, Title, Href string
	Rows              []comparedRow
}

// comparedRow is one variant among its siblings.
type comparedRow struct {
	Variant, Summary, Href  string
	Chip                    chip
	Rate, Interval          string  // of spurious logouts
	Left, Fill, Whisker     float64 // percent of the bar: interval's start, value, interval's width
	Ghosts, GhostInterval   string
	HasGhosts               bool
	Other                   string // further harm, and errors
	Cause, CauseClass, Part string
	Success, P95, Requests  string
}

// rowView puts a run into the comparison. A seed is told where they differ.
func rowView(r Run, href string, seed bool) comparedRow {
	r = overallRun(r)
	res := r.Result
	rate := res.Rates.SpuriousLogout
	row := comparedRow{
		Variant: res.Variant, Summary: r.Header.Summary, Href: href,
		Chip: chipOf(res.Outcome), Rate: "not measured",
		Ghosts: "none", HasGhosts: res.Verdicts.GhostSession > 0,
		Other: otherHarm(res), Success: "not measured", P95: "not measured", Requests: count(res.Requests),
	}
	switch all := res.Replications; {
	case all != nil:
		row.Summary = strings.TrimSpace(row.Summary + fmt.Sprintf(" (over seeds %s; p95 and requests of seed %d)", all.Seeds, res.Seed))
	case seed:
		row.Summary = strings.TrimSpace(row.Summary + fmt.Sprintf(" (seed %d)", res.Seed))
	}
	if rate.Of > 0 {
		row.Rate, row.Interval = percent(rate.Value), interval(rate)
		row.Fill, row.Left, row.Whisker = hundredths(rate.Value), hundredths(rate.Lo), hundredths(rate.Hi-rate.Lo)
	}
	if g := res.Rates.GhostSession; g.Of > 0 {
		row.Ghosts, row.GhostInterval = percent(g.Value), interval(g)
	}
	if res.HTTP.Requests > 0 {
		row.Success = percent(res.HTTP.SuccessRatio)
		if res.HTTP.LatencyMS.P95 > 0 {
			row.P95 = trim(res.HTTP.LatencyMS.P95) + nbsp + "ms"
		}
	}
	if name, part := worstCause(r); name != "" {
		row.Cause, row.CauseClass, row.Part = name, causeClass(name), percent(part)
	}
	return row
}

// otherHarm is what a run did to users beside logouts and ghosts: pages of
// somebody else's as a share of the page views, the rest as shares of all actions.
func otherHarm(res *result.Result) string {
	var parts []string
	add := func(n, of int, name oracle.Verdict) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", name, percent(share(n, of))))
		}
	}
	wrong := res.Rates.WrongIdentity
	add(wrong.Count, wrong.Of, oracle.WrongIdentity)
	add(res.Verdicts.Lockout, res.Actions, oracle.Lockout)
	add(res.Verdicts.Error, res.Actions, oracle.Error)
	add(res.Verdicts.Unknown, res.Actions, oracle.Unknown)
	return strings.Join(parts, ", ")
}
