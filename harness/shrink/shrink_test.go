package shrink_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/shrink"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
	"github.com/logoutlab/logoutlab/scenarios"
)

func planOf(t *testing.T, name, source, variant string, o plan.Options) *plan.Plan {
	t.Helper()
	s, err := scenario.Parse(name, []byte(source))
	require.NoError(t, err)
	o.Limits = (&sim.Substrate{}).Limits()
	p, err := plan.Build(s, variant, o)
	require.NoError(t, err)
	return p
}

func shrunk(t *testing.T, p *plan.Plan) (*shrink.Shrunk, error) {
	t.Helper()
	return shrink.Shrink(context.Background(), shrink.Options{Plan: p, On: &sim.Substrate{}, Version: "test"})
}

// few is how many actions and how many requests every culprit comes down to.
const few = 5

// TestCatalogue: ten thousand users of each culprit come down to a handful of
// requests, and the file that is written shows the same.
func TestCatalogue(t *testing.T) {
	n := 0
	for _, name := range scenarios.Names() {
		source, err := scenarios.Source(name)
		require.NoError(t, err)
		s, err := scenario.Parse(name, source)
		require.NoError(t, err)
		if _, ok := s.Variant("broken"); !ok {
			continue
		}
		n++
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			p := planOf(t, name, string(source), "broken", plan.Options{Seed: 1, Users: 10_000})
			got, err := shrunk(t, p)
			require.NoError(t, err)
			t.Logf("%d runs, %d requests:\n%s", got.Runs, got.Result.Requests, got.Text)
			require.Equal(t, 10_000, got.From.Users)
			require.LessOrEqual(t, got.To.Actions, few)
			require.LessOrEqual(t, got.Result.Requests, few)

			again, err := scenario.Parse("again.yaml", got.Text)
			require.NoError(t, err)
			p = planOf(t, "again.yaml", string(got.Text), "broken", plan.Options{Seed: again.SeedOr1()})
			j, err := run.Watch(context.Background(), &sim.Substrate{}, run.Options{Plan: p, Version: "test"})
			require.NoError(t, err)
			require.Equal(t, result.Pass, j.Result.Outcome, j.Result.Why)
			require.LessOrEqual(t, j.Result.Requests, few)
			x := p.Variant.Expect[0]
			require.Equal(t, []string{got.Harm.Metric, got.Harm.Cause}, []string{x.Metric, x.Cause})
		})
	}
	require.GreaterOrEqual(t, n, 9, "the catalogue's culprits, apart from the control")
}

// skewed has two faults, of which one harms nobody, and a repeated one.
const skewed = `
scenario: skewed
architecture:
  nodes: 3
  balancer: {policy: random}
  session: {kind: redis}
  app: {work: 800ms}
  client: {kind: browser, on_error: logout}
workload: {users: 200, think: 10s, duration: 5m}
variants:
  broken:
    faults:
      - {node_pause: {node: app-3}, at: 30s, for: 1s}
      - {connection_cut: {node: all, every: 7s}, at: 1m, for: 2m}
    expect: [{spurious_logouts: "> 0"}]
  fixed:
    with: {client.on_error: show_error}
    faults: [same]
    expect: [{spurious_logouts: 0}]
`

// TestFaults: what does no harm goes, and what is left strikes once, at one
// node; the plan that was shrunk stays as it was.
func TestFaults(t *testing.T) {
	p := planOf(t, "skewed.yaml", skewed, "broken", plan.Options{Seed: 3})
	before := p.Digest()
	var steps []string
	got, err := shrink.Shrink(context.Background(), shrink.Options{Plan: p, On: &sim.Substrate{}, Version: "test",
		OnStep: func(what string, _ shrink.Size) { steps = append(steps, what) }})
	require.NoError(t, err)
	require.Equal(t, before, p.Digest())
	require.Equal(t, shrink.Harm{Metric: "spurious_logouts", Cause: "connection_cut", Count: got.Harm.Count}, got.Harm)
	require.Equal(t, 2, got.From.Faults)
	require.Contains(t, steps, "faults")
	s, err := scenario.Parse("small.yaml", got.Text)
	require.NoError(t, err)
	require.Len(t, s.Variants[0].Faults, 1, "%s", got.Text)
	f := s.Variants[0].Faults[0]
	require.Equal(t, "connection_cut", f.Name)
	require.Zero(t, f.Params.Every)
	require.GreaterOrEqual(t, f.Params.Node, 0)
	require.Less(t, got.To.Duration, 10*time.Second)

	// Nothing more can be left out.
	p = planOf(t, "small.yaml", string(got.Text), "broken", plan.Options{Seed: s.SeedOr1()})
	again, err := shrunk(t, p)
	require.NoError(t, err)
	require.Equal(t, got.To, again.To)
}

// TestOverload: what takes many at once takes few where a node has room for few:
// it works on one request, dies of the second, and one user comes back to find
// that they are logged out.
func TestOverload(t *testing.T) {
	const crowded = "scenario: crowded\narchitecture:\n  nodes: 1\n  session: {kind: memory}\n  app: {work: 2s, capacity: 1, queue: 1, on_overload: crash, restart: 5s}\n" +
		"  client: {kind: browser}\nworkload: {users: 100, think: 60s, duration: 5m}\nvariants: {broken: {expect: [{spurious_logouts: 0}]}}\n"
	got, err := shrunk(t, planOf(t, "crowded.yaml", crowded, "broken", plan.Options{Seed: 3}))
	require.NoError(t, err)
	t.Logf("%d runs:\n%s", got.Runs, got.Text)
	require.Equal(t, "session_lost", got.Harm.Cause)
	require.Equal(t, 100, got.From.Users)
	require.LessOrEqual(t, got.To.Users, 2)
	require.LessOrEqual(t, got.To.Actions, few)
	require.Contains(t, string(got.Text), "capacity: 1, queue: 0")
}

// TestBoundedLoad: so does a bound on sticky load.
func TestBoundedLoad(t *testing.T) {
	const name, variant = "culprits/hot-spot", "bounded-load-memory"
	source, err := scenarios.Source(name)
	require.NoError(t, err)
	got, err := shrunk(t, planOf(t, name, string(source), variant, plan.Options{Seed: 1}))
	require.NoError(t, err)
	require.Equal(t, "session_not_on_node", got.Harm.Cause)
	require.LessOrEqual(t, got.Result.Requests, few)
}

func TestNobodyHarmed(t *testing.T) {
	_, err := shrunk(t, planOf(t, "skewed.yaml", skewed, "fixed", plan.Options{Seed: 3}))
	require.ErrorIs(t, err, shrink.ErrHarmless)
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := shrink.Shrink(ctx, shrink.Options{Plan: planOf(t, "skewed.yaml", skewed, "broken", plan.Options{Seed: 3}), On: &sim.Substrate{}})
	require.ErrorIs(t, err, context.Canceled)
}
