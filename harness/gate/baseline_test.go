package gate

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
)

func header() history.Header {
	return history.Header{
		Version: "1.0", Scenario: "shop", Variant: "broken", Substrate: "sim", Compress: 1, Design: "aaaa", Test: "tttt",
		Facts:  map[string]string{"nodes": "5", "session": "memory"},
		Faults: []history.PlannedFault{{Name: "node_kill", At: 1e9, For: 2e9, Params: map[string]string{"node": "app-2"}}},
	}
}

func seeded(seed uint64) *result.Result {
	return &result.Result{Seed: seed, Outcome: result.Pass, Users: result.Users{Total: 40, Affected: 2}, Repeat: "logoutlab run shop"}
}

// A user counts once for a metric, and once for each of its causes.
func TestRunCountsUsers(t *testing.T) {
	j := &oracle.Judgement{Findings: []oracle.Finding{
		{User: 1, Verdict: oracle.SpuriousLogout, Cause: "session_lost"},
		{User: 1, Verdict: oracle.SpuriousLogout, Cause: "session_lost"},
		{User: 1, Verdict: oracle.SpuriousLogout, Cause: "node_down"},
		{User: 2, Verdict: oracle.SpuriousLogout, Cause: "session_lost"},
		{User: 3, Verdict: oracle.Unknown},
		{User: 4, Verdict: oracle.Error},
	}}
	require.Equal(t, []Count{
		{"errors", "", 1}, {"ghost_sessions", "", 0}, {"lockouts", "", 0},
		{"spurious_logouts", "", 2}, {"spurious_logouts", "node_down", 1}, {"spurious_logouts", "session_lost", 2},
		{"wrong_identity", "", 0},
	}, RunOf(seeded(1), j).Counts)

	j.Sums = &oracle.Sums{LoggedOut: 2}
	bulk := RunOf(seeded(1), j)
	require.Equal(t, []Count{{"spurious_logouts", "", 2}, {"users_affected", "", 2}}, bulk.Counts, "not all findings are listed")
	require.Equal(t, []string{"spurious_logouts", "users_affected"}, bulk.measures())
}

func stored(t testing.TB, seeds ...uint64) *Baseline {
	t.Helper()
	b := &Baseline{}
	for _, s := range seeds {
		require.NoError(t, b.Add(header(), seeded(s), &oracle.Judgement{}))
	}
	return b
}

func TestWriteAndRead(t *testing.T) {
	b := stored(t, 3, 1, 2)
	var text bytes.Buffer
	require.NoError(t, b.Write(&text))
	again, err := Read("b.json", text.Bytes())
	require.NoError(t, err)
	require.Equal(t, b, again)
	require.Equal(t, []uint64{1, 2, 3}, again.Variants[0].Seeds())
}

func TestAddRefuses(t *testing.T) {
	b := stored(t, 1)
	other := header()
	other.Version = "2.0"
	require.ErrorContains(t, b.Add(other, seeded(2), &oracle.Judgement{}), "shop/broken was run by logoutlab 2.0, and others by 1.0")
	require.ErrorContains(t, b.Add(header(), seeded(1), &oracle.Judgement{}), "shop/broken, seed 1 is there twice")
	other = header()
	other.Design, other.Facts = "bbbb", map[string]string{"nodes": "4", "session": "memory"}
	require.ErrorContains(t, b.Add(other, seeded(2), &oracle.Judgement{}), `two designs: the nodes is "4", and was "5"`)
	vacuous := seeded(2)
	vacuous.Outcome, vacuous.Why = result.Unknown, "interrupted"
	require.ErrorContains(t, b.Add(header(), vacuous, &oracle.Judgement{}), "seed 2 is unknown (interrupted)")
}

