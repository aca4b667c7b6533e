package container_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container"
	"github.com/logoutlab/logoutlab/harness/substrate/container/containertest"
)

const storeAhead = `
scenario: store-clock
architecture: {nodes: 2, session: {kind: redis, idle: 1h}}
workload: {users: 50, think: 20s, duration: 10m}
variants:
  broken:
    faults: [{clock_skew: {node: store, offset: +10h}, at: 5m}]
    expect: [{spurious_logouts: "> 0.5%", cause: store_evicted}]
  little:
    faults: [{clock_skew: {node: store, offset: +30m}, at: 5m}]
    expect: [{spurious_logouts: 0}]
`

// TestStoreClockSkew: a Redis whose clock runs ahead takes sessions for expired
// before their time, if it is further ahead than they have to live.
func TestStoreClockSkew(t *testing.T) {
	containertest.Require(t, "haproxy", "redis", "skew")
	s, err := scenario.Parse("store-clock.yaml", []byte(storeAhead))
	require.NoError(t, err)
	on := &container.Substrate{}
	for _, variant := range []string{"broken", "little"} {
		t.Run(variant, func(t *testing.T) {
			p, err := plan.Build(s, variant, plan.Options{Seed: 1, Limits: on.Limits()})
			require.NoError(t, err)
			require.NoError(t, on.Check(p.Variant))
			j, err := run.Run(t.Context(), run.Options{Plan: p, Substrate: on, Dir: t.TempDir(), Version: "test"})
			require.NoError(t, err)
			for _, x := range j.Result.Expectations {
				require.True(t, x.Holds, "expected %s, observed %s; %v", x.Text, x.Observed, j.Result.Load)
			}
			receipt := j.Result.Faults[0].Receipt
			require.Equal(t, variant == "broken", receipt.SessionsLost > 0, "%+v", receipt)
			require.Contains(t, receipt.Mechanism, "LD_PRELOAD")
		})
	}
}

// TestStoreClockIsKept: a store that comes back has the clock that it had, or
// was given meanwhile.
func TestStoreClockIsKept(t *testing.T) {
	containertest.Require(t, "haproxy", "redis", "skew")
	c, _ := up(t, &container.Substrate{}, "nodes: 1, session: {kind: redis}", "{clock_skew: {node: store, offset: 1h}}")
	require.NoError(t, c.SetStoreClockOffset(time.Hour))
	require.NoError(t, c.StopStore())
	require.NoError(t, c.StartStore())
	require.NoError(t, c.StoreClockIs(time.Hour))
	require.NoError(t, c.StopStore())
	require.NoError(t, c.SetStoreClockOffset(-time.Minute))
	require.NoError(t, c.StartStore())
	require.NoError(t, c.StoreClockIs(-time.Minute))
	require.Equal(t, -time.Minute, c.StoreClockOffset())
}
