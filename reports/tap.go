package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/logoutlab/logoutlab/harness/result"
)

// TAP writes the Test Anything Protocol, version 14: one test point a variant,
// with the run's figures as YAML. What is unknown or was not run is not ok; what
// the parts cannot do is skipped. A variant that was held against a baseline has
// a second one.
// https://testanything.org/tap-version-14-specification.html
func TAP(w io.Writer, suite Suite) error {
	var points []tapPoint
	for _, r := range suite.Runs {
		points = append(points, tapOf(r))
	}
	for _, n := range suite.NotRun {
		p := tapPoint{name: n.Scenario + "/" + n.Variant}
		if n.Excluded {
			p.skip = n.Why
		} else {
			p.facts = []junitProperty{{"message", n.Why}, {"outcome", string(result.Unknown)}, {"repeat", n.Repeat}}
		}
		points = append(points, p)
	}
	points = append(points, tapGate(suite)...)
	var b bytes.Buffer
	fmt.Fprintf(&b, "TAP version 14\n1..%d\n", len(points))
	for i, p := range points {
		p.write(&b, i+1)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// tapPoint is one test point.
type tapPoint struct {
	ok    bool
	name  string
	skip  string // why; "": it is not skipped
	facts []junitProperty
}

func tapOf(r Run) tapPoint {
	p := tapPoint{ok: passed(r), name: runName(r)}
	message := headline(r)
	if !p.ok {
		message = failureLine(r.Result)
	}
	p.facts = append([]junitProperty{{"message", message}, {"outcome", string(r.Result.Outcome)}}, runProperties(r)...)
	return p
}

func tapGate(suite Suite) []tapPoint {
	var out []tapPoint
	for _, s := range junitGate(suite) {
		for _, c := range s.Cases {
			p := tapPoint{ok: c.Failure == nil, name: "baseline: " + c.Name, facts: []junitProperty{{"message", c.Out}}}
			if !p.ok {
				p.facts = []junitProperty{{"message", c.Failure.Message}, {"details", c.Failure.Text}}
			}
			out = append(out, p)
		}
	}
	return out
}

func (p tapPoint) write(b *bytes.Buffer, n int) {
	if p.skip != "" {
		fmt.Fprintf(b, "ok %d - %s # SKIP %s\n", n, tapText(p.name), tapText(p.skip))
		return
	}
	if !p.ok {
		b.WriteString("not ")
	}
	fmt.Fprintf(b, "ok %d - %s\n  ---\n", n, tapText(p.name))
	var done []string
	for _, f := range p.facts {
		if slices.Contains(done, f.Name) {
			continue
		}
		done = append(done, f.Name)
		var values []string
		for _, same := range p.facts {
			if same.Name == f.Name {
				values = append(values, yamlText(same.Value))
			}
		}
		value := values[0]
		if len(values) > 1 {
			value = "[" + strings.Join(values, ", ") + "]"
		}
		fmt.Fprintf(b, "  %s: %s\n", f.Name, value)
	}
	b.WriteString("  ...\n")
}

// tapText is text on one line in which nothing is a directive.
func tapText(s string) string {
	s = strings.NewReplacer("\\", "\\\\", "#", "\\#", "\n", " ", "\r", " ").Replace(s)
	return strings.Map(printable, plain(s))
}

// yamlText is a text in quotes: YAML takes what JSON has.
func yamlText(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(strings.Map(printable, strings.ToValidUTF8(plain(s), "\uFFFD"))); err != nil {
		return `""` // a text can always be written
	}
	return strings.TrimSuffix(b.String(), "\n")
}
