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
	want.GhostCauses = map[string]int{} // an empty map is written as such
	require.Equal(t, want, got.Results[0])
}

func TestJUnitCounts(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, JUnit(&b, sampleSuite()))
	var got junitSuites
	require.NoError(t, xml.Unmarshal(b.Bytes(), &got))
	require.Equal(t, []int{5, 1, 1}, []int{got.Tests, got.Failures, got.Errors})
	require.Equal(t, "key-mismatch", got.Suites[0].Cases[2].Classname)
	failure := got.Suites[0].Cases[2].Failure
	require.NotNil(t, failure)
	for _, part := range []string{"key_retired", "spurious_logouts 0", "3 of 4,000", "logoutlab run culprits/key-mismatch/jwks --seed 7"} {
		require.Contains(t, failure.Text, part)
	}
	unknown := got.Suites[2].Cases[0]
	require.Nil(t, unknown.Failure)
	require.Contains(t, unknown.Error.Message, "changed no decision")
}

func TestAnswer(t *testing.T) {
	broken, cured, failed := sampleBroken(), sampleCured(), sampleFailed()
	noWords := sampleGhost()
	noWords.Result.Headline = ""
	for _, c := range []struct {
		name string
		runs []Run
		want string
	}{
		{"one run", []Run{broken}, broken.Result.Headline},
		{"one run without a headline", []Run{noWords}, "70 of 400 users were affected; 100\u00a0% because the logout revoked nothing; cure: redis."},
		{"cure holds", []Run{broken, cured}, "1 of 1 culprit reproduced, every cure holds: 2 variants as expected, 0 not."},
		{"cure fails", []Run{broken, cured, failed}, "1 of 1 culprit reproduced, 1 of 2 cures hold: 2 variants as expected, 1 not."},
		{"no culprit", []Run{cured, failed}, "1 variant as expected, 1 not."},
		{"unknown", []Run{broken, sampleVacuous()}, "1 of 2 culprits reproduced: 1 variant as expected, 0 not, 1 unknown."},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, answer(Suite{Runs: c.runs})) })
	}
}
