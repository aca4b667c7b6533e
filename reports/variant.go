package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
)

// variantView is one variant's part of the page.
type variantView struct {
	ID, Name, Headline, Why string
	Summary                 string
	Open                    bool
	Chip                    chip
	Tiles                   []tile
	Expectations            []expectation
	Timelines               []*timeline
	Nodes                   []nodeRow
	Verdicts                []verdictRow
	Compare                 []meter
	Latency                 string
	Matrix                  *matrix
	Faults                  []faultRow
	Plan                    []fact
	Facts                   []fact
	Repeat                  string
	Stories                 []sequence
	Sample                  []sampleRow
	SampleOf                string
}

// tile is a figure that stands out.
type tile struct {
	Name, Value, Note string
	More              string // a second note
	Bad               bool
}

type expectation struct {
	Text, Observed, Source string
	Chip                   chip
}

// nodeRow is one bar of the chart of nodes: percents of the busiest node.
type nodeRow struct {
	Name, Requests, Rejections, Share string
	Accepted, Rejected                float64
}

type verdictRow struct {
	Name, Meaning, Count, Share string
	Bad                         bool
}

// meter is one bar of the comparison with a plain load tool.
type meter struct {
	Name, Value, Note string
	Fill              float64
	True              bool
}

type faultRow struct {
	Name, At, For, Params      string
	Marks, Changed, Rejections string
	Cut, Sessions              string
	Chip                       chip
}

func variantOf(r Run) variantView {
	res := r.Result
	id := slug(res.Scenario, res.Variant)
	v := variantView{
		ID: id, Name: res.Variant, Headline: headline(r), Why: res.Why,
		Chip: chipOf(res.Outcome), Repeat: res.Repeat,
		Summary:      r.Header.Summary,
		Tiles:        tilesOf(res),
		Expectations: expectationsOf(res),
		Nodes:        nodesOf(res.Nodes),
		Verdicts:     verdictsOf(res.Verdicts),
		Compare:      compareOf(res),
		Matrix:       matrixOf(res.Attribution),
		Faults:       faultsOf(r),
		Plan:         planOf(r),
		Facts:        factsOf(r.Header.Facts),
		Sample:       sampleRows(r.Sample),
		SampleOf:     fmt.Sprintf("%s of %s", count(len(r.Sample)), count(r.Found)),
	}
	if t := timelineOf(r, r.Series.Logouts, id+"--logouts", "Spurious logouts over time", "spurious logouts"); t != nil {
		v.Timelines = append(v.Timelines, t)
	}
	if res.Verdicts.GhostSession > 0 {
		if t := timelineOf(r, r.Series.Ghosts, id+"--ghosts", "Ghost sessions over time", "ghost sessions"); t != nil {
			v.Timelines = append(v.Timelines, t)
		}
	}
	l := res.HTTP.LatencyMS
	v.Latency = fmt.Sprintf("50%[1]s%% of requests within %[2]s%[1]sms, 95%[1]s%% within %[3]s%[1]sms, 99%[1]s%% within %[4]s%[1]sms",
		nbsp, trim(l.P50), trim(l.P95), trim(l.P99))
	for i, s := range r.Stories {
		v.Stories = append(v.Stories, sequenceOf(s, fmt.Sprintf("%s--story-%d", id, i+1)))
	}
	return v
}

// sampleRow is one finding.
type sampleRow struct{ At, User, Verdict, Class, Cause, Node, Evidence string }

func sampleRows(all []Finding) []sampleRow {
	var out []sampleRow
	for _, f := range all {
		row := sampleRow{stamp(f.At), fmt.Sprint(f.User), f.Verdict, "", f.Cause, f.Node, f.Evidence}
		if f.Cause != "" {
			row.Class = causeClass(f.Cause)
		}
		out = append(out, row)
	}
	return out
}

func tilesOf(res *result.Result) []tile {
	rate, ghosts := res.Rates.SpuriousLogout, res.Rates.GhostSession
	logouts := tile{Name: "Spurious logouts", Value: "not measured", Bad: rate.Count > 0}
	if rate.Of > 0 {
		logouts.Value = percent(rate.Value)
		logouts.Note = fmt.Sprintf("%s of %s", count(rate.Count), plural(rate.Of, "action", "actions"))
		logouts.More = "95" + nbsp + "%: " + interval(rate)
	}
	ghost := tile{Name: "Ghost sessions", Value: count(res.Verdicts.GhostSession), Bad: res.Verdicts.GhostSession > 0}
	ghost.Note = "no credentials were used after a logout"
	if ghosts.Of > 0 {
		ghost.Note = "of " + plural(ghosts.Of, "use", "uses") + " after a logout"
	}
	return []tile{
		logouts,
		{Name: "Users affected", Value: count(res.Users.Affected), Note: "of " + count(res.Users.Total), Bad: res.Users.Affected > 0},
		ghost,
		{Name: "A plain load tool says", Value: successText(res), Note: "of " + plural(res.HTTP.Requests, "request", "requests"), More: "counting 200\u2013399 as success"},
	}
}

