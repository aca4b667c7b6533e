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
		Verdicts: oracle.Counts{OK: 900, SpuriousLogout: 100}, Actions: 1000, ValidActions: 500, PageViews: 560, UsesAfterLogout: 40, Logins: 400,
		Valid:  oracle.Counts{OK: 390, SpuriousLogout: 100, Error: 10},
		Causes: map[string]int{oracle.SessionNotOnNode: 100}, GhostCauses: map[string]int{},
		IdentityCauses: map[string]int{oracle.CachedOtherUser: 1}, LockoutCauses: map[string]int{oracle.LockedOut: 2},
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
	empty := New(history.Header{}, &oracle.Judgement{}, nil, noneChanged)
	for name, r := range map[string]*Result{"full": New(header(), judgement(), marked(), noneChanged), "empty": empty, "zero": {}} {
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

func noneChanged(int) (int, bool) { return 0, false }

// Where two faults last at once, each is charged with the requests that its
// receipt counts.
func TestAttributionOfOverlappingFaults(t *testing.T) {
	faults := []history.PlannedFault{{Name: "key_mismatch", At: 1}, {Name: "bad_deploy", At: 1}, {Name: "clock_skew", At: 9}}
	finding := func(req int, at time.Duration, cause string) oracle.Finding {
		return oracle.Finding{Req: req, At: at, Verdict: oracle.SpuriousLogout, Cause: cause}
	}
	findings := []oracle.Finding{
		finding(1, 5, oracle.KeyMismatch), finding(2, 5, oracle.NodeMisconfig), finding(3, 10, oracle.KeyMismatch),
		finding(4, 10, oracle.ClockSkew), finding(5, 0, oracle.SessionLost), {Req: 6, At: 5, Verdict: oracle.GhostSession},
	}
	by := map[int]int{1: 0, 2: 1, 3: 0}
	require.Equal(t, map[string]map[string]int{
		"key_mismatch": {oracle.KeyMismatch: 2}, "bad_deploy": {oracle.NodeMisconfig: 1},
		"clock_skew": {oracle.ClockSkew: 1}, "none": {oracle.SessionLost: 1},
	}, Attribution(faults, findings, func(req int) (int, bool) { i, ok := by[req]; return i, ok }))
}

func TestAttribution(t *testing.T) {
	require.Equal(t, map[string]map[string]int{
		"none":      {oracle.SessionNotOnNode: 1},
		"node_kill": {oracle.SessionNotOnNode: 1, oracle.SessionLost: 1},
	}, New(header(), judgement(), marked(), noneChanged).Attribution)
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
		{"cause of ghosts", func(h *history.Header, j *oracle.Judgement, _ []Receipt) {
			h.Expect[1] = history.Expectation{Metric: "ghost_sessions", Bound: "3", Cause: oracle.RevokedElsewhere}
			j.Verdicts.GhostSession, j.GhostCauses = 3, map[string]int{oracle.RevokedElsewhere: 3}
		}, Pass, ""},
		{"cause of wrong identities", func(h *history.Header, j *oracle.Judgement, _ []Receipt) {
			h.Expect[1] = history.Expectation{Metric: "wrong_identity", Bound: "1", Cause: oracle.CachedOtherUser}
			j.Verdicts.WrongIdentity = 1
		}, Pass, ""},
		{"wrong identities are a share of the pages", func(h *history.Header, j *oracle.Judgement, _ []Receipt) {
			h.Expect[1] = history.Expectation{Metric: "wrong_identity", Bound: "= 50%"}
			j.Verdicts.WrongIdentity, j.PageViews = 280, 560
		}, Pass, ""},
		{"another cause of wrong identities", func(h *history.Header, j *oracle.Judgement, _ []Receipt) {
			h.Expect[1] = history.Expectation{Metric: "wrong_identity", Bound: "1", Cause: oracle.SessionNotOnNode}
			j.Verdicts.WrongIdentity = 1
		}, Fail, "0 % of them session_not_on_node"},
		{"cause of lockouts", func(h *history.Header, j *oracle.Judgement, _ []Receipt) {
			h.Expect[1] = history.Expectation{Metric: "lockouts", Bound: "2", Cause: oracle.LockedOut}
			j.Verdicts.Lockout = 2
		}, Pass, ""},
		{"another cause of lockouts", func(h *history.Header, j *oracle.Judgement, _ []Receipt) {
			h.Expect[1] = history.Expectation{Metric: "lockouts", Bound: "2", Cause: oracle.SessionNotOnNode}
			j.Verdicts.Lockout = 2
		}, Fail, "0 % of them session_not_on_node"},
		{"errors have no cause", func(h *history.Header, j *oracle.Judgement, _ []Receipt) {
			h.Expect[1] = history.Expectation{Metric: "errors", Bound: "3", Cause: oracle.SessionNotOnNode}
			j.Verdicts.Error = 3
		}, Fail, "0 % of them session_not_on_node"},
		{"unreadable bound", func(h *history.Header, _ *oracle.Judgement, _ []Receipt) { h.Expect[1].Bound = "?" }, Fail, "cannot be read"},
		{"unknown metric", func(h *history.Header, _ *oracle.Judgement, _ []Receipt) { h.Expect[1].Metric = "x" }, Unknown, "does not measure x"},
		{"not for our own balancer", func(h *history.Header, _ *oracle.Judgement, _ []Receipt) {
			h.Expect[0].Bound, h.Expect[0].Only = "0", "nginx"
		}, Pass, ""},
		{"for the balancer that ran", func(h *history.Header, _ *oracle.Judgement, _ []Receipt) {
			h.Parts = []history.Part{{Role: "balancer", Product: "nginx"}}
			h.Expect[0].Bound, h.Expect[0].Only = "0", "nginx"
		}, Fail, "expected spurious_logouts 0, cause session_not_on_node, only with nginx"},
		{"not for the balancer that ran", func(h *history.Header, _ *oracle.Judgement, _ []Receipt) {
			h.Parts = []history.Part{{Role: "balancer", Product: "nginx"}}
			h.Expect[0].Bound, h.Expect[0].Except = "0", "nginx"
		}, Pass, ""},
		{"plain success", func(h *history.Header, _ *oracle.Judgement, _ []Receipt) {
			h.Expect[1] = history.Expectation{Metric: "vegeta_success", Bound: "= 90%"}
		}, Pass, ""},
		{"vacuous", func(_ *history.Header, _ *oracle.Judgement, r []Receipt) { r[0] = Receipt{} }, Unknown, "node_kill at 2m left no mark"},
		{"killed", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) { j.Complete, j.Load = false, nil }, Unknown, "no end"},
		{"interrupted", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) { j.Load.Interrupted = true }, Unknown, "interrupted"},
		{"nothing", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) { j.ValidActions = 0 }, Unknown, "no page was opened"},
		{"everybody locked out", func(h *history.Header, j *oracle.Judgement, _ []Receipt) {
			h.Expect = []history.Expectation{{Metric: "lockouts", Bound: ">= 99%", Cause: oracle.LockedOut}}
			j.ValidActions, j.Verdicts.Lockout, j.LockoutCauses = 0, 400, map[string]int{oracle.LockedOut: 400}
		}, Pass, ""},
		{"nobody logged out", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) { j.UsesAfterLogout = 0 }, Unknown, "expected ghost_sessions 0, observed nothing"},
		{"too many unknown", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) { j.Verdicts.Unknown = 11 }, Unknown, "11 of 1,000 actions"},
		{"slow", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) { j.Load.AchievedRate = 89 }, Unknown, "89.0 of 100.0"},
		{"late", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) { j.Load.MaxLag = 3 * time.Second }, Unknown, "3s late"},
		{"stalled", func(_ *history.Header, j *oracle.Judgement, _ []Receipt) { j.Load.MaxLag = 600 * time.Millisecond }, Unknown, "600ms late"},
		{"users too slow", func(h *history.Header, j *oracle.Judgement, _ []Receipt) {
			h.Actions, j.Load.Late = 1000, 2100*time.Millisecond
		}, Unknown, "2.1s late on average, where a user pauses for 4s"},
		{"slow though nothing is wrong", func(h *history.Header, j *oracle.Judgement, _ []Receipt) {
			h.Faults, h.Compress, j.Load.P95 = nil, 60, 501
		}, Unknown, "5 % of the actions took more than 501ms although nothing was injected"},
		{"slow because of a fault", func(h *history.Header, j *oracle.Judgement, _ []Receipt) { h.Compress, j.Load.P95 = 60, 501 }, Pass, ""},
		{"doubt before failure", func(h *history.Header, j *oracle.Judgement, _ []Receipt) {
			h.Expect[0].Bound, j.Load.Interrupted = "0", true
		}, Unknown, "interrupted; expected spurious_logouts 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, j, r := header(), judgement(), marked()
			c.change(&h, j, r)
			got := New(h, j, r, noneChanged)
			require.Equal(t, c.want, got.Outcome, got.Why)
			require.Contains(t, got.Why, c.why)
			require.Equal(t, c.want == Pass, got.Why == "")
		})
	}
}

