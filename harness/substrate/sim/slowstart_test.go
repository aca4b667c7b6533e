package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// TestSlowStart: while the share of a node that has come rises, each sixteenth of
// the time brings it w of 48+w requests, beside three others; before and after,
// all have the same. A turn may be left over from one to the next.
func TestSlowStart(t *testing.T) {
	const came, sixteenth = 10 * time.Minute, 2 * time.Minute
	p := build(t, parse(t, "rising.yaml", `
scenario: rising
architecture: {nodes: 3, session: {kind: redis}, balancer: {slow_start: 32m}, network: {user: 0s, internal: 0s}}
workload: {users: 100, think: 10s, duration: 1h}
variants: {broken: {faults: [{scale: {to: 4}, at: 10m}], expect: [{spurious_logouts: 0}]}}
`), "broken", plan.Options{Seed: 1})
	var all, its [18]int // by sixteenth; the last two are after them
	for _, e := range events(t, p) {
		if e.Type != history.Decision || e.At < came || e.At >= came+18*sixteenth {
			continue
		}
		step := (e.At - came) / sixteenth
		all[step]++
		if e.Node == "app-4" {
			its[step]++
		}
	}
	for step, n := range all {
		require.Greater(t, n, 1000)
		w := float64(min(step+1, 16))
		require.InDelta(t, float64(n)*w/(48+w), its[step], 2, "sixteenth %d", step+1)
	}
}