func expectationsOf(res *result.Result) []expectation {
	var out []expectation
	for _, e := range res.Expectations {
		c := chip{string(result.Fail), "fails"}
		if e.Holds {
			c = chip{string(result.Pass), "holds"}
		}
		out = append(out, expectation{e.Text, e.Observed, e.Source, c})
	}
	return out
}

func nodesOf(nodes []result.Node) []nodeRow {
	most := 0
	for _, n := range nodes {
		most = max(most, n.Requests)
	}
	var out []nodeRow
	for _, n := range nodes {
		out = append(out, nodeRow{
			Name: n.Name, Requests: count(n.Requests), Rejections: count(n.Rejections),
			Share:    percent(share(n.Rejections, n.Requests)),
			Accepted: hundredths(share(max(n.Requests-n.Rejections, 0), most)),
			Rejected: hundredths(share(n.Rejections, most)),
		})
	}
	return out
}

func verdictsOf(v result.Verdicts) []verdictRow {
	total := v.OK + v.SpuriousLogout + v.GhostSession + v.WrongIdentity + v.Lockout + v.Error + v.Unknown
	row := func(name, meaning string, n int, bad bool) verdictRow {
		return verdictRow{name, meaning, count(n), percent(share(n, total)), bad && n > 0}
	}
	return []verdictRow{
		row("ok", "as the ledger says it should be", v.OK, false),
		row("spurious_logout", "should be logged in, and is not", v.SpuriousLogout, true),
		row("ghost_session", "logged out, and still accepted", v.GhostSession, true),
		row("wrong_identity", "was shown somebody else's data", v.WrongIdentity, true),
		row("lockout", "cannot log back in", v.Lockout, true),
		row("error", "was shown an error", v.Error, false),
		row("unknown", "overlaps a boundary, or cannot be told", v.Unknown, false),
	}
}

// compareOf sets a load tool's success beside what the users had.
func compareOf(res *result.Result) []meter {
	if res.HTTP.Requests == 0 || res.Rates.SpuriousLogout.Of == 0 {
		return nil
	}
	stayed := 1 - res.Rates.SpuriousLogout.Value
	return []meter{
		{"A plain load tool: success", percent(res.HTTP.SuccessRatio), "of the requests: 200\u2013399", hundredths(res.HTTP.SuccessRatio), false},
		{"The users: still logged in", percent(stayed), "of the actions by users owed a login", hundredths(stayed), true},
	}
}

func faultsOf(r Run) []faultRow {
	var out []faultRow
	for i, f := range r.Result.Faults {
		row := faultRow{
			Name: f.Name, At: span(seconds(f.AtS)), For: "until the end",
			Marks: count(f.Receipt.Marks), Changed: count(f.Receipt.DecisionsChanged), Rejections: count(f.Receipt.Rejections),
			Cut: count(f.Receipt.RequestsCut), Sessions: count(f.Receipt.SessionsLost),
			Chip: chip{string(result.Pass), "took effect"},
		}
		if f.ForS > 0 {
			row.For = span(seconds(f.ForS))
		}
		if f.Vacuous {
			row.Chip = chip{string(result.Unknown), "no effect seen"}
		}
		if i < len(r.Header.Faults) && r.Header.Faults[i].Name == f.Name {
			row.Params = paramText(r.Header.Faults[i])
		}
		out = append(out, row)
	}
	return out
}

func paramText(f history.PlannedFault) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(f.Params)) {
		parts = append(parts, k+": "+f.Params[k])
	}
	return strings.Join(parts, ", ")
}

func planOf(r Run) []fact {
	res, h := r.Result, r.Header
	facts := []fact{
		{"Seed", fmt.Sprint(res.Seed)},
		{"Substrate", res.Substrate},
		{"Compression", compression(res.Compress)},
		{"Length", span(seconds(res.DurationS).Round(time.Millisecond))},
		{"Actions", fmt.Sprintf("%s in %s", count(res.Actions), plural(res.Requests, "request", "requests"))},
		{"Rate", fmt.Sprintf("%s actions/s planned, %s achieved, at most %s%sms late",
			trim(res.Load.PlannedRate), trim(res.Load.AchievedRate), trim(res.Load.MaxLagMS), nbsp)},
		{"Promise", promiseText(h.Promise)},
		{"Started", res.Started.UTC().Format("2006-01-02 15:04:05 UTC")},
		{"Version", res.Version},
		{"Plan digest", res.PlanDigest},
	}
	return slices.DeleteFunc(facts, func(f fact) bool { return f.Value == "" })
}

func promiseText(p history.Promise) string {
	var parts []string
	add := func(d time.Duration, text string) {
		if d > 0 {
			parts = append(parts, fmt.Sprintf(text, span(d)))
		}
	}
	add(p.Idle, "logged in until idle for %s")
	add(p.Absolute, "at most %s after login")
	add(p.Revocation, "a logout takes effect within %s")
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "; ") + " (on this run's clock)"
}

func factsOf(m map[string]string) []fact {
	var out []fact
	for k, v := range m {
		out = append(out, fact{k, v})
	}
	slices.SortFunc(out, func(a, b fact) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