func TestHeadline(t *testing.T) {
	lost := func(user int) oracle.Finding {
		return oracle.Finding{User: user, Verdict: oracle.SpuriousLogout, Cause: oracle.SessionNotOnNode}
	}
	ghosts := map[string]int{oracle.RevokedElsewhere: 7, oracle.RevocationMissed: 1}
	for _, c := range []struct {
		name  string
		users int
		j     oracle.Judgement
		want  string
	}{
		{"logouts", 400, *judgement(),
			"2 of 400 users were logged out: 100 % because the session is known on another node only (session_not_on_node)"},
		{"one user", 1, oracle.Judgement{Verdicts: oracle.Counts{SpuriousLogout: 2}, Findings: []oracle.Finding{lost(1), lost(1)}, Causes: map[string]int{oracle.SessionNotOnNode: 2}},
			"1 of 1 user was logged out: 100 % because the session is known on another node only (session_not_on_node)"},
		{"several kinds", 400, oracle.Judgement{
			Verdicts: oracle.Counts{GhostSession: 8, WrongIdentity: 1, Lockout: 2, Error: 1}, Actions: 50, PageViews: 40, UsesAfterLogout: 10, GhostCauses: ghosts,
			Findings: []oracle.Finding{{Verdict: oracle.WrongIdentity, Cause: oracle.CachedOtherUser}},
		}, "80.0 % of 10 uses of credentials after logout were accepted: 87.5 % because the revocation was known on one node and not on the others (revoked_elsewhere); " +
			"2.5 % of 40 page views showed somebody else's data: 100 % because a cache served another user's answer (cached_other_user); " +
			"2 logins with the right password got nobody in: no cause was told; 2.0 % of 50 actions ended in an error"},
		{"one ghost", 1, oracle.Judgement{Verdicts: oracle.Counts{GhostSession: 1, Lockout: 1}, UsesAfterLogout: 1},
			"100 % of 1 use of credentials after logout was accepted: no cause was told; 1 login with the right password got nobody in: no cause was told"},
		{"nobody", 400, oracle.Judgement{Verdicts: oracle.Counts{OK: 14_999, Error: 5001}, Actions: 20_000, ValidActions: 20_000},
			"Nobody was logged out in 20,000 page views (95 % upper bound: 0.015 %); 25.0 % of 20,000 actions ended in an error"},
		{"no ghost either", 400, oracle.Judgement{ValidActions: 2000, UsesAfterLogout: 1},
			"Nobody was logged out in 2,000 page views (95 % upper bound: 0.15 %), nor let in by 1 use of credentials after logout (95 % upper bound: 95.0 %)"},
		{"nothing", 400, oracle.Judgement{}, "Nothing was measured: no page was opened by a user who should be logged in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := header()
			h.Users = c.users
			require.Equal(t, c.want, New(h, &c.j, marked(), noneChanged).Headline)
		})
	}
}

// Without the load generator's own account, the clients' answers are counted.
func TestPlainViewOfAKilledRun(t *testing.T) {
	j := judgement()
	j.Load = nil
	r := New(header(), j, marked(), noneChanged)
	require.Equal(t, 1200, r.HTTP.Requests)
	require.InDelta(t, 1100.0/1200, r.HTTP.SuccessRatio, 1e-9)
}
