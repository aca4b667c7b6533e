package reports

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Place finds a scenario's file in the repository that a CI job has checked
// out; ok is false if it is not there, as those of the catalogue are not.
type Place func(file string) (path string, ok bool)

// Annotations writes a workflow command of GitHub Actions for all that is not as
// expected, one a line: an error for every expectation that fails, at its line in
// the scenario's file, for what could not be run and for what is worse than the
// baseline; a warning for what is unknown. Errors come first, as GitHub shows ten
// of a kind.
// https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
func Annotations(w io.Writer, suite Suite, find Place) error {
	var errors, warnings []string
	for _, r := range suite.Runs {
		switch r.Result.Outcome {
		case result.Pass:
		case result.Fail:
			errors = append(errors, failing(r, find)...)
		default:
			warnings = append(warnings, workflowCommand("warning", spot{}, runName(r), failureLine(r.Result)+"\nrepeat: "+r.Result.Repeat))
		}
	}
	for _, n := range suite.NotRun {
		name := n.Scenario + "/" + n.Variant
		switch {
		case n.Failed:
			errors = append(errors, workflowCommand("error", spot{}, name, n.Why+"\nrepeat: "+n.Repeat))
		case !n.Excluded:
			warnings = append(warnings, workflowCommand("warning", spot{}, name, "not run: "+n.Why))
		}
	}
	if suite.Gate != nil {
		for _, x := range suite.Gate.Alarms() {
			errors = append(errors, workflowCommand("error", spot{}, "worse than the baseline: "+x.Scenario+"/"+x.Variant, x.String()+"\nrepeat: "+x.Repeat))
		}
	}
	for _, line := range append(errors, warnings...) {
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func runName(r Run) string { return r.Result.Scenario + "/" + r.Result.Variant }

// failing is an error for each expectation that fails, over all seeds if there
// are several.
func failing(r Run, find Place) []string {
	var out []string
	add := func(source, bound, text, repeat string) {
		if cause, part := dominant(causesOf(overall(r.Result), bound)); cause != "" {
			text += fmt.Sprintf("\nmain cause: %s (%s)", cause, plain(percent(part)))
		}
		out = append(out, workflowCommand("error", placeOf(source, find), runName(r), text+"\nrepeat: "+repeat))
	}
	if all := r.Result.Replications; all != nil {
		for _, t := range all.Expectations {
			if t.Fails > 0 {
				add(t.Source, t.Text, fmt.Sprintf("expected %s: fails on %d of %d seeds; the first observed %s", t.Text, t.Fails, all.Judged, t.Observed), all.Repeat)
			}
		}
	} else {
		for _, e := range r.Result.Expectations {
			if !e.Holds && !e.Elsewhere {
				add(e.Source, e.Text, fmt.Sprintf("expected %s, observed %s", e.Text, e.Observed), r.Result.Repeat)
			}
		}
	}
	if len(out) == 0 {
		add("", "", failureLine(r.Result), r.Result.Repeat)
	}
	return out
}

// causesOf is how often each cause was told of what an expectation counts, whose
// text begins with that; nil if it has no causes.
func causesOf(res *result.Result, bound string) map[string]int {
	metric, _, _ := strings.Cut(bound, " ")
	return map[string]map[string]int{
		"spurious_logouts": res.Causes, "ghost_sessions": res.GhostCauses, "wrong_identity": res.IdentityCauses, "lockouts": res.LockoutCauses,
	}[metric]
}

// Mistakes writes an error for everything that is wrong with a scenario, at its
// place.
func Mistakes(w io.Writer, all scenario.Errors, find Place) error {
	for _, e := range all {
		at := spot{line: e.Line, col: e.Col}
		if path, ok := find(e.File); ok {
			at.file = path
		}
		if _, err := io.WriteString(w, workflowCommand("error", at, "the scenario has a mistake", e.Error())+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// spot is a place in the repository; without a file there is none.
type spot struct {
	file      string
	line, col int // 1-based; 0: unknown
}

// placeOf is where an expectation stands in the repository, from file:line.
func placeOf(source string, find Place) spot {
	i := strings.LastIndexByte(source, ':')
	if i < 0 {
		return spot{}
	}
	line, err := strconv.Atoi(source[i+1:])
	path, ok := find(source[:i])
	if err != nil || !ok {
		return spot{}
	}
	return spot{file: path, line: line}
}

// workflowCommand is one line, in which the message can do nothing but be shown.
func workflowCommand(level string, at spot, title, message string) string {
	var properties []string
	if at.file != "" {
		properties = append(properties, "file="+workflowProperty(at.file))
		if at.line > 0 {
			properties = append(properties, "line="+strconv.Itoa(at.line))
		}
		if at.col > 0 {
			properties = append(properties, "col="+strconv.Itoa(at.col))
		}
	}
	properties = append(properties, "title="+workflowProperty(title))
	return "::" + level + " " + strings.Join(properties, ",") + "::" + workflowData(message)
}

func workflowData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func workflowProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
