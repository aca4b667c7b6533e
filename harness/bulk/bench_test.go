package bulk_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/logoutlab/logoutlab/harness/bulk"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
	"github.com/logoutlab/logoutlab/scenarios"
)

// day is a day of five nodes, with one clock off for all of it and one node
// away for ten minutes. Users open about 25 pages.
const (
	dayLoad   = "users: 1000, think: 57m, duration: 24h"
	dayFaults = "{clock_skew: {node: app-2, offset: +25s}, at: 1h}, {node_kill: {node: app-1}, at: 12h, for: 10m}"
	tokens    = "session: {kind: jwt, alg: HS256, access_ttl: 15m, refresh_ttl: 30d, leeway: 0s}, client: {kind: spa}"
	million   = 1_000_000
)

// days are the architectures that are compared.
var days = []struct {
	name         string
	users        int
	architecture string
}{
	{"round robin, local", million, "nodes: 5, balancer: {policy: round_robin}, session: {kind: memory}, client: {kind: browser}"},
	{"sticky, local", million, "nodes: 5, balancer: {policy: round_robin, stickiness: lb_cookie, sticky_ttl: 12h}, session: {kind: memory}, client: {kind: browser}"},
	{"round robin, Redis", million, "nodes: 5, balancer: {policy: round_robin}, session: {kind: redis}, client: {kind: browser}"},
	{"round robin, JWT", million, "nodes: 5, balancer: {policy: round_robin}, " + tokens},
	{"least-conn, JWT", million, "nodes: 5, balancer: {policy: least_conn}, " + tokens},
	{"round robin, Redis, cache", million, "nodes: 5, balancer: {policy: round_robin}, session: {kind: redis}, cache: {enabled: true, cache_401: 60s}, client: {kind: browser, pages: 50}"},
	{"user by user: random, sticky, local", million, "nodes: 5, balancer: {policy: random, stickiness: lb_cookie, sticky_ttl: 12h}, session: {kind: memory}, client: {kind: browser}"},
	{"user by user: random, JWT", million, "nodes: 5, balancer: {policy: random}, " + tokens},
	{"round robin, local", 10 * million, "nodes: 5, balancer: {policy: round_robin}, session: {kind: memory}, client: {kind: browser}"},
}

// BenchmarkSim times what the simulator is for, and prints a table of it.
func BenchmarkSim(b *testing.B) {
	var rows bytes.Buffer
	table := tabwriter.NewWriter(&rows, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\nwhat\tusers\trequests\tseconds\tM req/s\tMiB\t\n")
	for _, d := range days {
		b.Run(d.name+"/"+strconv.Itoa(d.users), func(b *testing.B) {
			p := planOf(b, scenarioOf(d.architecture, dayLoad, dayFaults), plan.Options{Seed: 1, Users: d.users, Compress: 1})
			for b.Loop() {
				m := measured(b, func() int {
					j, err := bulk.Judge(context.Background(), p)
					require.NoError(b, err)
					return j.Requests
				})
				fmt.Fprintf(table, "%s\t%d\t%s\n", d.name, d.users, m)
			}
		})
	}
	b.Run("catalogue", func(b *testing.B) {
		for b.Loop() {
			fmt.Fprintf(table, "all culprits, all variants\t\t%s\n", measured(b, func() int { return catalogue(b) }))
		}
	})
	require.NoError(b, table.Flush())
	fmt.Print(rows.String())
}

// catalogue plays and judges all variants of all culprits, on all cores.
func catalogue(b *testing.B) (requests int) {
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	var counts []*int
	for _, name := range scenarios.Names() {
		s, _, err := scenarios.Load(name)
		require.NoError(b, err)
		for _, v := range s.Variants {
			n := new(int)
			counts = append(counts, n)
			all.Go(func() error {
				p, err := plan.Build(s, v.Name, plan.Options{Seed: 1, Compress: 1})
				if err != nil {
					return err
				}
				j, err := run.Watch(context.Background(), &sim.Substrate{}, run.Options{Plan: p, Version: "test"})
				if err == nil {
					*n = j.Judgement.Requests
				}
				return err
			})
		}
	}
	require.NoError(b, all.Wait())
	for _, n := range counts {
		requests += *n
	}
	return requests
}

// measured is what something took, as cells of the table: its requests, the
// time, and the most memory that the process had in its course.
func measured(b *testing.B, play func() (requests int)) string {
	debug.FreeOSMemory()
	forgetPeak()
	start := time.Now()
	n := float64(play()) / 1e6
	took := time.Since(start).Seconds()
	peak := peak(b)
	b.ReportMetric(n, "Mreq")
	b.ReportMetric(n/took, "Mreq/s")
	b.ReportMetric(peak, "MiB")
	return fmt.Sprintf("%.1f M\t%.1f\t%.1f\t%.0f\t", n, took, n/took, peak)
}

// forgetPeak lets the kernel count the process's peak from now on (proc(5),
// clear_refs). Elsewhere than on Linux the peak is that of all so far.
func forgetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peak is the most memory that the process had, in MiB.
func peak(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.Sys) / (1 << 20)
	}
	_, after, found := bytes.Cut(status, []byte("VmHWM:"))
	require.True(b, found)
	kib, err := strconv.Atoi(string(bytes.Fields(after)[0]))
	require.NoError(b, err)
	return float64(kib) / 1024
}
