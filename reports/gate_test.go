package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/gate"
)

func compared() *gate.Comparison {
	return &gate.Comparison{
		File: "b|.json", Level: 0.001, Compared: 2,
		Changes: []gate.Change{
			{Scenario: "shop", Variant: "one", Metric: "spurious_logouts", Kind: gate.New, Mostly: "session_<lost>", Before: gate.Hit{Of: 400}, Now: gate.Hit{Users: 40, Of: 400, Value: 0.1}, P: 1e-12, Unit: "user", Seeds: 1, Repeat: "logoutlab run shop/one"},
			{Scenario: "shop", Variant: "two", Metric: "ghost_sessions", Kind: gate.Better, Before: gate.Hit{Users: 40, Of: 400, Value: 0.1}, Now: gate.Hit{Of: 400}, P: 1e-12, Unit: "user", Seeds: 1, Repeat: "logoutlab run shop/two"},
		},
		Systems:  []gate.System{{Scenario: "shop", Variant: "one", Differs: `the session is "leeway 0s", and was "leeway 30s"`}},
		Untested: []gate.Untested{{Scenario: "shop", Variant: "three", Why: "seed 3: unknown"}},
		Power:    []gate.Power{{Scenario: "shop", Variant: "one", Users: 400, Seeds: 1, Unit: "user", Least: 0.06}, {Scenario: "shop", Variant: "two", Users: 400, Seeds: 1, Unit: "user", Least: 0.06}},
	}
}

// Every report tells what is worse, with its cause, its figures and the command.
func TestEveryReportHasTheComparison(t *testing.T) {
	suite := sampleSuite()
	suite.Gate = compared()

	var html, md, junit, js bytes.Buffer
	require.NoError(t, HTML(&html, suite))
	require.NoError(t, Markdown(&md, suite))
	require.NoError(t, JUnit(&junit, suite))
	require.NoError(t, Summary(&js, suite))

	for _, want := range []string{"Against the baseline", "1 change for the worse, 1 for the better", "session_&lt;lost&gt;", "40 of 400 users (10.0 %)", "shop/three", "logoutlab run shop/one", "new harm to 6 % of the users or more"} {
		require.Contains(t, html.String(), want)
	}
	require.Contains(t, md.String(), `| shop/one | new | spurious logouts: session\_&lt;lost&gt; | 0 of 400 users (0 %) | 40 of 400 users (10.0 %) | 1e-12 |`)
	require.Contains(t, md.String(), "shop/three: not compared: seed 3: unknown")

	var suites junitSuites
	require.NoError(t, xml.Unmarshal(junit.Bytes(), &suites))
	last := suites.Suites[len(suites.Suites)-1]
	require.Equal(t, "baseline", last.Name)
	require.Equal(t, []int{2, 1}, []int{last.Tests, last.Failures}, "better is no failure")
	require.Contains(t, last.Cases[0].Failure.Text, "repeat: logoutlab run shop/one")

	var summary struct{ Baseline *gate.Comparison }
	require.NoError(t, json.Unmarshal(js.Bytes(), &summary))
	require.Equal(t, suite.Gate, summary.Baseline)
}
