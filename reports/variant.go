package reports

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
)

// variantView is one variant's part of the page.
type variantView struct {
	ID, Name, Headline, Why string
	Summary                 string
	Spreads                 *spreads // over several seeds; the rest is of one
	Remedies                []remedy
	Open                    bool
	Chip                    chip
	Tiles                   []tile
	Expectations            []expectation
	Security                []string // holes that the run has shown
	Timelines               []*timeline
	Pareto                  []paretoRow // of the causes of spurious logouts
	Nodes                   []nodeRow
	Verdicts                []verdictRow
	Compare                 []meter
	Latency                 string
	Matrix                  *confusion
	Faults                  []faultRow
	Plan                    []fact
	Settings                []setting
	Repeat                  string
	Stories                 []sequence
	Clock                   string // what a second of the stories is in the scenario; "" if the same
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
	Causes                      []key
	Bad                         bool
}

// meter is one bar of the comparison with a plain load tool.
type meter struct {
	Name, Value, Note string
	Fill              float64
	Class             string // tool, ok, harm or error
}

func variantOf(s Suite, r Run, id string) variantView {
	res := r.Result
	v := variantView{
		ID: id, Name: res.Variant, Headline: headline(r), Why: res.Why,
		Remedies: s.remedies(r),
		Chip:     chipOf(res.Outcome), Repeat: res.Repeat,
		Summary:      r.Header.Summary,
		Spreads:      spreadsOf(res),
		Tiles:        tilesOf(res),
		Expectations: expectationsOf(res),
		Pareto:       paretoOf(res.Causes),
		Nodes:        nodesOf(res.Nodes),
		Verdicts:     verdictsOf(r),
		Compare:      compareOf(r),
		Matrix:       matrixOf(res.Attribution),
		Faults:       faultsOf(r),
		Plan:         planOf(r),
		Settings:     settingsOf(r.Header),
		Sample:       sampleRows(r.Sample),
		SampleOf:     fmt.Sprintf("%s of %s", count(len(r.Sample)), count(r.Found)),
	}
	for _, hole := range res.Security {
		v.Security = append(v.Security, hole.Text)
	}
	v.Timelines = timelinesOf(r, id)
	l := res.HTTP.LatencyMS
	v.Latency = fmt.Sprintf("50%[1]s%% of actions within %[2]s%[1]sms, 95%[1]s%% within %[3]s%[1]sms, 99%[1]s%% within %[4]s%[1]sms",
		nbsp, trim(l.P50), trim(l.P95), trim(l.P99))
	if k := scale(res.Compress); !k.one() {
		v.Clock = k.span(time.Second)
	}
	for i, story := range r.Stories {
		v.Stories = append(v.Stories, sequenceOf(story, fmt.Sprintf("%s--story-%d", id, i+1)))
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
		logouts.Note = fmt.Sprintf("%s of %s", count(rate.Count), plural(rate.Of, "page view", "page views"))
		logouts.More = "95" + nbsp + "%: " + interval(rate)
	}
	ghost := tile{Name: "Ghost sessions", Value: "none", Note: "no credentials were used after a logout", Bad: ghosts.Count > 0}
	if ghosts.Of > 0 {
		ghost.Value = percent(ghosts.Value)
		ghost.Note = fmt.Sprintf("%s of %s after a logout", count(ghosts.Count), plural(ghosts.Of, "use", "uses"))
		ghost.More = "95" + nbsp + "%: " + interval(ghosts)
	}
	tiles := []tile{
		logouts,
		{Name: "Users affected", Value: count(res.Users.Affected), Note: "of " + count(res.Users.Total), Bad: res.Users.Affected > 0},
		ghost,
	}
	if wrong := res.Rates.WrongIdentity; wrong.Count > 0 {
		tiles = append(tiles, tile{
			Name: "Somebody else's data", Value: percent(wrong.Value), Bad: true,
			Note: fmt.Sprintf("%s of %s", count(wrong.Count), plural(wrong.Of, "page view", "page views")),
			More: "95" + nbsp + "%: " + interval(wrong),
		})
	}
	more := func(name string, n int, bad bool) {
		if n > 0 {
			tiles = append(tiles, tile{Name: name, Value: percent(share(n, res.Actions)), Note: count(n) + " of " + plural(res.Actions, "action", "actions"), Bad: bad})
		}
	}
	more("Locked out", res.Verdicts.Lockout, true)
	more("Shown an error", res.Verdicts.Error, false)
	return append(tiles, tile{
		Name: "A plain load tool says", Value: successText(res),
		Note: "of " + plural(res.HTTP.Requests, "action", "actions"), More: "counting 200\u2013399 as success",
	})
}

