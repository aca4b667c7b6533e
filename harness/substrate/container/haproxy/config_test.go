package haproxy_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/haproxy"
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

// configs are all the forms that a configuration can take.
func configs() []config {
	o := proxies.Options{Listen: ":8000", Servers: []proxies.Server{
		{Name: "app-1", Address: "10.77.0.11:8080"}, {Name: "app-2", Address: "10.77.0.12:8080"},
	}}
	full := o
	full.Control, full.ProxyProtocol = ":9999", true
	full.Servers = append([]proxies.Server{{Name: "app-0", Address: "10.77.0.10:8080", Down: true}}, o.Servers...)
	cached := arch(func(b *scenario.Balancer) { b.Policy, b.Protocol = "source_hash", "h2c" })
	cached.Cache.Enabled = true
	change := func(name string, f func(*scenario.Balancer)) config { return config{name, arch(f), o} }
	return []config{
		change("round_robin", nil),
		change("random", func(b *scenario.Balancer) { b.Policy = "random" }),
		change("least_conn", func(b *scenario.Balancer) { b.Policy, b.Retries = "least_conn", 0 }),
		{"source_hash", arch(func(b *scenario.Balancer) { b.Policy = "source_hash" }), full},
		{"source_hash-cache", cached, o},
		change("lb_cookie", func(b *scenario.Balancer) { b.Stickiness, b.StickyTTL = "lb_cookie", 24*time.Hour }),
		change("app_cookie", func(b *scenario.Balancer) { b.Stickiness, b.AppCookie = "app_cookie", "sid" }),
		change("lb_cookie-bound", func(b *scenario.Balancer) { b.Stickiness, b.StickyMax = "lb_cookie", 8 }),
		change("app_cookie-bound", func(b *scenario.Balancer) { b.Stickiness, b.AppCookie, b.StickyMax = "app_cookie", "sid", 8 }),
		change("slow_start", func(b *scenario.Balancer) { b.Policy, b.SlowStart = "least_conn", 4500*time.Millisecond }),
		change("any_failure", func(b *scenario.Balancer) { b.RetryOn, b.KeepAlive, b.Health.Interval = "any_failure", 0, 0 }),
		change("h2c", func(b *scenario.Balancer) { b.Protocol = "h2c" }),
		{"connection", arch(func(b *scenario.Balancer) { b.Per, b.Protocol, b.Policy = "connection", "h2c", "source_hash" }), full},
	}
}

func TestConfig(t *testing.T) {
	for _, c := range configs() {
		t.Run(c.name, func(t *testing.T) {
			got, err := haproxy.Config(c.arch, c.options)
			require.NoError(t, err)
			golden := filepath.Join("testdata", c.name+".cfg")
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
}

func TestUnknownPolicy(t *testing.T) {
	_, err := haproxy.Config(arch(func(b *scenario.Balancer) { b.Policy = "best" }), proxies.Options{})
	require.EqualError(t, err, `haproxy: no balancer.policy "best" (accepted: [least_conn random round_robin source_hash])`)
}
