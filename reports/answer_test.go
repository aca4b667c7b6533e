package reports

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
)

func TestAnswer(t *testing.T) {
	broken, cured, failed, ghost := sampleBroken(), sampleCured(), sampleFailed(), sampleGhost()
	bug := broken.Result.Headline
	elsewhere := change(cured, func(_ *result.Result, h *history.Header) {
		h.Facts = maps.Clone(h.Facts)
		h.Facts["workload"] = "other"
	})
	alone := broken
	alone.Header.Cures = nil
	for _, c := range []struct {
		name string
		runs []Run
		want string
	}{
		{"nothing", nil, "Nothing was run, so nothing was found."},
		{"one run, its cures not run", []Run{broken}, bug + "; expected to cure, not run here: shared-key, jwks, per-node-audience."},
		{"one run, no cure known", []Run{alone}, bug + "."},
		{"one run, nobody harmed", []Run{cured}, cured.Result.Headline + "."},
		{"a cure holds, another was not run", []Run{broken, cured}, bug + "; cured by shared-key."},
		{"the bug's run need not be the first", []Run{cured, broken}, bug + "; cured by shared-key."},
		{"a cure fails", []Run{failed, broken, cured}, bug + "; cured by shared-key; did not cure here: jwks."},
		{"nobody harmed", []Run{cured, cured}, "Nobody was harmed in 8,000 page views of 2 variants."},
		{"a bug that does not show", []Run{sampleVacuous(), sampleVacuous()}, "Nobody was harmed in 8,000 page views of 2 variants; 2 variants unknown."},
		{"two scenarios, no cure run", []Run{broken, ghost}, "2 of 2 culprits reproduced, no cure was run."},
		{"two scenarios, a cure holds", []Run{broken, cured, ghost}, "2 of 2 culprits reproduced, the one cure holds."},
		{"two scenarios, a cure fails", []Run{broken, cured, failed, ghost}, "2 of 2 culprits reproduced, 1 of 2 cures hold; 1 variant not as expected."},
		{"a cure ran under another workload", []Run{broken, elsewhere, ghost}, "2 of 2 culprits reproduced, no cure was run (1 more was run under another workload)."},
		{"a culprit does not show", []Run{ghost, sampleVacuous()}, "1 of 2 culprits reproduced, no cure was run; 1 variant unknown."},
		{"no culprit", []Run{cured, sampleOther()}, "2 variants as expected."},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, answer(Suite{Runs: c.runs})) })
	}
}

// sampleOther is a sound system of another scenario.
func sampleOther() Run {
	r := sampleCured()
	res := *r.Result
	res.Scenario = "control"
	r.Result = &res
	return r
}

// change is a copy of a run, changed.
func change(r Run, fn func(*result.Result, *history.Header)) Run {
	res := *r.Result
	r.Result = &res
	fn(&res, &r.Header)
	return r
}

// A variant is a cure only if it ran here, met the same, passed, and harmed
// nobody.
func TestRemedies(t *testing.T) {
	broken, cured := sampleBroken(), sampleCured()
	drained := func(to string) map[string]string { return map[string]string{"node": "all", "drain": to} }
	restart := func(r Run, drain string) Run {
		return change(r, func(_ *result.Result, h *history.Header) {
			h.Faults = []history.PlannedFault{{Name: "node_restart", Params: drained(drain)}}
		})
	}
	for _, c := range []struct {
		name string
		bug  Run
		twin Run
		want string
	}{
		{"proven", broken, cured, "cured by shared-key; expected to cure, not run here: jwks, per-node-audience"},
		{"failed", broken, change(cured, func(r *result.Result, _ *history.Header) { r.Outcome = result.Fail }),
			"did not cure here: shared-key; expected to cure, not run here: jwks, per-node-audience"},
		{"harmed somebody, whatever was expected", broken, change(cured, func(r *result.Result, _ *history.Header) { r.Verdicts.GhostSession = 1 }),
			"did not cure here: shared-key; expected to cure, not run here: jwks, per-node-audience"},
		{"unknown", broken, change(cured, func(r *result.Result, _ *history.Header) { r.Outcome = result.Unknown }),
			"no proof either way: shared-key; expected to cure, not run here: jwks, per-node-audience"},
		{"under a lighter load", broken, change(cured, func(_ *result.Result, h *history.Header) {
			h.Facts = map[string]string{"workload": "4 users for 30m"}
		}), "expected to cure, ran under another workload: shared-key; expected to cure, not run here: jwks, per-node-audience"},
		{"of another scenario", broken, change(cured, func(r *result.Result, _ *history.Header) { r.Scenario = "other" }),
			"expected to cure, not run here: shared-key, jwks, per-node-audience"},
		{"met other faults, so that it promises nothing", change(broken, func(_ *result.Result, h *history.Header) { h.Cures = nil }), cured, ""},
		{"without the fault", change(broken, func(_ *result.Result, h *history.Header) { h.Cures = nil }),
			change(cured, func(_ *result.Result, h *history.Header) { h.Faults = nil }), "no harm without the fault: shared-key"},
		{"the operators' way is the cure", restart(broken, "false"), restart(cured, "true"),
			"cured by shared-key (with drain: true); expected to cure, not run here: jwks, per-node-audience"},
		{"promises less, shows errors", broken, change(cured, func(r *result.Result, h *history.Header) {
			r.Verdicts.Error = 400
			h.Facts = map[string]string{"workload": "400 users for 30m", "promise": "logged in for 12h after the last action, a logout takes effect within 1m"}
		}), "cured by shared-key (promising: a logout takes effect within 1m; errors in 10.0\u00a0% of actions); expected to cure, not run here: jwks, per-node-audience"},
		{"nobody was harmed", cured, broken, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Suite{Runs: []Run{c.bug, c.twin}}
			require.Equal(t, c.want, remedyWords(s.remedies(c.bug)))
		})
	}
}

