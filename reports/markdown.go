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
	mdTable(&b, suite)
	for _, r := range suite.Runs {
		if !passed(r) {
			mdProblem(&b, r)
		}
	}
	if suite.Command != "" {
		fmt.Fprintf(&b, "\nRepeat all: %s\n", mdCode(suite.Command))
	}
	fmt.Fprintf(&b, "\nlogoutlab %s, %s\n", mdText(suite.Version), suite.Started.UTC().Format("2006-01-02 15:04 UTC"))
	_, err := io.WriteString(w, b.String())
	return err
}

func mdTable(b *strings.Builder, suite Suite) {
	b.WriteString("| Scenario | Variant | Outcome | Spurious logouts (95 %) | Ghosts | Main cause | A plain load tool says | Seed |\n")
	b.WriteString("| --- | --- | --- | ---: | ---: | --- | ---: | ---: |\n")
	for _, r := range suite.Runs {
		res := r.Result
		cause, part := mainCause(res)
		if cause != "" {
			cause = fmt.Sprintf("%s, %s", mdText(cause), percent(part))
		}
		outcome := outcomeWords(res.Outcome)
		if res.Outcome != result.Pass {
			outcome = "**" + outcome + "**"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %d |\n",
			mdText(res.Scenario), mdText(res.Variant), outcome,
			mdText(rateText(res.Rates.SpuriousLogout)), count(res.Verdicts.GhostSession), cause,
			successText(res), res.Seed)
	}
}

// successText is what a plain load tool would have said.
func successText(res *result.Result) string {
	if res.HTTP.Requests == 0 {
		return "not measured"
	}
	return percent(res.HTTP.SuccessRatio) + " success"
}

func mdProblem(b *strings.Builder, r Run) {
	res := r.Result
	fmt.Fprintf(b, "\n### %s/%s: %s\n\n%s\n\n", mdText(res.Scenario), mdText(res.Variant),
		outcomeWords(res.Outcome), mdText(headline(r)))
	if res.Why != "" {
		fmt.Fprintf(b, "%s\n\n", mdText(res.Why))
	}
	for _, e := range res.Expectations {
		verb := "fails"
		if e.Holds {
			verb = "holds"
		}
		fmt.Fprintf(b, "- expected %s, observed %s: %s\n", mdText(e.Text), mdText(e.Observed), verb)
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
