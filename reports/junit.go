package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
)

// The elements and attributes are those that GitHub's report actions, GitLab
// and the Jenkins JUnit plugin all read: the junit-10 schema of the Jenkins
// xUnit plugin. It has properties of a suite and none of a test case, so each
// variant is a suite with one case.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		Classname string        `xml:"classname,attr"`
		Time      string        `xml:"time,attr"`
		Skipped   *junitSkipped `xml:"skipped"`
		Failure   *junitProblem `xml:"failure"`
		Error     *junitProblem `xml:"error"`
		Out       string        `xml:"system-out,omitempty"`
		seconds   float64
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes JUnit XML: a test suite with one test case for each variant, which
// is called SCENARIO/VARIANT and has the run's figures as its properties.
// An expectation that does not hold is a failure; an unknown outcome is an
// error, so that a CI job never takes it for a pass. A variant whose turn never
// came is skipped.
func JUnit(w io.Writer, suite Suite) error {
	out := junitSuites{Name: suite.Title}
	total := 0.0
	for _, s := range append(junitSuitesOf(suite), junitGate(suite)...) {
		took := 0.0
		for _, c := range s.Cases {
			s.Tests++
			s.Failures += one(c.Failure != nil)
			s.Errors += one(c.Error != nil)
			s.Skipped += one(c.Skipped != nil)
			took += c.seconds
		}
		s.Time = junitTime(took)
		out.Suites = append(out.Suites, s)
		out.Tests += s.Tests
		out.Failures += s.Failures
		out.Errors += s.Errors
		total += took
	}
	out.Time = junitTime(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("writing JUnit XML: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// junitSuitesOf is a suite for each variant, those that were run first.
func junitSuitesOf(suite Suite) []junitSuite {
	var out []junitSuite
	for _, r := range suite.Runs {
		out = append(out, junitSuite{
			Name: runName(r), Timestamp: junitStamp(r.Result.Started),
			Properties: append([]junitProperty{{"title", r.Result.Title}, {"version", suite.Version}}, runProperties(r)...),
			Cases:      []junitCase{caseOf(r)},
		})
	}
	for _, n := range suite.NotRun {
		s := junitSuite{
			Name: n.Scenario + "/" + n.Variant, Timestamp: junitStamp(suite.Started),
			Properties: []junitProperty{{"version", suite.Version}}, Cases: []junitCase{caseOfNotRun(n)},
		}
		if n.Repeat != "" {
			s.Properties = append(s.Properties, junitProperty{"repeat", n.Repeat})
		}
		out = append(out, s)
	}
	return out
}

// caseOfNotRun is skipped if nobody tried, and an error if the try failed.
func caseOfNotRun(n NotRun) junitCase {
	c := junitCase{Name: n.Variant, Classname: n.Scenario, Time: junitTime(0)}
	if n.Failed {
		c.Error = &junitProblem{Message: n.Why, Type: "infrastructure", Text: "\n" + n.Why + "\n\nrepeat: " + n.Repeat + "\n"}
	} else {
		c.Skipped = &junitSkipped{Message: n.Why}
	}
	return c
}

func caseOf(r Run) junitCase {
	res := r.Result
	c := junitCase{
		Name:      res.Variant,
		Classname: res.Scenario,
		Time:      junitTime(res.DurationS),
		seconds:   res.DurationS,
		Out:       headline(r),
	}
	switch res.Outcome {
	case result.Pass:
	case result.Fail:
		c.Failure = &junitProblem{Message: failureLine(res), Type: "expectation", Text: failureText(r)}
	default:
		c.Error = &junitProblem{Message: failureLine(res), Type: "unknown", Text: failureText(r)}
	}
	return c
}

// runProperties are a run's figures: over all seeds, if there are several.
func runProperties(r Run) []junitProperty {
	res := overall(r.Result)
	props := []junitProperty{
		{"seed", strconv.FormatUint(res.Seed, 10)},
		{"N", strconv.Itoa(res.Rates.SpuriousLogout.Of)},
		{"compress", strconv.FormatFloat(res.Compress, 'g', -1, 64)},
		{"substrate", res.Substrate},
		{"rate", strconv.FormatFloat(res.Rates.SpuriousLogout.Value, 'g', 6, 64)},
		{"rate_95", fmt.Sprintf("%.6g..%.6g", res.Rates.SpuriousLogout.Lo, res.Rates.SpuriousLogout.Hi)},
	}
	repeat := res.Repeat
	if all := res.Replications; all != nil {
		props = append(props, junitProperty{"seeds", all.Seeds.String()}, junitProperty{"outcomes", outcomesWords(all)})
		repeat = all.Repeat
	}
	for _, e := range res.Expectations {
		props = append(props, junitProperty{"bound", e.Text})
	}
	if cause, _ := worstCause(r); cause != "" {
		props = append(props, junitProperty{"cause", cause})
	}
	return append(props, junitProperty{"repeat", repeat})
}

// failureLine is the one line that a CI server shows in its list.
func failureLine(res *result.Result) string {
	var broken []string
	for _, e := range res.Expectations {
		if !e.Holds && !e.Elsewhere {
			broken = append(broken, fmt.Sprintf("expected %s, observed %s", e.Text, e.Observed))
		}
	}
	switch {
	case res.Why != "":
		return res.Why
	case len(broken) > 0:
		return strings.Join(broken, "; ")
	default:
		return "the outcome is " + outcomeWords(res.Outcome)
	}
}

// failureText says all that is needed to see the failure again.
func failureText(r Run) string {
	res := r.Result
	var b strings.Builder
	line := func(key, value string) { fmt.Fprintf(&b, "%-10s %s\n", key+":", value) }
	b.WriteString("\n" + headline(r) + "\n\n")
	if res.Why != "" {
		line("why", res.Why)
	}
	if name, part := mainCause(res); name != "" {
		line("cause", fmt.Sprintf("%s (%s): %s", name, plain(percent(part)), oracle.InWords(name)))
	}
	for _, e := range res.Expectations {
		text := fmt.Sprintf("%s; observed %s; %s", e.Text, e.Observed, e.Verb())
		if e.Source != "" {
			text += " (" + e.Source + ")"
		}
		line("expected", text)
	}
	if all := res.Replications; all != nil {
		line("seeds", all.Seeds.String()+": "+outcomesWords(all))
		line("all", all.Repeat)
	}
	line("seed", strconv.FormatUint(res.Seed, 10))
	line("substrate", res.Substrate)
	line("compress", plain(compression(res.Compress)))
	line("repeat", res.Repeat)
	return b.String()
}

// plain turns no-break spaces into spaces, for consoles.
func plain(s string) string { return strings.ReplaceAll(s, nbsp, " ") }

func junitStamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05") }

func junitTime(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) }
