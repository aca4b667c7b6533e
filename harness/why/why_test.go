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
// agrees with the cause that the oracle told, of 99 harms of each kind in a
// hundred; and each cure makes them vanish. So does leaving the fault out, unless it is the
// node that hot-spot adds in vain.
func TestCatalogue(t *testing.T) {
	for _, name := range scenarios.Names() {
		source, err := scenarios.Source(name)
		require.NoError(t, err)
		s, err := scenario.Parse(name, source)
		require.NoError(t, err)
		t.Run(s.Name, func(t *testing.T) {
			a := ask(t, s, s.Variants[0].Name)
			for _, k := range a.Kinds {
				require.GreaterOrEqual(t, float64(k.Agreed), 0.99*float64(len(k.Harms)), "%s: %+v", k.Verdict, k.Causes())
				for i, c := range a.Changes {
					if c.Fault < 0 || len(s.Variants[0].Faults) == 1 && s.Name != "hot-spot" {
						require.Equal(t, len(k.Harms), k.Tried[i].Vanish, "%s: %s", k.Verdict, c.Says)
					}
				}
			}
		})
	}
}

// TestNothingAsked: where nothing was otherwise in any run, no cause has a score.
func TestNothingAsked(t *testing.T) {
	s, err := scenario.Parse("s", []byte(`
scenario: s
title: S
architecture: {nodes: 2, session: {kind: memory}, balancer: {policy: round_robin}, client: {kind: browser}}
workload: {users: 10, think: 10s, duration: 2m}
variants: {alone: {expect: [{spurious_logouts: "> 0"}]}}
`))
	require.NoError(t, err)
	a := ask(t, s, "alone")
	require.False(t, a.Asked())
	harms, agreed := a.Total()
	require.NotZero(t, harms)
	require.Zero(t, agreed)
}

// TestOtherHarms: ghosts, wrong identities and lockouts are asked about too, each
// kind for itself.
func TestOtherHarms(t *testing.T) {
	for name, verdict := range map[string]oracle.Verdict{
		"local-blacklist": oracle.GhostSession, "cached-session": oracle.WrongIdentity, "lockout": oracle.Lockout,
	} {
		source, err := scenarios.Source("culprits/" + name)
		require.NoError(t, err)
		s, err := scenario.Parse(name, source)
		require.NoError(t, err)
		t.Run(name, func(t *testing.T) {
			k := ask(t, s, s.Variants[0].Name).Of(verdict)
			require.NotEmpty(t, k.Harms)
			require.NotEmpty(t, k.Tried)
			for _, h := range k.Harms {
				require.Equal(t, verdict, h.Verdict)
			}
		})
	}
	// A node that restarts forgets a logout: without the restart there is no ghost.
	s, err := scenario.Parse("forgets.yaml", []byte("scenario: forgets\narchitecture: {nodes: 1, session: {kind: jwt, alg: HS256, access_ttl: 12h, revocation: local_blacklist}}\n"+
		"workload: {users: 60, think: 20s, duration: 30m, logout_every: 5, replays: 3}\n"+
		"variants: {broken: {faults: [{node_restart: {node: app-1, down: 1s}, at: 10m}], expect: [{ghost_sessions: \"> 0\"}]}}\n"))
	require.NoError(t, err)
	a := ask(t, s, "broken")
	ghosts := a.Of(oracle.GhostSession)
	require.NotEmpty(t, ghosts.Harms)
	require.Equal(t, []why.Tried{{Vanish: len(ghosts.Harms)}}, ghosts.Tried)
	require.Equal(t, []why.Count{{Cause: oracle.RevocationMissed, Harms: len(ghosts.Harms), Agreed: len(ghosts.Harms)}}, ghosts.Causes())
	require.Empty(t, a.Of(oracle.WrongIdentity).Harms)
	harms, agreed := a.Total()
	require.GreaterOrEqual(t, harms, len(ghosts.Harms))
	require.LessOrEqual(t, agreed, harms)
}

// Architectures of the pairs.
const (
	tokens   = "{nodes: 5, balancer: {policy: random}, session: {kind: jwt, alg: HS256, access_ttl: 15m, refresh_ttl: 30d, leeway: 0s}, client: {kind: spa, refresh: none, on_error: logout}, app: {work: 500ms}}"
	longLife = "{nodes: 5, balancer: {policy: random}, session: {kind: jwt, alg: HS256, access_ttl: 12h, refresh_ttl: 0s}}"
	racing   = "{nodes: 3, balancer: {policy: round_robin}, session: {kind: jwt, alg: HS256, access_ttl: 5m, refresh_ttl: 30d, leeway: 0s, rotation: true}, client: {kind: spa, refresh: naive, refresh_on: both, refresh_margin: 10s, requests: 3}}"
	cached   = "{nodes: 3, balancer: {policy: round_robin}, session: {kind: jwt, alg: HS256, access_ttl: 12h, refresh_ttl: 0s}, cache: {enabled: true, cache_401: 60s}, client: {kind: spa, refresh: none, pages: 5}}"
	sticky   = "{nodes: 4, balancer: {policy: random, stickiness: lb_cookie, sticky_ttl: 12h, retries: 0}, session: {kind: memory}, client: {kind: browser, on_error: logout}, app: {work: 500ms}}"
	shared   = "{nodes: 4, balancer: {policy: random, retries: 0}, session: {kind: redis}, client: {kind: browser, on_error: logout}, app: {work: 500ms}}"
)

