package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/logoutlab/logoutlab/harness/result"
)

// Markdown writes a page for a CI job's summary: the answer, a table of all
// variants, and what to do about those that are not as expected. The dialect
// is GitHub's; GitLab reads it too.
func Markdown(w io.Writer, suite Suite) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n**%s**\n\n", mdText(suite.Title), mdText(answer(suite)))
	mdSecurity(&b, suite)
	mdReasons(&b, suite)
	mdTable(&b, suite)
	mdGate(&b, suite.Gate)
	mdSpreads(&b, suite)
	mdFaults(&b, suite)
	mdNotRun(&b, suite)
	mdParts(&b, suite)
	for _, r := range suite.Runs {
		if !passed(r) {
			mdProblem(&b, suite, r)
		}
	}
	if suite.Command != "" {
		b.WriteString("\nRepeat all:" + mdCommands(suite.Command))
	}
	fmt.Fprintf(&b, "\nlogoutlab %s, %s\n", mdText(suite.Version), suite.Started.UTC().Format("2006-01-02 15:04 UTC"))
	_, err := io.WriteString(w, b.String())
	return err
}

// mdReasons says why users were harmed and what cures it, unless the answer
// has said all of it.
func mdReasons(b *strings.Builder, suite Suite) {
	var all []reason
	for _, g := range suite.groups() {
		all = append(all, reasonsOf(suite, g)...)
	}
	if len(all) < 2 {
		return
	}
	for _, why := range all {
		fmt.Fprintf(b, "- **%s** (%s/%s): %s\n", mdText(why.Title), mdText(why.Scenario), mdText(why.Variant), mdText(why.line()))
	}
	b.WriteString("\n")
}

func mdTable(b *strings.Builder, suite Suite) {
	b.WriteString("| Scenario | Variant | Outcome | Spurious logouts (95 %) | Ghosts (95 %) | Other | Main cause | A plain load tool says | p95 | Requests | Seed |\n")
	b.WriteString("| --- | --- | --- | ---: | ---: | --- | --- | ---: | ---: | ---: | ---: |\n")
	for _, r := range suite.Runs {
		res := overall(r.Result)
		row := rowView(r, "", false)
		cause := ""
		if row.Cause != "" {
			cause = fmt.Sprintf("%s, %s", mdText(row.Cause), row.Part)
		}
		outcome := outcomeWords(res.Outcome)
		if res.Outcome != result.Pass {
			outcome = "**" + outcome + "**"
		}
		ghosts := "none"
		if res.Rates.GhostSession.Of > 0 {
			ghosts = rateText(res.Rates.GhostSession)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n",
			mdText(res.Scenario), mdText(res.Variant), outcome,
			mdText(rateText(res.Rates.SpuriousLogout)), mdText(ghosts), mdText(row.Other), cause,
			successText(res), row.P95, row.Requests, seedWords(res))
	}
}

// mdFaults is what became of every injected fault. One that left no mark
// stands out.
func mdFaults(b *strings.Builder, suite Suite) {
	head := "\n| Scenario | Variant | Fault | At | For | What it did |\n| --- | --- | --- | ---: | ---: | --- |\n"
	for _, r := range suite.Runs {
		for _, f := range faultsOf(r) {
			b.WriteString(head)
			head = ""
			effect := mdText(f.Effect)
			if f.Vacuous {
				effect = "**" + effect + "**"
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", mdText(r.Result.Scenario), mdText(r.Result.Variant),
				mdText(joined(strings.TrimSuffix(f.Name+": "+f.Params, ": "), f.by())), mdText(joined(f.At, f.AtRun)), mdText(joined(f.For, f.ForRun)), effect)
		}
	}
}

// mdNotRun names what there is nothing to report of.
func mdNotRun(b *strings.Builder, suite Suite) {
	head := "\n| Not run | Why |\n| --- | --- |\n"
	for _, n := range suite.NotRun {
		fmt.Fprintf(b, "%s| %s | %s |\n", head, mdText(n.Scenario+"/"+n.Variant), mdText(n.Why))
		head = ""
	}
}

// joined sets a remark in brackets behind a text.
func joined(text, remark string) string {
	if remark == "" {
		return text
	}
	return text + " (" + remark + ")"
}

// successText is what a plain load tool would have said.
func successText(res *result.Result) string {
	if res.HTTP.Requests == 0 {
		return "not measured"
	}
	return percent(res.HTTP.SuccessRatio) + " success"
}

// mdSecurity lists the holes that the runs have shown, expected or not.
func mdSecurity(b *strings.Builder, suite Suite) {
	for _, r := range suite.Runs {
		for _, hole := range r.Result.Security {
			fmt.Fprintf(b, "**Security**, %s/%s: %s\n\n", mdText(r.Result.Scenario), mdText(r.Result.Variant), mdText(hole.Text))
		}
	}
}

func mdProblem(b *strings.Builder, suite Suite, r Run) {
	res := r.Result
	fmt.Fprintf(b, "\n### %s/%s: %s\n\n%s\n\n", mdText(res.Scenario), mdText(res.Variant),
		outcomeWords(res.Outcome), mdText(suite.told(r)))
	if res.Why != "" {
		fmt.Fprintf(b, "%s\n\n", mdText(res.Why))
	}
	if res.Replications != nil {
		fmt.Fprintf(b, "Of seed %d alone:\n\n", res.Seed)
	}
	for _, e := range res.Expectations {
		fmt.Fprintf(b, "- expected %s, observed %s: %s\n", mdText(e.Text), mdText(e.Observed), e.Verb())
	}
	fmt.Fprintf(b, "\nRepeat: %s\n", mdCode(res.Repeat))
}

// mdText makes s plain text on one line: nothing in it is read as Markdown,
// HTML, a table cell's end or a mention.
func mdText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteByte(' ')
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '@':
			b.WriteString("&#64;")
		case strings.ContainsRune("\\`*_[]|~#!", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return strings.ReplaceAll(b.String(), "://", ":&#47;&#47;") // no automatic links
}

// mdCommands is one command in the line, or a list of several.
func mdCommands(s string) string {
	lines := strings.Split(s, "\n")
	if len(lines) == 1 {
		return " " + mdCode(s) + "\n"
	}
	var b strings.Builder
	b.WriteString("\n\n")
	for _, line := range lines {
		b.WriteString("- " + mdCode(line) + "\n")
	}
	return b.String()
}

// mdCode makes s a code span, fenced with more backticks than it holds.
func mdCode(s string) string {
	s = strings.NewReplacer("\n", " ", "\r", " ").Replace(s)
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}