// The faults are to blame only if all else was the same: a variant of another
// scenario that has a cure's name, or one with another architecture, says
// nothing.
func TestNoHarmWithoutTheFault(t *testing.T) {
	broken, redis := sampleBroken(), sampleCured()
	broken.Header.Cures = []string{"shared-key"}
	facts := func(key, value string) func(*result.Result, *history.Header) {
		return func(r *result.Result, h *history.Header) {
			r.Variant, h.Faults = "quiet", nil
			h.Facts = maps.Clone(h.Facts)
			h.Facts[key] = value
		}
	}
	for _, c := range []struct {
		name  string
		other Run
		want  string
	}{
		{"another scenario's variant of the same name", change(redis, func(r *result.Result, h *history.Header) {
			r.Scenario, h.Faults = "other", nil
		}), "cured by shared-key"},
		{"another architecture", change(redis, facts("session", "redis")), "cured by shared-key"},
		{"a cache more", change(redis, facts("cache", "shared cache")), "cured by shared-key"},
		{"another workload", change(redis, facts("workload", "4 users for 30m")), "cured by shared-key"},
		{"the same, compressed otherwise", change(redis, facts("compression", "2 times")), "cured by shared-key; no harm without the fault: quiet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, remedyWords(Suite{Runs: []Run{broken, redis, c.other}}.remedies(broken)))
		})
	}
}

// A cure that ran several times must hold every time.
func TestACureMustHoldWithEverySeed(t *testing.T) {
	broken, cured := sampleBroken(), sampleCured()
	broken.Header.Cures = []string{"shared-key"}
	failed := change(cured, func(r *result.Result, _ *history.Header) { r.Outcome, r.Seed = result.Fail, 8 })
	unsure := change(cured, func(r *result.Result, _ *history.Header) { r.Outcome, r.Seed = result.Unknown, 9 })
	require.Equal(t, "cured by shared-key", remedyWords(Suite{Runs: []Run{broken, cured, cured}}.remedies(broken)))
	require.Equal(t, "did not cure here: shared-key", remedyWords(Suite{Runs: []Run{broken, unsure, cured, failed}}.remedies(broken)))
	require.Equal(t, "no proof either way: shared-key", remedyWords(Suite{Runs: []Run{broken, unsure, cured}}.remedies(broken)))
}

// A scenario may show several bugs: each has its own row and its own cures.
func TestReasons(t *testing.T) {
	broken := sampleBroken()
	second := change(broken, func(r *result.Result, h *history.Header) {
		r.Variant, r.Causes = "restarted", map[string]int{"drain_missing": 3, "connection_cut": 1}
		h.Summary, h.Cures = "A rolling restart", []string{"drain"}
	})
	again := change(broken, func(r *result.Result, _ *history.Header) { r.Variant = "again" })
	s := Suite{Runs: []Run{sampleCured(), again, second, broken}}
	got := reasonsOf(s, s.groups()[0])
	require.Len(t, got, 2)
	require.Equal(t, "key_mismatch", got[0].Cause)
	require.Equal(t, "again", got[0].Variant, "the first that shows the bug")
	require.Equal(t, "A rolling restart", got[1].Title)
	require.Equal(t, "75.0\u00a0% because a stopping node cut the requests under way", got[1].Why)
	require.Equal(t, "expected to cure, not run here: drain", remedyWords(got[1].Remedies))
}

