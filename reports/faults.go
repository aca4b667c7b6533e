package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/logoutlab/logoutlab/harness/result"
)

// faultRow is an injected fault and what it did.
type faultRow struct {
	Name, Params string
	Means        string // by which it came about
	At, AtRun    string // in scenario time, and on the run's clock
	For, ForRun  string
	Chip         chip
	Effect       string
	Vacuous      bool
}

func faultsOf(r Run) []faultRow {
	k := scale(r.Result.Compress)
	var out []faultRow
	for i, f := range r.Result.Faults {
		at, lasts := seconds(f.AtS), seconds(f.ForS)
		row := faultRow{
			Name: f.Name, At: k.span(at), For: "until the end",
			Chip: faultChip(f), Effect: effect(f.Receipt), Vacuous: f.Vacuous, Means: f.Receipt.Mechanism,
		}
		if at > 0 {
			row.AtRun = k.run(at)
		}
		if lasts > 0 {
			row.For, row.ForRun = k.span(lasts), k.run(lasts)
		}
		if i < len(r.Header.Faults) && r.Header.Faults[i].Name == f.Name {
			row.Params = paramText(r.Header.Faults[i].Params, k)
		}
		out = append(out, row)
	}
	return out
}

// by names the means, as a remark.
func (f faultRow) by() string {
	if f.Means == "" {
		return ""
	}
	return "by " + f.Means
}

func faultChip(f result.Fault) chip {
	switch {
	case f.Vacuous:
		return chip{string(result.Fail), "left no mark"}
	case f.Receipt.DecisionsChanged == 0:
		return chip{"calm", "absorbed"}
	default:
		return chip{string(result.Pass), "took effect"}
	}
}

// effect is a receipt in words.
func effect(r result.Receipt) string {
	switch {
	case r.Vacuous():
		return "present in no request: what it should show was not tested"
	case r.DecisionsChanged == 0:
		return fmt.Sprintf("present in %s, changed 0 decisions (absorbed)", plural(r.Marks, "request", "requests"))
	}
	parts := []string{"changed " + plural(r.DecisionsChanged, "decision", "decisions")}
	add := func(n int, words string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf(words, count(n)))
		}
	}
	add(r.Rejections, "%s of them into rejections")
	add(r.RequestsCut, "%s of them by cutting the request")
	if r.Rejections == 0 && r.RequestsCut == 0 {
		parts = append(parts, "none into a rejection")
	}
	if r.SessionsLost > 0 {
		parts = append(parts, plural(r.SessionsLost, "session", "sessions")+" lost")
	}
	return strings.Join(parts, ", ") + "; present in " + plural(r.Marks, "request", "requests")
}

func paramText(params map[string]string, k scale) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		parts = append(parts, name+": "+k.param(params[name]))
	}
	return strings.Join(parts, ", ")
}
