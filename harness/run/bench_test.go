package run

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
	"github.com/logoutlab/logoutlab/harness/workload"
)

const busy = `
scenario: busy
title: As fast as it goes
architecture:
  nodes: 5
  session: {kind: memory}
  balancer: {stickiness: lb_cookie}
workload: {users: 500, think: 1s, duration: 30s}
variants:
  broken: {expect: [{spurious_logouts: 0}]}
`

// workers is how many actions are under way at once, for both contenders.
const workers = 64

// BenchmarkStatefulUsers lets users with cookies, judged history and all act
// as fast as balancer and app allow, beside plain vegeta sending one fixed
// request to the same topology, in turns. "ratio" is the share of vegeta's
// rate that is left.
func BenchmarkStatefulUsers(b *testing.B) {
	s, err := scenario.Parse("busy.yaml", []byte(busy))
	require.NoError(b, err)
	p, err := plan.Build(s, "broken", plan.Options{Seed: 1, Compress: 300})
	require.NoError(b, err)
	var ours, plain float64
	for b.Loop() {
		clock := substrate.NewClock()
		cluster, err := (&loopback.Substrate{}).Start(context.Background(), p, clock, discard{})
		require.NoError(b, err)
		n := len(p.Slots())
		plain += float64(n) / plainVegeta(b, cluster.URL(), n).Seconds()
		record, err := history.Create(b.TempDir()+"/h.gz", history.Header{Scenario: "busy"})
		require.NoError(b, err)
		began := time.Now()
		load := workload.Drive(context.Background(), workload.Options{
			Plan: p, URL: cluster.URL(), Clock: clock.Now, Start: clock.Now(), Record: record, Workers: workers,
		})
		require.Equal(b, 1.0, load.SuccessRatio)
		ours += float64(n) / time.Since(began).Seconds()
		require.NoError(b, record.Close())
		require.NoError(b, cluster.Close())
	}
	b.ReportMetric(ours/float64(b.N), "actions/s")
	b.ReportMetric(plain/float64(b.N), "vegeta/s")
	b.ReportMetric(ours/plain, "ratio")
}

// plainVegeta sends n requests of one logged-in user at vegeta's full speed.
func plainVegeta(b *testing.B, base string, n int) time.Duration {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: workers}
	defer transport.CloseIdleConnections()
	form := url.Values{"user": {"u1"}, "password": {app.Password(1)}}
	res, err := transport.RoundTrip(must(b, base+"/login", form))
	require.NoError(b, err)
	require.NoError(b, res.Body.Close())
	header := http.Header{}
	for _, c := range res.Cookies() {
		header.Add("Cookie", c.Name+"="+c.Value)
	}
	attacker := vegeta.NewAttacker(vegeta.Client(&http.Client{Transport: transport}), vegeta.Workers(workers), vegeta.MaxWorkers(workers))
	targets := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: base + "/page/1", Header: header})
	var m vegeta.Metrics
	began := time.Now()
	hits := 0
	for r := range attacker.Attack(targets, flatOut{n}, 0, "plain") {
		m.Add(r)
		hits++
	}
	m.Close()
	require.Equal(b, n, hits)
	require.Equal(b, 1.0, m.Success)
	return time.Since(began)
}

func must(b *testing.B, u string, form url.Values) *http.Request {
	b.Helper()
	req, err := http.NewRequest(http.MethodPost, u, strings.NewReader(form.Encode()))
	require.NoError(b, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req
}

// flatOut is a pacer that never waits and stops after n hits.
type flatOut struct{ n int }

func (f flatOut) Pace(_ time.Duration, hits uint64) (time.Duration, bool) {
	return 0, hits >= uint64(f.n)
}

func (f flatOut) Rate(time.Duration) float64 { return 0 }

type discard struct{}

func (discard) Append(*history.Event) {}
