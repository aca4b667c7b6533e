package sim_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

// day is a day of users who open some 25 pages, with one skewed node and one
// kill of ten minutes.
const day = `workload: {users: 1000, think: 55m, duration: 24h}
variants:
  broken:
    faults:
      - {clock_skew: {node: app-2, offset: +25s}, at: 0s}
      - {node_kill: {node: app-3}, at: 12h, for: 10m}
    expect: [{spurious_logouts: "> 0"}]
`

// BenchmarkDay runs a day of a thousand users for each iteration: without a
// judge, and judged as it goes.
func BenchmarkDay(b *testing.B) {
	for name, architecture := range map[string]string{
		"round robin + local":  "session: {kind: memory}",
		"sticky + local":       "session: {kind: memory}, balancer: {stickiness: lb_cookie, sticky_ttl: 12h}",
		"round robin + redis":  "session: {kind: redis}",
		"round robin + jwt":    "session: {kind: jwt}, client: {kind: spa, refresh: single_flight}",
		"least conn + jwt":     "session: {kind: jwt}, client: {kind: spa, refresh: single_flight}, balancer: {policy: least_conn}",
		"with a caching proxy": "session: {kind: redis}, cache: {enabled: true}",
	} {
		s := parse(b, "day.yaml", "scenario: day\narchitecture: {nodes: 5, "+architecture+"}\n"+day)
		b.Run(name+"/unjudged", func(b *testing.B) {
			measure(b, func() int {
				requests := 0
				count := recorder(func(e *history.Event) {
					if e.Type == history.Response {
						requests++
					}
				})
				_, _, err := (&sim.Substrate{}).Play(context.Background(), build(b, s, "broken", plan.Options{}), count, nil)
				require.NoError(b, err)
				return requests
			})
		})
		b.Run(name+"/judged", func(b *testing.B) {
			measure(b, func() int {
				j, err := run.Watch(context.Background(), &sim.Substrate{}, run.Options{Plan: build(b, s, "broken", plan.Options{}), Version: "bench"})
				require.NoError(b, err)
				return j.Result.Requests
			})
		})
	}
}

func measure(b *testing.B, play func() int) {
	b.ReportAllocs()
	requests := 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	for b.Loop() {
		requests += play()
	}
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(requests)/took.Seconds()/1e6, "Mreq/s")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(requests), "B/req")
}
