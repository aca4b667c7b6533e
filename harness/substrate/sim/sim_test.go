package sim_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
	"github.com/logoutlab/logoutlab/scenarios"
)

var update = flag.Bool("update", false, "write the golden files anew")

func parse(t testing.TB, name, text string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse(name, []byte(text))
	require.NoError(t, err)
	return s
}

func build(t testing.TB, s *scenario.Scenario, variant string, o plan.Options) *plan.Plan {
	t.Helper()
	o.Limits = (&sim.Substrate{}).Limits()
	if o.Seed == 0 {
		o.Seed = 1
	}
	p, err := plan.Build(s, variant, o)
	require.NoError(t, err)
	require.NoError(t, (&sim.Substrate{}).Check(p.Variant))
	return p
}

// judged runs a plan and judges it.
func judged(t testing.TB, p *plan.Plan) *run.Judged {
	t.Helper()
	j, err := run.Run(context.Background(), run.Options{Plan: p, Substrate: &sim.Substrate{}, Dir: t.TempDir(), Version: "test"})
	require.NoError(t, err)
	return j
}

// digest is that of all events of a run.
func digest(t testing.TB, p *plan.Plan) string {
	t.Helper()
	sum := sha256.New()
	record := recorder(func(e *history.Event) {
		line, err := history.AppendLine(nil, e)
		require.NoError(t, err)
		sum.Write(line)
	})
	_, _, err := (&sim.Substrate{}).Play(context.Background(), p, record, nil)
	require.NoError(t, err)
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

type recorder func(e *history.Event)

func (r recorder) Append(e *history.Event) { r(e) }

// each goes through all variants of the catalogue.
func each(t *testing.T, do func(t *testing.T, name string, p *plan.Plan)) {
	for _, name := range scenarios.Names() {
		source, err := scenarios.Source(name)
		require.NoError(t, err)
		s := parse(t, name, string(source))
		for _, variant := range s.Variants {
			v := variant.Name
			t.Run(s.Name+"/"+v, func(t *testing.T) { do(t, s.Name+"/"+v, build(t, s, v, plan.Options{})) })
		}
	}
}

// TestCatalogue: every culprit is found out, and every cure cures.
func TestCatalogue(t *testing.T) {
	each(t, func(t *testing.T, _ string, p *plan.Plan) {
		r := judged(t, p).Result
		require.Equal(t, result.Pass, r.Outcome, r.Why)
		require.Zero(t, r.Causes["unexplained"])
	})
}

// TestRepeats: every run of a plan is the same to the last byte, on one core
// and on all, now and in later versions.
func TestRepeats(t *testing.T) {
	golden := filepath.Join("testdata", "digests.txt")
	var got strings.Builder
	each(t, func(t *testing.T, name string, p *plan.Plan) {
		if p.Variant.Name != p.Scenario.Variants[0].Name {
			return
		}
		many := digest(t, p)
		cores := runtime.GOMAXPROCS(1)
		one := digest(t, p)
		runtime.GOMAXPROCS(cores)
		require.Equal(t, many, one)
		fmt.Fprintf(&got, "%s %s\n", name, many)
	})
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got.String(), "another history than before: if that is meant, run the test with -update and say why in the commit")
}

// TestSeeds: another seed is another run.
func TestSeeds(t *testing.T) {
	s := parse(t, "seeds.yaml", "scenario: seeds\narchitecture: {session: {kind: memory}}\nworkload: {users: 5, think: 10s, duration: 5m}\nvariants: {broken: {expect: [{spurious_logouts: 0}]}}\n")
	require.NotEqual(t, digest(t, build(t, s, "broken", plan.Options{Seed: 1})), digest(t, build(t, s, "broken", plan.Options{Seed: 2})))
}

// z is how many standard deviations a count is away from what a closed form
// says.
func z(count, of int, p float64) float64 {
	return (float64(count) - float64(of)*p) / math.Sqrt(float64(of)*p*(1-p))
}

// TestClosedForms: what can be computed without a simulator, out of histories
// that are saved. The bound is three standard deviations. Others are in
// forms_test.go, and in harness/bulk, at millions of requests.
func TestClosedForms(t *testing.T) {
	load := "workload: {users: 1000, think: 20s, duration: 30m}\n"
	if raced {
		load = "workload: {users: 100, think: 20s, duration: 30m}\n"
	}
	tell := func(architecture, faults string) *result.Result {
		s := parse(t, "closed.yaml", "scenario: closed\narchitecture: {"+architecture+"}\n"+load+
			"variants: {broken: {faults: ["+faults+"], expect: [{spurious_logouts: \"> 0\"}]}}\n")
		return judged(t, build(t, s, "broken", plan.Options{})).Result
	}
	for _, n := range []int{2, 3, 5, 10} {
		t.Run(fmt.Sprintf("memory on %d nodes, random", n), func(t *testing.T) {
			r := tell(fmt.Sprintf("nodes: %d, session: {kind: memory}, balancer: {policy: random}", n), "")
			rate := r.Rates.SpuriousLogout
			require.Less(t, math.Abs(z(rate.Count, rate.Of, float64(n-1)/float64(n))), 3.0, "%+v", rate)
			require.Equal(t, rate.Count, r.Causes["session_not_on_node"])
		})
	}
	t.Run("a sticky node of four dies, and a quarter of the users lose their session", func(t *testing.T) {
		r := tell("nodes: 4, session: {kind: memory}, balancer: {policy: random, stickiness: lb_cookie, sticky_ttl: 12h}", "{node_kill: {node: app-2}, at: 15m}")
		require.Less(t, math.Abs(z(r.Users.Affected, r.Users.Total, 0.25)), 3.0, "%+v", r.Users)
		require.Equal(t, r.Verdicts.SpuriousLogout, r.Causes["session_lost"])
	})
}

// TestInterrupted: what users have begun they finish, and the history says so.
func TestInterrupted(t *testing.T) {
	s := parse(t, "cut.yaml", "scenario: cut\narchitecture: {session: {kind: memory}}\nworkload: {users: 50, think: 10s, duration: 12h}\nvariants: {broken: {faults: [{node_kill: {node: app-1}, at: 0s}], expect: [{spurious_logouts: 0}]}}\n")
	ctx, cancel := context.WithCancel(context.Background())
	record := &history.Memory{}
	stopping := recorder(func(e *history.Event) {
		record.Append(e)
		if e.At > time.Minute {
			cancel()
		}
	})
	load, end, err := (&sim.Substrate{}).Play(ctx, build(t, s, "broken", plan.Options{}), stopping, nil)
	require.NoError(t, err)
	require.True(t, load.Interrupted)
	require.Less(t, end, time.Hour)
	open := map[int]bool{}
	for e := range record.Events() {
		switch e.Type {
		case history.Begin:
			open[e.Action] = true
		case history.Action:
			delete(open, e.Action)
		}
	}
	require.Empty(t, open)
}

// TestRefused: what the simulator cannot express it says.
func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"architecture: {session: {kind: memory}, balancer: {per: connection}, cache: {enabled: true}}": "per connection behind a cache",
	} {
		s := parse(t, "refused.yaml", "scenario: refused\n"+text+"\nvariants: {broken: {expect: [{spurious_logouts: 0}]}}\n")
		v, _ := s.Variant("broken")
		require.ErrorContains(t, (&sim.Substrate{}).Check(v), want)
	}
}
