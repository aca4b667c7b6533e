package nginx_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/nginx"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

var update = flag.Bool("update", false, "write the golden files")

// arch is an architecture like the catalogue's, after compression.
func arch(change func(*scenario.Balancer)) scenario.Architecture {
	a := scenario.Architecture{Nodes: 3, Client: scenario.Client{Timeout: 10 * time.Second}, Balancer: scenario.Balancer{
		Policy: "round_robin", Per: "request", Protocol: "http1", Stickiness: "none", StickyTTL: time.Hour,
		Health:  scenario.Health{Interval: 50 * time.Millisecond, Timeout: 2 * time.Second, Rise: 2, Fall: 2},
		Retries: 3, RetryOn: "conn_failure", KeepAlive: time.Minute,
	}}
	if change != nil {
		change(&a.Balancer)
	}
	return a
}

type config struct {
	name    string
	arch    scenario.Architecture
	options proxies.Options
}

// configs are all the forms that a balancer's configuration can take.
func configs() []config {
	o := proxies.Options{Listen: ":8000", Servers: []proxies.Server{
		{Name: "app-1", Address: "10.77.0.11:8080"}, {Name: "app-2", Address: "10.77.0.12:8080"},
	}}
	full := o
	full.ProxyProtocol = true
	full.Servers = append([]proxies.Server{{Name: "app-0", Address: "10.77.0.10:8080", Down: true}}, o.Servers...)
	cached := arch(func(b *scenario.Balancer) { b.Policy, b.Protocol = "source_hash", "h2c" })
	cached.Cache.Enabled = true
	change := func(name string, f func(*scenario.Balancer)) config { return config{name, arch(f), o} }
	return []config{
		change("round_robin", nil),
		change("random", func(b *scenario.Balancer) { b.Policy = "random" }),
		change("least_conn", func(b *scenario.Balancer) { b.Policy, b.Retries, b.Drain = "least_conn", 0, time.Minute }),
		{"source_hash", arch(func(b *scenario.Balancer) { b.Policy, b.Stickiness = "source_hash", "lb_cookie" }), full},
		{"source_hash-cache", cached, o},
		change("lb_cookie", func(b *scenario.Balancer) { b.Stickiness, b.StickyTTL = "lb_cookie", 24*time.Hour }),
		change("any_failure", func(b *scenario.Balancer) { b.RetryOn, b.KeepAlive, b.Health.Interval = "any_failure", 0, 0 }),
		change("h2c", func(b *scenario.Balancer) { b.Protocol = "h2c" }),
		{"connection", arch(func(b *scenario.Balancer) { b.Per, b.Protocol, b.Policy = "connection", "h2c", "source_hash" }), full},
	}
}

func TestBalancerConfig(t *testing.T) {
	for _, c := range configs() {
		t.Run(c.name, func(t *testing.T) {
			got, err := nginx.BalancerConfig(c.arch, c.options)
			require.NoError(t, err)
			compare(t, "balancer-"+c.name+".conf", got)
		})
	}
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	golden := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestRefused(t *testing.T) {
	_, err := nginx.Balancer{}.Check(arch(func(b *scenario.Balancer) { b.Stickiness, b.AppCookie = "app_cookie", "sid" }))
	require.ErrorContains(t, err, "use haproxy, which can, or balancer.stickiness: lb_cookie")
	_, err = nginx.Balancer{}.Check(arch(func(b *scenario.Balancer) { b.Stickiness, b.StickyMax = "lb_cookie", 8 }))
	require.ErrorContains(t, err, "nginx: balancer.sticky_max: ")
	_, err = nginx.Balancer{}.Check(arch(func(b *scenario.Balancer) { b.SlowStart = time.Minute }))
	require.ErrorContains(t, err, "nginx: balancer.slow_start: ")
	_, err = nginx.Balancer{}.Check(arch(func(b *scenario.Balancer) { b.Policy = "best" }))
	require.EqualError(t, err, `nginx: no balancer.policy "best" (accepted: [least_conn random round_robin source_hash])`)
}

func TestDifferences(t *testing.T) {
	fields := func(change func(*scenario.Balancer)) string {
		all, err := nginx.Balancer{}.Check(arch(change))
		require.NoError(t, err)
		var out []string
		for _, d := range all {
			require.NotEmpty(t, d.Says)
			require.NotEmpty(t, d.Instead)
			out = append(out, strings.TrimPrefix(d.Field, "balancer."))
		}
		return strings.Join(out, " ")
	}
	require.Equal(t, "health.interval retry_on policy", fields(nil))
	require.Equal(t, "health.interval stickiness drain protocol policy", fields(func(b *scenario.Balancer) {
		b.Stickiness, b.Drain, b.Protocol, b.RetryOn = "lb_cookie", time.Minute, "h2c", "any_failure"
	}))
	require.Empty(t, fields(func(b *scenario.Balancer) { b.Per, b.Health.Interval = "connection", 0 }))
}
