package sim_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/app/apptest"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

// events are those of a run.
func events(t testing.TB, p *plan.Plan) []history.Event {
	t.Helper()
	var all []history.Event
	_, _, err := (&sim.Substrate{}).Play(context.Background(), p, recorder(func(e *history.Event) { all = append(all, *e) }), nil)
	require.NoError(t, err)
	return all
}

// TestAdmission: the simulator does with requests what net/http does.
func TestAdmission(t *testing.T) {
	const start = 100 * time.Second // of the pages, and of the process: it was killed when all logins were over
	for _, c := range apptest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			var b strings.Builder
			fmt.Fprintf(&b, "scenario: admission\narchitecture:\n  nodes: 1\n  session: {kind: redis}\n  network: {user: 0s, internal: 0s}\n  client: {timeout: %v}\n", c.Timeout)
			fmt.Fprintf(&b, "  app: {work: %v, capacity: %d, queue: %d, queue_timeout: %v, warm_up: %v, cold_work: %v}\nworkload:\n  duration: 5m\n  script:\n",
				c.Work, c.Bounds.Capacity, c.Bounds.Queue, c.Bounds.Patience, c.WarmUp.Over, c.WarmUp.Work)
			for i, at := range c.Arrive {
				fmt.Fprintf(&b, "    - {user: %d, at: %ds, do: login}\n    - {user: %d, at: %v, do: page, page: 1}\n", i+1, i+1, i+1, scenario.FormatDuration(start+at))
			}
			b.WriteString("variants: {broken: {faults: [{node_kill: {node: app-1}, at: 90s, for: 10s}], expect: [{spurious_logouts: 0}]}}\n")
			got := make([]apptest.Outcome, len(c.Arrive))
			for _, e := range events(t, build(t, parse(t, "admission.yaml", b.String()), "broken", plan.Options{})) {
				if e.Type == history.Response && e.Op == history.OpPage {
					got[e.User-1] = apptest.Outcome{Status: e.Status, At: e.At - start}
				}
			}
			require.Equal(t, c.Want, got)
		})
	}
}

// station asks one node for pages, of two seconds each, by many users who ask
// seldom, so that they come nearly as a Poisson process. It shows the answers to
// those that are asked for late, when those who were refused at their first login
// are in too.
func station(t *testing.T, bounds string, load float64, seed uint64, show func(e *history.Event)) {
	const users = 2000
	think := time.Duration(users * float64(2*time.Second) / load).Round(time.Second)
	p := build(t, parse(t, "station.yaml", fmt.Sprintf(
		"scenario: station\narchitecture: {nodes: 1, session: {kind: memory, idle: 0s, absolute: 0s}, app: {work: 2s, %s}, client: {timeout: 1h}, balancer: {health: {interval: 0s}}}\n"+
			"workload: {users: %d, think: %s, duration: %s}\nvariants: {broken: {expect: [{spurious_logouts: 0}]}}\n",
		bounds, users, scenario.FormatDuration(think), scenario.FormatDuration(6*think))), "broken", plan.Options{Seed: seed})
	_, _, err := (&sim.Substrate{}).Play(context.Background(), p, recorder(func(e *history.Event) {
		if e.Type == history.Response && e.Op == history.OpPage && e.Sent > 4*think {
			show(e)
		}
	}), nil)
	require.NoError(t, err)
}

// TestErlangB: a node that lets nobody wait refuses what Erlang's formula says
// (Erlang B; it holds whatever the distribution of the work is). Refusals come
// in bursts, so that each seed is one measurement: the formula lies in the 99.9 %
// interval of their mean.
func TestErlangB(t *testing.T) {
	for _, c := range []struct {
		servers int
		load    float64
	}{{5, 3}, {10, 12}} {
		t.Run(fmt.Sprintf("%d at once, load %v", c.servers, c.load), func(t *testing.T) {
			blocked := 1.0
			for k := 1; k <= c.servers; k++ {
				blocked = c.load * blocked / (float64(k) + c.load*blocked)
			}
			within(t, blocked, blocked/15, func(seed uint64) float64 {
				var refused, all float64
				station(t, fmt.Sprintf("capacity: %d", c.servers), c.load, seed, func(e *history.Event) {
					all++
					if e.Status == 503 {
						refused++
					}
				})
				return refused / all
			})
		})
	}
}

// TestPollaczekKhinchine: how long requests wait on average for a node that
// works on one at a time (M/D/1): load/(2(1-load)) works.
func TestPollaczekKhinchine(t *testing.T) {
	for _, load := range []float64{0.3, 0.6} {
		t.Run(fmt.Sprint(load), func(t *testing.T) {
			within(t, load/(2*(1-load)), 0.1, func(seed uint64) float64 {
				var works, all float64
				station(t, "capacity: 1, queue: 1000", load, seed, func(e *history.Event) {
					require.Equal(t, 200, e.Status)
					all++
					works += (e.At - e.Sent - 2*(20*time.Millisecond+500*time.Microsecond)).Seconds() / 2
				})
				return works/all - 1
			})
		})
	}
}

// within demands that the mean over 20 seeds agrees with a closed form: its
// 99.9 % interval (Student's t) has it, and is no wider than most to either side.
func within(t *testing.T, want, most float64, measure func(seed uint64) float64) {
	t.Helper()
	const seeds, quantile = 20, 3.8834 // of 19 degrees of freedom
	var sum, squares float64
	for seed := range uint64(seeds) {
		x := measure(seed + 1)
		sum += x
		squares += x * x
	}
	mean := sum / seeds
	half := quantile * math.Sqrt((squares/seeds-mean*mean)/(seeds-1))
	t.Logf("%.5f ± %.5f, closed form %.5f", mean, half, want)
	require.InDelta(t, want, mean, half)
	require.Less(t, half, most)
}
