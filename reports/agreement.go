package reports

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/logoutlab/logoutlab/harness/agree"
	"github.com/logoutlab/logoutlab/harness/result"
)

// Agreement writes a comparison as Markdown: where the runs were made, one line
// for each variant, and below it what is to be said of those that do not simply
// agree.
func Agreement(w io.Writer, t *agree.Table) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.\n\n", agreementTotals(t))
	agreementTable(&b, t)
	for _, r := range t.Rows {
		agreementNotes(&b, r)
	}
	b.WriteString("\nRates are of page views and of uses of credentials after logout, with exact 99.9" + nbsp + "% intervals.\n\n")
	for _, c := range t.Columns {
		fmt.Fprintf(&b, "- %s: %s, logoutlab %s, %s\n", mdText(c.Name), mdCode(c.Source), mdText(c.Version), c.Started.UTC().Format("2006-01-02 15:04 UTC"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func agreementTotals(t *agree.Table) string {
	text := fmt.Sprintf("%d of %s", t.Count(agree.Agrees), plural(len(t.Rows), "variant agrees", "variants agree"))
	for _, more := range []struct {
		verdict agree.Verdict
		word    string
	}{{agree.Explained, "explained"}, {agree.Differs, "differing"}, {agree.Unknown, "unknown"}} {
		if n := t.Count(more.verdict); n > 0 {
			text += fmt.Sprintf(", %d %s", n, more.word)
		}
	}
	return text
}

func agreementTable(b *strings.Builder, t *agree.Table) {
	b.WriteString("| Variant | Outcome | Main cause |")
	for _, what := range []string{"Spurious logouts", "Ghosts"} {
		for _, c := range t.Columns {
			fmt.Fprintf(b, " %s, %s |", what, mdText(c.Name))
		}
	}
	b.WriteString(" Agreement |\n| --- | --- | --- |" + strings.Repeat(" ---: |", 2*len(t.Columns)) + " --- |\n")
	for _, r := range t.Rows {
		verdict := string(r.Verdict)
		if r.Verdict != agree.Agrees {
			verdict = "**" + verdict + "**"
		}
		fmt.Fprintf(b, "| %s | %s | %s |", mdText(r.Scenario+"/"+r.Variant),
			together(r.Cells, func(c *agree.Cell) string { return string(c.Outcome) }), mdText(together(r.Cells, mainCauses)))
		for _, rate := range []func(*agree.Cell) result.Rate{
			func(c *agree.Cell) result.Rate { return c.SpuriousLogout }, func(c *agree.Cell) result.Rate { return c.GhostSession },
		} {
			for _, c := range r.Cells {
				fmt.Fprintf(b, " %s |", agreementRate(c, rate))
			}
		}
		fmt.Fprintf(b, " %s |\n", verdict)
	}
}

// together is what all cells say, once if they say the same.
func together(cells []*agree.Cell, word func(*agree.Cell) string) string {
	words := make([]string, len(cells))
	same := true
	for i, c := range cells {
		words[i] = "not run"
		if c != nil {
			words[i] = word(c)
		}
		same = same && words[i] == words[0]
	}
	if same {
		return words[0]
	}
	for i := range words {
		if words[i] == "" {
			words[i] = "none"
		}
	}
	return strings.Join(words, " / ")
}

func mainCauses(c *agree.Cell) string {
	var all []string
	for _, kind := range agree.Harms {
		if cause := c.Causes[kind]; cause != "" && !slices.Contains(all, cause) {
			all = append(all, cause)
		}
	}
	return strings.Join(all, ", ")
}

func agreementRate(c *agree.Cell, of func(*agree.Cell) result.Rate) string {
	if c == nil {
		return "not run"
	}
	r := of(c)
	if r.Of == 0 {
		return "none"
	}
	return fmt.Sprintf("%s (%s)", percent(r.Value), interval(r))
}

func agreementNotes(b *strings.Builder, r agree.Row) {
	if r.Verdict == agree.Agrees {
		return
	}
	fmt.Fprintf(b, "\n### %s: %s\n\n", mdText(r.Scenario+"/"+r.Variant), r.Verdict)
	for _, why := range r.Why {
		fmt.Fprintf(b, "- %s\n", mdText(why))
	}
	if r.Verdict != agree.Differs {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(r.Differences)) {
		fmt.Fprintf(b, "- documented, %s: %s\n", mdText(name), mdText(r.Differences[name]))
	}
}