func TestAccept(t *testing.T) {
	b := stored(t, 1, 2, 3)
	for _, c := range []struct {
		name   string
		change func(*history.Header)
		seeds  []uint64
		wants  []string
	}{
		{"the same", func(*history.Header) {}, []uint64{1, 2, 3}, nil},
		{"other words for the same", func(h *history.Header) { h.Facts["nodes"] = "five" }, []uint64{1, 2, 3}, nil},
		{"seeds", func(*history.Header) {}, []uint64{1, 2, 4}, []string{"the seeds are 1..2,4, and were 1..3"}},
		{"scenario", func(h *history.Header) { h.Scenario = "cart" }, []uint64{1}, []string{"it has no cart/broken: it is of shop/broken"}},
		{"substrate", func(h *history.Header) { h.Substrate = "loopback" }, []uint64{1, 2, 3}, []string{`the substrate is "loopback", and was "sim"`}},
		{"product", func(h *history.Header) { h.Parts = []history.Part{{Role: "balancer", Product: "nginx"}} }, []uint64{1, 2, 3}, nil},
		{"compression", func(h *history.Header) { h.Compress = 60 }, []uint64{1, 2, 3}, []string{"the compression is 60, and was 1 (give --compress 1)"}},
		{"architecture", func(h *history.Header) { h.Design, h.Facts["session"] = "bbbb", "redis" }, []uint64{1, 2, 3}, nil},
		{"faults", func(h *history.Header) { h.Design, h.Test, h.Faults = "bbbb", "uuuu", nil }, []uint64{1, 2, 3},
			[]string{`the list of faults is "none", and was "node_kill node=app-2 at 1s for 2s"`}},
		{"workload", func(h *history.Header) { h.Design, h.Test, h.Facts["workload"] = "bbbb", "uuuu", "less" }, []uint64{1, 2, 3},
			[]string{`the workload is "less", and was "none"`}},
		{"promise", func(h *history.Header) { h.Design, h.Test, h.Facts["promise"] = "bbbb", "uuuu", "less" }, []uint64{1, 2, 3},
			[]string{`the promise is "less", and was "none"`}},
		{"what has no words", func(h *history.Header) { h.Design, h.Test = "bbbb", "uuuu" }, []uint64{1, 2, 3}, []string{"(digest uuuu, and was tttt)"}},
		{"version", func(h *history.Header) { h.Version = "2.0" }, []uint64{1, 2, 3}, []string{"it is of logoutlab 1.0, and this is 2.0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := header()
			c.change(&h)
			v := DesignOf(h)
			for _, s := range c.seeds {
				v.Runs = append(v.Runs, Run{Seed: s})
			}
			err := b.Accept(h.Version, []Variant{v})
			if c.wants == nil {
				require.NoError(t, err)
			}
			for _, want := range c.wants {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

// TestOtherSystem: what is under test may differ, and that is told.
func TestOtherSystem(t *testing.T) {
	b := stored(t, 1, 2, 3)
	for wants, change := range map[string]func(*history.Header){
		`the session is "redis", and was "memory"`: func(h *history.Header) { h.Design, h.Facts["session"] = "bbbb", "redis" },
		`the product is "balancer nginx", and was "none"`: func(h *history.Header) {
			h.Parts = []history.Part{{Role: "balancer", Product: "nginx"}}
		},
		"settings of the architecture have changed (digest bbbb, and was aaaa)": func(h *history.Header) { h.Design = "bbbb" },
	} {
		h := header()
		change(&h)
		v := DesignOf(h)
		v.Runs = b.Variants[0].Runs
		c := Compare(b, "b.json", []Variant{v}, Level)
		require.Equal(t, []System{{Scenario: "shop", Variant: "broken", Differs: wants}}, c.Systems)
		require.Contains(t, c.Lines(), "  shop/broken is another system than the baseline's: "+wants)
	}
	require.Empty(t, Compare(b, "b.json", b.Variants, Level).Systems)
}

func TestReadRefuses(t *testing.T) {
	const head = `{"schema":1,"kind":"logoutlab-baseline",` + "\n"
	const allCounts = `{"metric":"errors"},{"metric":"lockouts"},{"metric":"spurious_logouts"},{"metric":"wrong_identity"}` // but ghost_sessions
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "b.json:1:1: "},
		{"no JSON", "{\n  nonsense", "b.json:2:3: invalid character 'n'"},
		{"another file", `{"schema":1,"kind":"logoutlab-history"}`, `b.json:1:1: kind "logoutlab-history", schema 1 is no baseline`},
		{"another schema", `{"schema":7,"kind":"logoutlab-baseline"}`, "accepted is"},
		{"a wrong type", head + `"variants": 7}`, "b.json:2:"},
		{"no variants", head + `"variants": []}`, "it has no variants"},
		{"no runs", head + `"variants": [{"scenario":"a","variant":"b"}]}`, "a/b has no runs"},
		{"more than all", head + `"variants": [{"scenario":"a","variant":"b","runs":[{"seed":1,"users":4,"counts":[{"metric":"errors","users":5}]}]}]}`, "errors counts 5 of 4 users"},
		{"no counts", head + `"variants": [{"scenario":"a","variant":"b","runs":[{"seed":1,"users":4,"counts":[]}]}]}`,
			"b.json: a/b, seed 1: counts lacks errors, ghost_sessions, lockouts, spurious_logouts, wrong_identity (accepted is each of "},
		{"a metric lacks", head + `"variants": [{"scenario":"a","variant":"b","runs":[{"seed":1,"users":4,"counts":[` + allCounts + `,{"metric":"ghost_sessions","cause":"x"}]}]}]}`,
			"seed 1: counts lacks ghost_sessions (accepted"},
		{"of a large run", head + `"variants": [{"scenario":"a","variant":"b","runs":[{"seed":1,"users":4,"counts":[{"metric":"users_affected"}]}]}]}`,
			"counts lacks spurious_logouts (accepted is each of spurious_logouts, users_affected)"},
		{"a metric twice", head + `"variants": [{"scenario":"a","variant":"b","runs":[{"seed":1,"users":4,"counts":[` + allCounts + `,{"metric":"ghost_sessions"},{"metric":"errors"}]}]}]}`,
			"counts has errors twice"},
		{"no users", head + `"variants": [{"scenario":"a","variant":"b","runs":[{"seed":1}]}]}`, "has 0 users"},
		{"a seed twice", head + `"variants": [{"scenario":"a","variant":"b","runs":[{"seed":1,"users":4,"counts":[` + allCounts + `,{"metric":"ghost_sessions"}]},{"seed":1,"users":4}]}]}`, "seed 1 does not rise"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read("b.json", []byte(c.text))
			require.ErrorContains(t, err, c.want)
		})
	}
}

func FuzzRead(f *testing.F) {
	b := stored(f, 1, 2)
	var text bytes.Buffer
	require.NoError(f, b.Write(&text))
	f.Add(text.Bytes())
	f.Add([]byte(`{"schema":1,"kind":"logoutlab-baseline","variants":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := Read("b.json", text)
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "b.json:"), err)
			return
		}
		require.Empty(t, Compare(b, "b.json", b.Variants, Level).Alarms(), "a baseline is no worse than itself")
		require.NoError(t, b.Accept(b.Version, b.Variants))
	})
}

// What was not there is new, with its cause; one cause in the place of another
// is no alarm; fewer users are told, and no alarm.
func TestChanges(t *testing.T) {
	run := func(counts ...Count) []Variant {
		return []Variant{{Scenario: "shop", Variant: "v", Substrate: "sim", Runs: []Run{{Seed: 1, Users: 400, Outcome: result.Pass, Repeat: "again", Counts: counts}}}}
	}
	hit := func(lost, skewed int) []Variant {
		return run(Count{"spurious_logouts", "", max(lost, skewed)}, Count{"spurious_logouts", "session_lost", lost}, Count{"spurious_logouts", "clock_skew", skewed})
	}
	compare := func(before, now []Variant) *Comparison {
		return Compare(&Baseline{Variants: before}, "b.json", now, Level)
	}

	c := compare(hit(0, 0), hit(40, 0))
	require.Len(t, c.Changes, 2)
	require.Equal(t, Change{
		Scenario: "shop", Variant: "v", Metric: "spurious_logouts", Kind: New, Mostly: "session_lost",
		Before: Hit{0, 400, 0}, Now: Hit{40, 400, 0.1}, P: c.Changes[0].P, Unit: "user", Seeds: 1, Repeat: "again",
	}, c.Changes[0])
	require.InEpsilon(t, 1.0/(1<<40), c.Changes[0].P, 1e-6)

	c = compare(hit(40, 0), hit(120, 0))
	require.Equal(t, []string{Worse}, kinds(c))
	c = compare(hit(120, 0), hit(40, 0))
	require.Equal(t, []string{Better}, kinds(c))
	require.Empty(t, c.Alarms())
	c = compare(hit(90, 30), hit(90, 80))
	require.Empty(t, c.Changes, "as many users, and more of them by a cause that was there")
	require.Empty(t, compare(hit(40, 0), hit(46, 0)).Changes)

	lost := hit(40, 0)
	lost[0].Runs[0].Outcome = result.Unknown
	c = compare(hit(0, 0), lost)
	require.Equal(t, []Untested{{"shop", "v", "seed 1: not run to the end, or unknown"}}, c.Untested)
	require.Zero(t, c.Compared)

	// A metric that one of the two has not counted is not taken for none.
	c = compare(run(Count{"users_affected", "", 0}), hit(40, 0))
	require.Equal(t, []Untested{{"shop", "v", "seed 1: the run counts other metrics than the baseline: give both the same --history"}}, c.Untested)
	require.Zero(t, c.Compared)
}

func kinds(c *Comparison) []string {
	var out []string
	for _, x := range c.Changes {
		out = append(out, x.Kind)
	}
	return out
}
