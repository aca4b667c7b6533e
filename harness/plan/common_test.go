package plan_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

const file = `scenario: skew
architecture:
  session: {kind: jwt, leeway: 1s}
  promise: {revocation: 30s}
workload: {users: 50, think: 20s, duration: 30m, logout_every: 8, replays: 2}
variants:
  broken:
    faults:
      - {clock_skew: {node: app-2, offset: -25s}, at: 5m, for: 10m}
    expect: [{spurious_logouts: "> 1%"}]
  fixed:
    with: {session.leeway: 60s, nodes: 5}
    faults: [same]
    expect: [{spurious_logouts: 0}]
  quiet:
    with: {workload.logout_every: 0}
    expect: [{spurious_logouts: 0}]
`

func parsed(t testing.TB) *scenario.Scenario {
	s, err := scenario.Parse("skew.yaml", []byte(file))
	require.NoError(t, err)
	return s
}

func build(t testing.TB, variant string, o plan.Options) *plan.Plan {
	p, err := plan.Build(parsed(t), variant, o)
	require.NoError(t, err)
	return p
}

// substrate is the limits of a typical real substrate.
func substrate() plan.Limits {
	return plan.Limits{Floor: 10 * time.Millisecond, MaxRate: 500, Target: 5 * time.Second, MinThink: 50 * time.Millisecond}
}
