package result

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
)

var update = flag.Bool("update", false, "write the golden files")

func header() history.Header {
	return history.Header{
		Version: "v0", Scenario: "memory-sessions", Variant: "broken", Title: "Sessions in memory", Substrate: "loopback", Seed: 7,
		PlanHash: "abc", Compress: 60, Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Planned: 10 * time.Second, Users: 400,
		Cures: []string{"redis", "sticky"}, Repeat: "logoutlab run memory-sessions/broken --seed 7",
		Faults: []history.PlannedFault{{Name: "node_kill", At: 2 * time.Second, For: time.Second}},
		Expect: []history.Expectation{
			{Metric: "spurious_logouts", Bound: "> 1%", Cause: oracle.SessionNotOnNode, Source: "f.yaml:9"},
			{Metric: "ghost_sessions", Bound: "0", Source: "f.yaml:10"},
		},
	}
}

func judgement() *oracle.Judgement {
	return &oracle.Judgement{
		Verdicts: oracle.Counts{OK: 900, SpuriousLogout: 100}, Actions: 1000, ValidActions: 500, Logins: 400,
		Causes: map[string]int{oracle.SessionNotOnNode: 100}, GhostCauses: map[string]int{},
		Findings: []oracle.Finding{
			{User: 1, At: time.Second, Verdict: oracle.SpuriousLogout, Cause: oracle.SessionNotOnNode},
			{User: 1, At: 3 * time.Second, Verdict: oracle.SpuriousLogout, Cause: oracle.SessionNotOnNode},
			{User: 2, At: 9 * time.Second, Verdict: oracle.SpuriousLogout, Cause: oracle.SessionLost},
			{User: 3, At: 9 * time.Second, Verdict: oracle.Error, Cause: oracle.ConnectionCut},
		},
		Affected: []int{1, 2}, Requests: 1200, Successes: 1100, Nodes: []oracle.NodeCount{{Name: "app-1", Requests: 1200, Rejections: 100}},
		Load:     &history.Load{Hits: 1000, SuccessRatio: 0.9, P50: 1, P95: 2, P99: 3, PlannedRate: 100, AchievedRate: 99, MaxLag: time.Millisecond},
		Complete: true, Last: 10 * time.Second,
	}
}

func marked() []Receipt {
	return []Receipt{{DecisionsChanged: 3, Rejections: 2, RequestsCut: 1, SessionsLost: 2, Marks: 5}}
}

func TestGolden(t *testing.T) {
	empty := New(history.Header{}, &oracle.Judgement{}, nil)
	for name, r := range map[string]*Result{"full": New(header(), judgement(), marked()), "empty": empty, "zero": {}} {
		got, err := json.MarshalIndent(r, "", "  ")
		require.NoError(t, err)
		path := filepath.Join("testdata", name+".json")
		if *update {
			require.NoError(t, os.MkdirAll("testdata", 0o755))
			require.NoError(t, os.WriteFile(path, append(got, '\n'), 0o644))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got)+"\n", "run with -update if this is meant")
		require.NotContains(t, string(got), "null")
		var back Result
		require.NoError(t, json.Unmarshal(got, &back))
		again, err := json.MarshalIndent(back, "", "  ")
		require.NoError(t, err)
		require.Equal(t, string(got), string(again), "what is written reads back")
	}
}

func TestAttribution(t *testing.T) {
	require.Equal(t, map[string]map[string]int{
		"none":      {oracle.SessionNotOnNode: 1},
		"node_kill": {oracle.SessionNotOnNode: 1, oracle.SessionLost: 1},
	}, New(header(), judgement(), marked()).Attribution)
}