// pairs are two faults each, and the causes of the harm that they do. Where two
// faults harm the same page either one is enough, so that leaving out one of
// them says nothing: most pairs come one after the other.
func pairs() map[string]pair {
	return map[string]pair{
		"a skewed clock, and a rotated key": {tokens, []string{oracle.ClockSkew, oracle.KeyRetired},
			"{clock_skew: {node: app-2, offset: +25s}, at: 0s, for: 10m}, {key_rotation: {}, at: 15m}"},
		"a skewed clock, and a node with a key of its own": {tokens, []string{oracle.ClockSkew, oracle.KeyMismatch},
			"{clock_skew: {node: app-2, offset: +25s}, at: 0s}, {key_mismatch: {node: app-3}, at: 0s}"},
		"a skewed clock, and a bad deploy": {tokens, []string{oracle.ClockSkew, oracle.NodeMisconfig},
			"{clock_skew: {node: app-2, offset: +25s}, at: 0s}, {bad_deploy: {node: app-1}, at: 10m, for: 2m}"},
		"a skewed clock, and cut connections": {tokens, []string{oracle.ClockSkew, oracle.ConnectionCut},
			"{clock_skew: {node: app-2, offset: +25s}, at: 0s}, {connection_cut: {node: all, every: 5s}, at: 10m, for: 10m}"},
		"a race of renewals, and at last a skewed clock": {racing, []string{oracle.RefreshRace, oracle.ClockSkew},
			"{clock_skew: {node: app-2, offset: +25s}, at: 26m}, {clock_skew: {node: app-1, offset: -25s}, at: 28m}"},
		"a race of renewals, and at last a rotated key": {racing, []string{oracle.RefreshRace, oracle.KeyRetired},
			"{key_rotation: {}, at: 28m}"},
		"a rotated key, and a bad deploy": {longLife, []string{oracle.KeyRetired, oracle.NodeMisconfig},
			"{key_rotation: {overlap: 30s}, at: 10m}, {bad_deploy: {node: app-4}, at: 20m, for: 2m}"},
		"a bad deploy, and a node with a key of its own": {longLife, []string{oracle.NodeMisconfig, oracle.KeyMismatch},
			"{bad_deploy: {node: app-1}, at: 10m, for: 2m}, {key_mismatch: {node: app-2}, at: 20m, for: 2m}"},
		"a rotated key, and a node with a key of its own": {longLife, []string{oracle.KeyRetired, oracle.KeyMismatch},
			"{key_rotation: {}, at: 5m}, {key_mismatch: {node: app-2}, at: 15m, for: 5m}"},
		"a 401 that a cache keeps, and a rotated key": {cached, []string{oracle.Cached401, oracle.NodeMisconfig, oracle.KeyRetired},
			"{bad_deploy: {node: app-2}, at: 5m, for: 2s}, {key_rotation: {}, at: 20m}"},
		"a killed node, and cut connections": {sticky, []string{oracle.SessionLost, oracle.ConnectionCut},
			"{node_kill: {node: app-2}, at: 10m, for: 30s}, {connection_cut: {node: app-3, every: 2s}, at: 20m, for: 5m}"},
		"a killed node, and a bad deploy": {sticky, []string{oracle.SessionLost, oracle.ConnectionCut, oracle.NodeMisconfig},
			"{node_kill: {node: app-2}, at: 10m, for: 30s}, {bad_deploy: {node: app-1}, at: 20m, for: 2m}"},
		"cut connections, and a flushed store": {shared, []string{oracle.ConnectionCut, oracle.StoreEvicted},
			"{connection_cut: {node: all, every: 10s}, at: 10m, for: 1m}, {store_flush: {}, at: 20m}"},
		"an evicted store, and a bad deploy": {shared, []string{oracle.StoreEvicted, oracle.NodeMisconfig},
			"{store_evict: {keep: 50%}, at: 10m}, {bad_deploy: {node: app-1}, at: 20m, for: 2m}"},
		"a store that stops, and one that is flushed": {shared, []string{oracle.StoreDown, oracle.StoreEvicted},
			"{store_flush: {}, at: 10m}, {store_down: {}, at: 20m, for: 1m}"},
		"a store that stops, and a node that stops without drain": {shared, []string{oracle.StoreDown, oracle.DrainMissing},
			"{store_down: {}, at: 10m, for: 1m}, {node_restart: {node: all, down: 2s, every: 6s}, at: 20m, for: 3m}"},
		"a key that is rotated twice": {longLife, []string{oracle.KeyRetired},
			"{key_rotation: {overlap: 30s}, at: 10m}, {key_rotation: {overlap: 10s}, at: 10m15s}"},
	}
}

type pair struct {
	architecture string
	causes       []string
	faults       string
}

// TestTwoFaults: 95 of 100 logouts go to the fault that they come from, and no
// less than 90 of each cause, of which there are some.
func TestTwoFaults(t *testing.T) {
	for name, two := range pairs() {
		t.Run(name, func(t *testing.T) {
			s, err := scenario.Parse("two.yaml", []byte("scenario: two\narchitecture: "+two.architecture+"\nworkload: {users: 300, think: 20s, duration: 30m}\n"+
				"variants: {broken: {faults: ["+two.faults+"], expect: [{spurious_logouts: \"> 0\"}]}}\n"))
			require.NoError(t, err)
			a := ask(t, s, "broken").Of(oracle.SpuriousLogout)
			require.GreaterOrEqual(t, float64(a.Agreed), 0.95*float64(len(a.Harms)), "%+v", a.Causes())
			for _, cause := range two.causes {
				require.True(t, slices.ContainsFunc(a.Causes(), func(c why.Count) bool { return c.Cause == cause && 10*c.Agreed >= 9*c.Harms }),
					"%s: %+v", cause, a.Causes())
			}
			require.Len(t, a.Causes(), len(two.causes), "%+v", a.Causes())
		})
	}
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
