package why_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
	"github.com/logoutlab/logoutlab/harness/why"
	"github.com/logoutlab/logoutlab/scenarios"
)

func ask(t *testing.T, s *scenario.Scenario, variant string) *why.Answer {
	t.Helper()
	on := &sim.Substrate{}
	p, err := plan.Build(s, variant, plan.Options{Seed: 1, Limits: on.Limits()})
	require.NoError(t, err)
	a, err := why.Ask(context.Background(), why.Options{Plan: p, On: on, Version: "test"})
	require.NoError(t, err)
	return a
}

// TestCatalogue: of every culprit with one fault or none, what the runs say
// agrees with the cause that the oracle told, of 99 logouts in a hundred; and
// each cure makes them vanish.
func TestCatalogue(t *testing.T) {
	for _, name := range scenarios.Names() {
		source, err := scenarios.Source(name)
		require.NoError(t, err)
		s, err := scenario.Parse(name, source)
		require.NoError(t, err)
		t.Run(s.Name, func(t *testing.T) {
			a := ask(t, s, s.Variants[0].Name)
			require.GreaterOrEqual(t, float64(a.Agreed), 0.99*float64(len(a.Logouts)), "%+v", a.Causes())
			for _, c := range a.Changes {
				if c.Fault < 0 || len(s.Variants[0].Faults) == 1 {
					require.Equal(t, len(a.Logouts), c.Vanish, c.Says)
				}
			}
		})
	}
}

// TestTwoFaults: each logout goes to the fault that it comes from.
func TestTwoFaults(t *testing.T) {
	for name, text := range map[string]string{
		"a skewed clock and a rotated key": `{nodes: 5, balancer: {policy: random}, session: {kind: jwt, alg: HS256, access_ttl: 15m, refresh_ttl: 30d, leeway: 0s},
  client: {kind: spa, refresh: none}}, {clock_skew: {node: app-2, offset: +25s}, at: 0s, for: 10m}, {key_rotation: {}, at: 15m}`,
		"cut connections and a flushed store": `{nodes: 4, balancer: {policy: random, stickiness: lb_cookie, sticky_ttl: 12h},
  session: {kind: redis}, client: {kind: browser, on_error: logout}, app: {work: 500ms}}, {connection_cut: {node: all}, at: 10m}, {store_flush: {}, at: 20m}`,
		"a key that is rotated twice": `{nodes: 3, balancer: {policy: random}, session: {kind: jwt, alg: HS256, access_ttl: 15m, refresh_ttl: 0s}},
  {key_rotation: {overlap: 30s}, at: 10m}, {key_rotation: {overlap: 10s}, at: 10m15s}`,
		"a bad deploy and a key of its own": `{nodes: 5, balancer: {policy: random}, session: {kind: jwt, alg: HS256, access_ttl: 12h, refresh_ttl: 0s}},
  {bad_deploy: {node: app-1}, at: 10m, for: 2m}, {key_mismatch: {node: app-2}, at: 20m, for: 2m}`,
	} {
		t.Run(name, func(t *testing.T) {
			head, faults, _ := cut(text)
			s, err := scenario.Parse("two.yaml", []byte("scenario: two\narchitecture: "+head+"\nworkload: {users: 300, think: 20s, duration: 30m}\n"+
				"variants: {broken: {faults: ["+faults+"], expect: [{spurious_logouts: \"> 0\"}]}}\n"))
			require.NoError(t, err)
			a := ask(t, s, "broken")
			require.NotEmpty(t, a.Logouts)
			require.GreaterOrEqual(t, float64(a.Agreed), 0.95*float64(len(a.Logouts)), "%+v", a.Causes())
		})
	}
}

// cut parts an architecture from the faults behind it.
func cut(text string) (head, faults string, ok bool) {
	depth := 0
	for i, r := range text {
		switch r {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return text[:i+1], text[i+2:], true
			}
		}
	}
	return text, "", false
}

// TestBrought: every cause has its say, of faults that there are.
func TestBrought(t *testing.T) {
	known := fault.All().Names()
	brings := map[string]bool{}
	for _, cause := range oracle.Causes() {
		faults, design := why.Brought(cause)
		require.True(t, design || len(faults) > 0 || cause == oracle.Unexplained, cause)
		for _, f := range faults {
			require.True(t, slices.Contains(known, f), "%s is brought about by %s, which there is not", cause, f)
			brings[f] = true
		}
	}
	for _, f := range known {
		require.True(t, brings[f], "what %s brings about is not said", f)
	}
}