func TestOutcome(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*history.Header, *oracle.Judgement, []Receipt)
		want   Outcome
		why    string
	}{
		{"pass", func(*history.Header, *oracle.Judgement, []Receipt) {}, Pass, ""},
		{"bound", func(h *history.Header, _ *oracle.Judgement, _ []Receipt) { h.Expect[0].Bound = "0" }, Fail, "expected spurious_logouts 0"},
		{"cause", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) {
			j.Causes = map[string]int{oracle.SessionNotOnNode: 98, oracle.SessionLost: 2}
		}, Fail, "98.0 % of them session_not_on_node"},
		{"99 % are enough", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) {
			j.Causes = map[string]int{oracle.SessionNotOnNode: 99, oracle.SessionLost: 1}
		}, Pass, ""},
		{"a cause of nothing", func(h *history.Header, j *oracle.Judgement, _ []Receipt) {
			h.Expect[0].Bound, j.Verdicts.SpuriousLogout, j.Causes = "0", 0, nil
		}, Fail, "0 % of them"},
		{"unreadable bound", func(h *history.Header, _ *oracle.Judgement, _ []Receipt) { h.Expect[1].Bound = "?" }, Fail, "cannot be read"},
		{"unknown metric", func(h *history.Header, _ *oracle.Judgement, _ []Receipt) { h.Expect[1].Metric = "x" }, Fail, "does not measure x"},
		{"plain success", func(h *history.Header, _ *oracle.Judgement, _ []Receipt) {
			h.Expect[1] = history.Expectation{Metric: "vegeta_success", Bound: "= 90%"}
		}, Pass, ""},
		{"vacuous", func(_ *history.Header, _ *oracle.Judgement, r []Receipt) { r[0] = Receipt{} }, Unknown, "node_kill at 2 s left no mark"},
		{"killed", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) { j.Complete, j.Load = false, nil }, Unknown, "no end"},
		{"interrupted", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) { j.Load.Interrupted = true }, Unknown, "interrupted"},
		{"nothing", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) { j.ValidActions = 0 }, Unknown, "no page was opened"},
		{"too many unknown", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) { j.Verdicts.Unknown = 11 }, Unknown, "11 of 1000"},
		{"slow", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) { j.Load.AchievedRate = 89 }, Unknown, "89.0 of 100.0"},
		{"late", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) { j.Load.MaxLag = 3 * time.Second }, Unknown, "3s late"},
		{"doubt before failure", func(h *history.Header, j *oracle.Judgement, _ []Receipt) {
			h.Expect[0].Bound, j.Load.Interrupted = "0", true
		}, Unknown, "interrupted; expected spurious_logouts 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, j, r := header(), judgement(), marked()
			c.change(&h, j, r)
			got := New(h, j, r)
			require.Equal(t, c.want, got.Outcome, got.Why)
			require.Contains(t, got.Why, c.why)
			require.Equal(t, c.want == Pass, got.Why == "")
		})
	}
}

func TestHeadline(t *testing.T) {
	h, j := header(), judgement()
	require.Equal(t, "2 of 400 users were logged out: 100 % because the session is known on another node only (session_not_on_node); cures: redis, sticky",
		New(h, j, marked()).Headline)

	h.Variant = "redis"
	j.Verdicts, j.UsesAfterLogout, j.GhostCauses = oracle.Counts{GhostSession: 8, WrongIdentity: 1, Lockout: 2}, 10, map[string]int{oracle.RevokedElsewhere: 7, oracle.RevocationMissed: 1}
	require.Equal(t, "80.0 % of 10 uses of credentials after logout were accepted: 87.5 % because one node revoked it and the others do not know, or the other way round (revoked_elsewhere); "+
		"1 page showed somebody else's data; 2 logins with the right password were refused; cures: sticky", New(h, j, marked()).Headline)

	j.Verdicts, j.ValidActions = oracle.Counts{OK: 20_000, Error: 1}, 20_000
	require.Equal(t, "Nobody was logged out in 20,000 actions (95 % upper bound: 0.018 %); 1 action ended in an error", New(h, j, marked()).Headline)

	j.ValidActions = 0
	require.Contains(t, New(h, j, marked()).Headline, "Nothing was measured")
}

// Without the load generator's own account, the clients' answers are counted.
func TestPlainViewOfAKilledRun(t *testing.T) {
	j := judgement()
	j.Load = nil
	r := New(header(), j, marked())
	require.Equal(t, 1200, r.HTTP.Requests)
	require.InDelta(t, 1100.0/1200, r.HTTP.SuccessRatio, 1e-9)
}
