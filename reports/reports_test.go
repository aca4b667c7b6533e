package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/result"
)

var update = flag.Bool("update", false, "write the golden files")

func TestGolden(t *testing.T) {
	for name, write := range map[string]func(io.Writer, Suite) error{
		"report.html":  HTML,
		"junit.xml":    JUnit,
		"summary.json": Summary,
		"summary.md":   Markdown,
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			require.NoError(t, write(&got, sampleSuite()))
			file := filepath.Join("testdata", name)
			if *update {
				require.NoError(t, os.WriteFile(file, got.Bytes(), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err, "run: go test ./reports -update")
			require.Equal(t, string(want), got.String())
		})
	}
}

func TestEmptySuite(t *testing.T) {
	for _, write := range []func(io.Writer, Suite) error{HTML, JUnit, Summary, Markdown} {
		require.NoError(t, write(io.Discard, Suite{}))
	}
	var page bytes.Buffer
	require.NoError(t, HTML(&page, Suite{}))
	require.Contains(t, page.String(), "Nothing was run")
}

func TestSummaryReadsBack(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, Summary(&b, sampleSuite()))
	var got struct {
		Schema  int
		Totals  Totals
		Results []result.Result
	}
	require.NoError(t, json.Unmarshal(b.Bytes(), &got))
	require.Equal(t, Totals{Pass: 3, Fail: 1, Unknown: 1}, got.Totals)
	require.Len(t, got.Results, 5)
	want := *sampleBroken().Result
	want.GhostCauses, want.IdentityCauses, want.LockoutCauses = map[string]int{}, map[string]int{}, map[string]int{} // written as such
	want.Security = []result.Security{}
	require.Equal(t, want, got.Results[0])
}

func TestJUnitCounts(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, JUnit(&b, sampleSuite()))
	var got junitSuites
	require.NoError(t, xml.Unmarshal(b.Bytes(), &got))
	require.Equal(t, []int{5, 1, 1}, []int{got.Tests, got.Failures, got.Errors})
	require.Len(t, got.Suites, 5)
	require.Equal(t, "key-mismatch/jwks", got.Suites[2].Name)
	require.Equal(t, "key-mismatch", got.Suites[2].Cases[0].Classname)
	for _, p := range []junitProperty{
		{"seed", "7"}, {"N", "4000"}, {"substrate", "loopback"}, {"bound", "spurious_logouts 0"}, {"bound", "ghost_sessions 0"},
		{"cause", "key_retired"}, {"repeat", "logoutlab run culprits/key-mismatch/jwks --seed 7"},
	} {
		require.Contains(t, got.Suites[2].Properties, p)
	}
	failure := got.Suites[2].Cases[0].Failure
	require.NotNil(t, failure)
	for _, part := range []string{"key_retired", "spurious_logouts 0", "3 of 4,000", "logoutlab run culprits/key-mismatch/jwks --seed 7"} {
		require.Contains(t, failure.Text, part)
	}
	unknown := got.Suites[4].Cases[0]
	require.Nil(t, unknown.Failure)
	require.Contains(t, unknown.Error.Message, "left no mark")
}

func TestWhatWasNotRunIsNamed(t *testing.T) {
	suite := Suite{Runs: []Run{sampleBroken()}, Started: sampleStart, NotRun: []NotRun{
		{Scenario: "key-mismatch", Variant: "jwks", Why: "interrupted", Repeat: "logoutlab run a"},
		{Scenario: "control", Variant: "broken", Why: "no port", Failed: true, Repeat: "logoutlab run b"},
		{Scenario: "key-mismatch", Variant: "per-node-audience", Why: "nginx cannot", Excluded: true},
	}}
	require.Equal(t, Totals{Pass: 1, Unknown: 2, NotRun: 2, Excluded: 1}, suite.Totals())
	require.Contains(t, answer(suite), "expected to cure, not run here: shared-key, jwks, per-node-audience; 2 variants not run; 1 variant left out, which these parts cannot do.")

	var b bytes.Buffer
	require.NoError(t, JUnit(&b, suite))
	var got junitSuites
	require.NoError(t, xml.Unmarshal(b.Bytes(), &got))
	require.Equal(t, []int{4, 0, 1}, []int{got.Tests, got.Failures, got.Errors})
	require.Equal(t, []int{1, 0, 0, 1}, []int{got.Suites[1].Tests, got.Suites[1].Failures, got.Suites[1].Errors, got.Suites[1].Skipped})
	require.Equal(t, "interrupted", got.Suites[1].Cases[0].Skipped.Message)
	require.Equal(t, "control/broken", got.Suites[2].Name)
	require.Equal(t, "no port", got.Suites[2].Cases[0].Error.Message)
	require.Contains(t, got.Suites[2].Cases[0].Error.Text, "logoutlab run b")
	require.Contains(t, got.Suites[2].Properties, junitProperty{"repeat", "logoutlab run b"})

	b.Reset()
	require.NoError(t, Summary(&b, suite))
	var sum struct {
		NotRun []map[string]any `json:"not_run"`
	}
	require.NoError(t, json.Unmarshal(b.Bytes(), &sum))
	require.Equal(t, map[string]any{
		"scenario": "key-mismatch", "variant": "jwks", "outcome": "unknown", "why": "interrupted", "repeat": "logoutlab run a",
	}, sum.NotRun[0])
	require.Equal(t, true, sum.NotRun[2]["excluded"])

	for _, write := range writers() {
		b.Reset()
		require.NoError(t, write(&b, suite))
		require.Contains(t, b.String(), "nginx cannot")
	}
}

func TestSeveralCommandsAreAList(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, Markdown(&b, Suite{Runs: []Run{sampleBroken()}, Command: "logoutlab run a\nlogoutlab run b"}))
	require.Contains(t, b.String(), "Repeat all:\n\n- `logoutlab run a`\n- `logoutlab run b`\n")
}

// writers are the reports that people read.
func writers() []func(io.Writer, Suite) error {
	return []func(io.Writer, Suite) error{HTML, Markdown}
}
