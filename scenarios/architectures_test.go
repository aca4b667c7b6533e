package scenarios_test

import (
	"context"
	"path"
	"slices"
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

// TestArchitectures: each is one fault-free variant that comes out as it says, in
// the simulator; loopback has to take it too.
func TestArchitectures(t *testing.T) {
	names := scenarios.Group(scenarios.Architectures)
	require.Subset(t, names, []string{
		"architectures/round-robin-memory", "architectures/sticky-lb-cookie-memory", "architectures/sticky-app-cookie-memory",
		"architectures/redis-sessions", "architectures/memcached-sessions", "architectures/jwt-hs256", "architectures/jwt-jwks-short",
		"architectures/jwt-local-blacklist", "architectures/jwt-shared-blacklist",
	})
	loop := &loopback.Substrate{}
	for _, name := range names {
		t.Run(path.Base(name), func(t *testing.T) {
			s, variants, err := scenarios.Load(name)
			require.NoError(t, err)
			require.Equal(t, path.Base(name), s.Name, "a file is called like its scenario")
			require.Equal(t, []string{"fault-free"}, variants)
			require.Empty(t, s.Variants[0].Faults)
			require.Len(t, s.About.Topics(), 2, "about: says why it is so, and what that costs")
			p, err := plan.Build(s, "fault-free", plan.Options{Seed: 1, Limits: loop.Limits()})
			require.NoError(t, err)
			require.NoError(t, loop.Check(p.Variant))
			p, err = plan.Build(s, "fault-free", plan.Options{Seed: 1})
			require.NoError(t, err)
			j, err := run.Watch(context.Background(), &sim.Substrate{}, run.Options{Plan: p, Version: "test"})
			require.NoError(t, err)
			require.Equal(t, result.Pass, j.Result.Outcome, "%s %v", j.Result.Why, j.Result.Expectations)
		})
	}
}

// TestFaults: every fault that there is can be asked of the architectures, and
// each column fits one of them at least.
func TestFaults(t *testing.T) {
	sets, err := scenarios.Faults()
	require.NoError(t, err)
	var used, names []string
	for _, s := range sets {
		require.NotContains(t, names, s.Name)
		names = append(names, s.Name)
		used = append(used, s.Faults()...)
		require.NotEqual(t, s.Name, s.Title, "%s has a title", s.Name)
		require.True(t, slices.ContainsFunc(scenarios.Group(scenarios.Architectures), func(name string) bool {
			a, _, err := scenarios.Load(name)
			require.NoError(t, err)
			v := a.Variants[0]
			v.Workload.Duration *= 2 // as long as a comparison takes
			_, err = s.On(v)
			return err == nil
		}), "no architecture can have %s", s.Name)
	}
	for _, spec := range scenario.FaultSpecs() {
		require.Contains(t, used, spec.Name)
	}
}
