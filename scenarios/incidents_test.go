package scenarios_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
	"github.com/logoutlab/logoutlab/scenarios"
)

var update = flag.Bool("update", false, "write the table in README.md anew")

// reference is how an incident's title begins: owner/repository#number.
var reference = regexp.MustCompile(`^([\w.-]+/[\w.-]+)#(\d+): `)

// TestIncidents: each report has a failing variant and a cured one, both come out
// as they should in the simulator, and README.md says so.
func TestIncidents(t *testing.T) {
	names := scenarios.Group(scenarios.Incidents)
	require.GreaterOrEqual(t, len(names), 15)
	culprits := map[string]bool{}
	var table []string
	for _, name := range names {
		s, _, err := scenarios.Load(name)
		require.NoError(t, err)
		require.Regexp(t, reference, s.Title, name)
		require.Equal(t, "broken, fixed", s.VariantNames(), name)
		culprits[s.Culprit] = true
		broken, fixed := played(t, s, "broken"), played(t, s, "fixed")
		m := reference.FindStringSubmatch(s.Title)
		table = append(table, fmt.Sprintf("| [%s#%s](https://github.com/%s/issues/%s) | %s | %s | %s | `logoutlab run %s --substrate sim` |",
			m[1], m[2], m[1], m[2], s.Culprit, cell(broken), cell(fixed), name))
	}
	require.GreaterOrEqual(t, len(culprits), 9)
	requireTable(t, table)
}

// played runs a variant in the simulator; loopback has to take it too.
func played(t *testing.T, s *scenario.Scenario, variant string) *result.Result {
	t.Helper()
	loop := &loopback.Substrate{}
	p, err := plan.Build(s, variant, plan.Options{Seed: 1, Limits: loop.Limits()})
	require.NoError(t, err)
	require.NoError(t, loop.Check(p.Variant))
	p, err = plan.Build(s, variant, plan.Options{Seed: 1, Compress: 1})
	require.NoError(t, err)
	j, err := run.Watch(context.Background(), &sim.Substrate{}, run.Options{Plan: p, Version: "test"})
	require.NoError(t, err)
	require.Equal(t, result.Pass, j.Result.Outcome, "%s/%s: %s %v", s.Name, variant, j.Result.Why, j.Result.Expectations)
	return j.Result
}

// cell is what came of a variant.
func cell(r *result.Result) string {
	return strings.ReplaceAll(strings.ReplaceAll(r.Headline, "|", `\|`), "_", `\_`)
}

// requireTable requires the table in README.md to have these rows, each with the
// commit that ran it last in one column more.
func requireTable(t *testing.T, rows []string) {
	t.Helper()
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	const start, end = "<!-- incidents -->\n", "<!-- /incidents -->"
	before, rest, found := strings.Cut(string(text), start)
	require.True(t, found)
	have, after, found := strings.Cut(rest, end)
	require.True(t, found)
	if *update {
		commit, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
		require.NoError(t, err)
		have = "| report | culprit | broken | fixed | command | last run by |\n| --- | --- | --- | --- | --- | --- |\n"
		for _, row := range rows {
			have += row + " " + strings.TrimSpace(string(commit)) + " |\n"
		}
		require.NoError(t, os.WriteFile("README.md", []byte(before+start+have+end+after), 0o644))
	}
	commits := regexp.MustCompile(`(?m) [0-9a-f]{7,40} \|$`)
	require.Contains(t, commits.ReplaceAllString(have, ""), strings.Join(rows, "\n")+"\n", "README.md is behind: run the test with -update")
}