func expectationsOf(res *result.Result) []expectation {
	var out []expectation
	for _, e := range res.Expectations {
		class := result.Fail
		switch {
		case e.Elsewhere:
			class = "calm"
		case e.Holds:
			class = result.Pass
		case e.Unmeasured:
			class = result.Unknown
		}
		out = append(out, expectation{e.Text, e.Observed, e.Source, chip{string(class), e.Verb()}})
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

func verdictsOf(r Run) []verdictRow {
	v := r.Result.Verdicts
	total := v.OK + v.SpuriousLogout + v.GhostSession + v.WrongIdentity + v.Lockout + v.Error + v.Unknown
	row := func(name oracle.Verdict, meaning string, n int, bad bool) verdictRow {
		return verdictRow{string(name), meaning, count(n), percent(share(n, total)), causeKeys(r.Causes[name]), bad && n > 0}
	}
	return []verdictRow{
		row(oracle.OK, "as the ledger says it should be", v.OK, false),
		row(oracle.SpuriousLogout, "should be logged in, and is not", v.SpuriousLogout, true),
		row(oracle.GhostSession, "logged out, and still accepted", v.GhostSession, true),
		row(oracle.WrongIdentity, "was shown somebody else's data", v.WrongIdentity, true),
		row(oracle.Lockout, "cannot log back in", v.Lockout, true),
		row(oracle.Error, "was shown an error", v.Error, false),
		row(oracle.Unknown, "overlaps a boundary, or cannot be told", v.Unknown, false),
	}
}

// causeKeys lists causes with their counts.
func causeKeys(counts map[string]int) []key {
	var out []key
	for _, c := range ranked(counts) {
		out = append(out, key{causeClass(c.Name), c.Name, count(c.Count)})
	}
	return out
}

// compareOf sets a load tool's success beside what the users had: the verdicts
// on the pages of users who should be logged in. An error is no logout, and no
// success.
func compareOf(r Run) []meter {
	res := r.Result
	rates := res.Rates
	of := rates.SpuriousLogout.Of
	if res.HTTP.Requests == 0 || of == 0 {
		return nil
	}
	rows := []meter{
		{"A plain load tool: success", percent(res.HTTP.SuccessRatio), "of " + plural(res.HTTP.Requests, "action", "actions") + ": 200\u2013399", hundredths(res.HTTP.SuccessRatio), "tool"},
		{"The users: got their page", percent(rates.OK.Value), "of " + plural(of, "page view", "page views") + " of users who should be logged in", hundredths(rates.OK.Value), "ok"},
	}
	add := func(name string, n int, note, class string) {
		if n > 0 {
			rows = append(rows, meter{name, percent(share(n, of)), note, hundredths(share(n, of)), class})
		}
	}
	add("logged out without reason", rates.SpuriousLogout.Count, causeNote(res.Causes), "harm")
	add("shown an error", rates.Error.Count, causeNote(r.Causes[oracle.Error]), "error")
	add("shown somebody else's data", of-rates.OK.Count-rates.SpuriousLogout.Count-rates.Error.Count, causeNote(r.Causes[oracle.WrongIdentity]), "harm")
	if g := rates.GhostSession; g.Of > 0 {
		rows = append(rows, meter{"Logged out, and still let in", percent(g.Value), "of " + plural(g.Of, "use", "uses") + " of credentials after a logout", hundredths(g.Value), "harm"})
	}
	return rows
}

// causeNote names the main cause.
func causeNote(counts map[string]int) string {
	name, part := dominant(counts)
	if name == "" {
		return ""
	}
	return percent(part) + " " + name
}

// engineOf says what played a run in virtual time.
func engineOf(name string) string {
	switch name {
	case "exact":
		return "exact: every part of every request"
	case "bulk":
		return "bulk: what follows is not played out; the same counts"
	}
	return name
}

// historyOf says whose history is kept, if it is not everybody's.
func historyOf(k *history.Kept) string {
	switch {
	case k == nil:
		return ""
	case k.Why != "":
		return "of nobody: " + k.Why
	}
	return fmt.Sprintf("of %s of %s, and of %s", count(k.Harmed), plural(k.Of, "harmed user", "harmed users"), plural(k.Others, "other", "others"))
}

func planOf(r Run) []fact {
	res := r.Result
	facts := []fact{
		{"Seed", fmt.Sprint(res.Seed)},
		{"Substrate", res.Substrate},
		{"Compression", compression(res.Compress)},
		{"Length", scale(res.Compress).both(seconds(res.DurationS).Round(time.Millisecond))},
		{"Actions", fmt.Sprintf("%s in %s", count(res.Actions), plural(res.Requests, "request", "requests"))},
		{"Rate", fmt.Sprintf("%s actions/s planned, %s achieved, at most %s%sms late",
			trim(res.Load.PlannedRate), trim(res.Load.AchievedRate), trim(res.Load.MaxLagMS), nbsp)},
		{"Started", res.Started.UTC().Format("2006-01-02 15:04:05 UTC")},
		{"Version", res.Version},
		{"Engine", engineOf(res.Engine)},
		{"History", historyOf(res.HistoryOf)},
		{"Plan digest", res.PlanDigest},
	}
	return slices.DeleteFunc(facts, func(f fact) bool { return f.Value == "" })
}

// setting is a fact on both clocks; Run is empty where they agree.
type setting struct{ Name, Scenario, Run string }

func settingsOf(h history.Header) []setting {
	var out []setting
	for _, k := range slices.Sorted(maps.Keys(h.Facts)) {
		out = append(out, setting{k, h.Facts[k], h.RunFacts[k]})
	}
	return out
}
