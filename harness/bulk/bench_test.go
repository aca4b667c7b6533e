package bulk_test

import (
	"context"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/bulk"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// day is a day of five nodes, with one clock off for all of it and one node
// away for ten minutes. Users open about 25 pages.
const (
	dayLoad   = "users: 1000, think: 57m, duration: 24h"
	dayFaults = "{clock_skew: {node: app-2, offset: +25s}, at: 1h}, {node_kill: {node: app-1}, at: 12h, for: 10m}"
)

// days are the architectures that are compared.
var days = []struct{ name, architecture string }{
	{"round robin, local", "nodes: 5, balancer: {policy: round_robin}, session: {kind: memory}, client: {kind: browser}"},
	{"sticky, local", "nodes: 5, balancer: {policy: round_robin, stickiness: lb_cookie, sticky_ttl: 12h}, session: {kind: memory}, client: {kind: browser}"},
	{"round robin, Redis", "nodes: 5, balancer: {policy: round_robin}, session: {kind: redis}, client: {kind: browser}"},
	{"random, sticky, local", "nodes: 5, balancer: {policy: random, stickiness: lb_cookie, sticky_ttl: 12h}, session: {kind: memory}, client: {kind: browser}"},
	{"random, local", "nodes: 5, balancer: {policy: random}, session: {kind: memory}, client: {kind: browser}"},
	{"round robin, JWT", "nodes: 5, balancer: {policy: round_robin}, session: {kind: jwt, alg: HS256, access_ttl: 15m, refresh_ttl: 30d, leeway: 0s}, client: {kind: spa}"},
	{"least-conn, JWT", "nodes: 5, balancer: {policy: least_conn}, session: {kind: jwt, alg: HS256, access_ttl: 15m, refresh_ttl: 30d, leeway: 0s}, client: {kind: spa}"},
	{"round robin, Redis, cache", "nodes: 5, balancer: {policy: round_robin}, session: {kind: redis}, cache: {enabled: true, cache_401: 60s}, client: {kind: browser, pages: 50}"},
}

// BenchmarkDay: a day of many users. Each reports what it took in all.
func BenchmarkDay(b *testing.B) {
	for _, users := range []int{100_000, 1_000_000} {
		for _, d := range days {
			b.Run(d.name+"/"+strconv.Itoa(users), func(b *testing.B) {
				p := planOf(b, scenarioOf(d.architecture, dayLoad, dayFaults), plan.Options{Seed: 1, Users: users, Compress: 1})
				for b.Loop() {
					var before, after runtime.MemStats
					runtime.GC()
					runtime.ReadMemStats(&before)
					start := time.Now()
					j, err := bulk.Judge(context.Background(), p)
					took := time.Since(start)
					require.NoError(b, err)
					runtime.ReadMemStats(&after)
					b.ReportMetric(float64(j.Requests)/1e6, "Mreq")
					b.ReportMetric(float64(j.Requests)/1e6/took.Seconds(), "Mreq/s")
					b.ReportMetric(float64(after.Sys)/(1<<20), "MiB-from-OS")
				}
			})
		}
	}
}
