package container_test

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container"
	"github.com/logoutlab/logoutlab/harness/substrate/container/containertest"
	"github.com/logoutlab/logoutlab/scenarios"
)

// TestSmoke runs some of the catalogue on real products: each product, each
// kind of fault's mechanism, bugs and cures.
func TestSmoke(t *testing.T) {
	containertest.Require(t, "haproxy", "nginx", "redis", "varnish")
	real, nginx := &container.Substrate{}, &container.Substrate{Balancer: "nginx", Cache: "nginx"}
	for _, c := range []struct {
		scenario, variant string
		on                *container.Substrate
	}{
		{"memory-sessions", "broken", real},
		{"memory-sessions", "sticky-lb-cookie", nginx},
		{"key-rotation", "jwks-two-active-keys", real},
		{"cached-401", "broken", real},
		{"cached-401", "no-store", nginx},
		{"node-kill", "redis", real},
		{"connection-cut", "drain", real},
	} {
		t.Run(c.scenario+"/"+c.variant, func(t *testing.T) {
			source, err := scenarios.Source("culprits/" + c.scenario)
			require.NoError(t, err)
			holds(t, c.on, source, c.variant, 200)
		})
	}
}

// TestMemcached runs its scenario with the real one.
func TestMemcached(t *testing.T) {
	containertest.Require(t, "haproxy", "memcached")
	source, err := os.ReadFile("../substratetest/testdata/memcached.yaml")
	require.NoError(t, err)
	for _, variant := range []string{"flushed", "nothing-wrong"} {
		t.Run(variant, func(t *testing.T) { holds(t, &container.Substrate{}, source, variant, 0) })
	}
}

// TestFailover: the replica that takes over has what it had heard of.
func TestFailover(t *testing.T) {
	containertest.Require(t, "haproxy", "redis")
	source, err := os.ReadFile("../substratetest/testdata/failover.yaml")
	require.NoError(t, err)
	for _, variant := range []string{"behind", "up-to-date"} {
		t.Run(variant, func(t *testing.T) { holds(t, &container.Substrate{}, source, variant, 0) })
	}
}

// holds runs a variant, whose expectations must hold. Zero users are those of
// the scenario.
func holds(t *testing.T, on *container.Substrate, source []byte, variant string, users int) {
	s, err := scenario.Parse("test.yaml", source)
	require.NoError(t, err)
	p, err := plan.Build(s, variant, plan.Options{Seed: 1, Users: users, Limits: on.Limits()})
	require.NoError(t, err)
	require.NoError(t, on.Check(p.Variant))
	j, err := run.Run(context.Background(), run.Options{Plan: p, Substrate: on, Dir: t.TempDir(), Version: "test"})
	require.NoError(t, err)
	for _, x := range j.Result.Expectations {
		require.True(t, x.Holds, "expected %s, observed %s; %v", x.Text, x.Observed, j.Result.Load)
	}
	require.True(t, j.Result.Outcome == result.Pass || j.Result.Load.Behind, j.Result.Why)
}
