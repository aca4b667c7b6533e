package cliff_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/cliff"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

const skewed = `
scenario: skewed
architecture:
  nodes: 3
  balancer: {policy: random}
  session: {kind: jwt, alg: HS256, access_ttl: 15m, refresh_ttl: 30d, leeway: 10s}
  client: {kind: spa, refresh: none}
  promise: {idle: 5m}
workload: {users: 60, think: 2s, duration: 10m, logout_every: 5}
variants:
  broken:
    faults: [{clock_skew: {node: app-1, offset: -40s}, at: 0s}]
    expect: [{spurious_logouts: "> 0"}]
`

func find(t *testing.T, path string, from, to time.Duration) (*cliff.Cliff, error) {
	t.Helper()
	s, err := scenario.Parse("skewed.yaml", []byte(skewed))
	require.NoError(t, err)
	on := &sim.Substrate{}
	return cliff.Find(context.Background(), cliff.Options{
		Scenario: s, Variant: "broken", Path: path, From: from, To: to, Limit: 0.0001,
		Plan: plan.Options{Seed: 1, Limits: on.Limits()}, On: on, Version: "test",
	})
}

// TestClosedForms: a token that a node with the right time has issued is in
// the future of one that lags by more than the leeway, and in no other's.
func TestClosedForms(t *testing.T) {
	c, err := find(t, "session.leeway", 0, time.Minute)
	require.NoError(t, err)
	require.Less(t, c.Harmful.Value, 40*time.Second)
	require.InDelta(t, 40*time.Second, c.Safe.Value, float64(time.Second))
	require.Equal(t, "clock_skew", c.Harmful.Cause)
	require.Zero(t, c.Safe.Rate.Count)

	c, err = find(t, "faults[0].offset", 0, -time.Minute)
	require.NoError(t, err)
	require.InDelta(t, -10*time.Second, c.Safe.Value, float64(time.Second), "the leeway is 10 s")
	require.Less(t, c.Harmful.Value, c.Safe.Value)
}

func TestNoCliff(t *testing.T) {
	c, err := find(t, "session.leeway", 50*time.Second, time.Minute)
	require.NoError(t, err)
	require.Nil(t, c.Harmful)
	require.Len(t, c.Points, 2)
	c, err = find(t, "session.leeway", 0, 10*time.Second)
	require.NoError(t, err)
	require.Nil(t, c.Safe)
	_, err = find(t, "session.leeway", 0, 0)
	require.ErrorContains(t, err, "the range is empty")
	_, err = find(t, "session.colour", 0, time.Second)
	require.ErrorContains(t, err, `no duration called "session.colour" that has an effect (accepted: `)
}

// The scenario that is varied stays as it is.
func TestWith(t *testing.T) {
	s, err := scenario.Parse("skewed.yaml", []byte(skewed))
	require.NoError(t, err)
	changed, err := cliff.With(s, "broken", "session.leeway", time.Second)
	require.NoError(t, err)
	require.Equal(t, time.Second, changed.Variants[0].Architecture.Session.Leeway)
	require.Equal(t, 10*time.Second, s.Variants[0].Architecture.Session.Leeway)
}