func TestHowMuch(t *testing.T) {
	res := &result.Result{
		Actions: 50, Users: result.Users{Total: 1, Affected: 1},
		Verdicts: result.Verdicts{GhostSession: 1, WrongIdentity: 5, Lockout: 1},
		Rates: result.Rates{
			GhostSession:  result.Rate{Count: 1, Of: 1, Value: 1, Lo: 0.025, Hi: 1},
			WrongIdentity: result.Rate{Count: 5, Of: 40, Value: 0.125, Lo: 0.042, Hi: 0.268},
		},
	}
	require.Equal(t, []string{
		"1 of 1 user harmed", "100\u00a0% (95\u00a0%: 2.5\u2013100\u00a0%) of 1 use after a logout let in",
		"12.5\u00a0% (95\u00a0%: 4.2\u201326.8\u00a0%) of 40 page views showed somebody else's data", "1 login with the right password got nobody in",
	}, howMuch(res))
}

// Where a run did several kinds of harm, each has its own cause.
func TestWhyHarmed(t *testing.T) {
	logouts := map[string]int{"connection_cut": 3, "session_lost": 1}
	others := map[string]int{"cached_other_user": 835}
	for _, c := range []struct {
		name string
		res  result.Result
		want string
	}{
		{"one kind", result.Result{Causes: logouts}, "75.0\u00a0% because a request died with its connection and was not repeated"},
		{"one kind, one cause", result.Result{IdentityCauses: others}, "because a cache served another user's answer"},
		{"two kinds", result.Result{Causes: logouts, IdentityCauses: others},
			"logouts: 75.0\u00a0% because a request died with its connection and was not repeated; " +
				"somebody else's data: because a cache served another user's answer"},
		{"no cause", result.Result{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, whyHarmed(&c.res)) })
	}
	line := reason{Much: []string{"1 of 1 user harmed"}, Why: "Logouts: because; lockouts: because"}.line()
	require.Equal(t, "1 of 1 user harmed: logouts: because; lockouts: because; no cure was run", line)
}

// Errors are no logouts, and no success: they stand beside both.
func TestWhatUsersHad(t *testing.T) {
	var got []string
	for _, m := range compareOf(sampleBroken()) {
		got = append(got, plain(m.Name+" "+m.Value+" "+m.Note))
	}
	require.Equal(t, []string{
		"A plain load tool: success 75.8 % of 4,000 actions: 200\u2013399",
		"The users: got their page 84.4 % of 3,992 page views of users who should be logged in",
		"logged out without reason 15.3 % 99.67 % key_mismatch",
		"shown an error 0.28 % 100 % connection_cut",
	}, got)
	ghosts := compareOf(sampleGhost())
	require.Equal(t, "80.0 %", plain(ghosts[len(ghosts)-1].Value))
}

func TestVariantsSideBySide(t *testing.T) {
	r := change(sampleBroken(), func(r *result.Result, _ *history.Header) { r.Verdicts.Lockout, r.Seed = 1, 9 })
	row := rowView(r, "here", true)
	require.Equal(t, "15.3 %", plain(row.Rate))
	require.Equal(t, "14.2\u201316.5 %", plain(row.Interval))
	require.Equal(t, "none", row.Ghosts)
	require.Equal(t, "lockout 0.025 %, error 0.27 %, unknown 0.20 %", plain(row.Other))
	require.Equal(t, []string{"key_mismatch", "99.67 %", "75.8 %", "1.3 ms", "8,210"},
		[]string{row.Cause, plain(row.Part), plain(row.Success), plain(row.P95), row.Requests})
	require.Contains(t, row.Summary, "(seed 9)")
	require.NotContains(t, rowView(r, "here", false).Summary, "seed")
}

// One variant may have run several times: every run has a place of its own.
func TestTheSameVariantTwice(t *testing.T) {
	again := change(sampleCured(), func(r *result.Result, _ *history.Header) { r.Seed = 8 })
	page := render(t, Suite{Runs: []Run{sampleCured(), again}})
	for _, part := range []string{`id="key-mismatch--shared-key"`, `id="key-mismatch--shared-key--2"`, `href="#key-mismatch--shared-key--2"`, "(seed 7)", "(seed 8)"} {
		require.Contains(t, page, part)
	}
}
