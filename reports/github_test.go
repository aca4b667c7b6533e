package reports

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

func annotate(t *testing.T, s Suite) []string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Annotations(&b, s, func(file string) (string, bool) { return "ci/" + file, !strings.HasPrefix(file, "culprits/") }))
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

func TestAnnotations(t *testing.T) {
	suite := sampleSuite()
	suite.Gate = compared()
	suite.NotRun = []NotRun{{Scenario: "a", Variant: "b", Why: "interrupted"}, {Scenario: "a", Variant: "c", Why: "no port", Failed: true, Repeat: "logoutlab run a/c"}, {Excluded: true}}
	require.Equal(t, []string{
		"::error file=ci/key-mismatch.yaml,line=33,title=key-mismatch/jwks::expected spurious_logouts 0, observed 3 of 4,000%0Amain cause: key_retired (100 %25)%0Arepeat: logoutlab run culprits/key-mismatch/jwks --seed 7",
		"::error title=a/c::no port%0Arepeat: logoutlab run a/c",
		"::error title=worse than the baseline%3A shop/one::" + workflowData(suite.Gate.Alarms()[0].String()) + "%0Arepeat: logoutlab run shop/one",
		"::warning title=clock-skew/broken::the fault clock_skew at 5s left no mark: what it should show was not tested%0Arepeat: logoutlab run culprits/clock-skew/broken --seed 7",
		"::warning title=a/b::not run: interrupted",
	}, annotate(t, suite))
}

func TestAnnotationsOfTheCatalogueHaveNoFile(t *testing.T) {
	suite := sampleSuite()
	for i, r := range suite.Runs {
		for j := range r.Result.Expectations {
			suite.Runs[i].Result.Expectations[j].Source = "culprits/key-mismatch:33"
		}
	}
	require.Contains(t, annotate(t, suite)[0], "::error title=key-mismatch/jwks::expected")
}

// Each expectation has the cause of what it counts.
func TestAnnotationsTellTheirOwnCause(t *testing.T) {
	run := sampleSuite().Runs[2]
	run.Result.GhostCauses = map[string]int{"revocation_missed": 3, "cached_other_user": 1}
	run.Result.Expectations = []result.Expectation{{Text: "spurious_logouts 0"}, {Text: "ghost_sessions 0"}, {Text: "errors 0"}}
	lines := annotate(t, Suite{Runs: []Run{run}})
	require.Contains(t, lines[0], "%0Amain cause: key_retired (100 %25)")
	require.Contains(t, lines[1], "%0Amain cause: revocation_missed (75.0 %25)")
	require.NotContains(t, lines[2], "main cause")
}

// Over several seeds, what fails on any of them is told.
func TestAnnotationsOverSeeds(t *testing.T) {
	suite := sampleSuite()
	run := suite.Runs[2]
	run.Result.Replications = &result.Replications{Judged: 4, Seeds: result.Seeds{First: 1, Last: 4}, Repeat: "logoutlab run x --seeds 1..4", Expectations: []result.Tally{
		{Text: "spurious_logouts 0", Source: "x.yaml:7", Holds: 2, Fails: 2, Observed: "3 of 9"}, {Text: "errors 0", Source: "x.yaml:8", Holds: 4},
	}}
	lines := annotate(t, Suite{Runs: []Run{run}})
	require.Len(t, lines, 1)
	require.Regexp(t, `^::error file=ci/x\.yaml,line=7,title=key-mismatch/jwks::expected spurious_logouts 0: fails on 2 of 4 seeds; the first observed 3 of 9%0A`, lines[0])
	require.True(t, strings.HasSuffix(lines[0], "repeat: logoutlab run x --seeds 1..4"))
}

// Whatever a system says, each line is one command, whose message cannot end it
// or give it other properties.
func TestAnnotationsOfHostileText(t *testing.T) {
	suite := hostileSuite(t)
	for i := range suite.Runs {
		suite.Runs[i].Result.Outcome = result.Fail
		for j := range suite.Runs[i].Result.Expectations {
			e := &suite.Runs[i].Result.Expectations[j]
			e.Holds, e.Source = false, "a,b:c\n::stop-commands::x:7"
			e.Observed += "\r\n::add-path::/tmp,line=9"
		}
	}
	form := regexp.MustCompile(`^::(error|warning) (file=[^:,%]*(%[0-9A-F]{2}[^:,%]*)*,line=[0-9]+,)?title=[^:,%]*(%[0-9A-F]{2}[^:,%]*)*::[^\r\n]*$`)
	lines := annotate(t, suite)
	require.Greater(t, len(lines), 5)
	for _, line := range lines {
		require.Regexp(t, form, line)
	}
}

func TestMistakes(t *testing.T) {
	_, err := scenario.Parse("a,b.yaml", []byte("scenario: x\narchitecture: {session: {kind: moon}}\nvariants: {a: {expect: [{errors: 0}]}}"))
	var all scenario.Errors
	require.ErrorAs(t, err, &all)
	var b bytes.Buffer
	require.NoError(t, Mistakes(&b, all, func(file string) (string, bool) { return "ci/" + file, true }))
	require.Equal(t, "::error file=ci/a%2Cb.yaml,line=2,col=32,title=the scenario has a mistake::"+all[0].Error()+"\n", b.String())
}
