package haproxy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/haproxy"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

func TestSetup(t *testing.T) {
	p := haproxy.Product{}
	require.Equal(t, 4*time.Second, p.About().Floors["balancer.sticky_ttl"])
	s, err := p.Setup(arch(nil), proxies.Options{Listen: ":80"})
	require.NoError(t, err)
	require.Len(t, s.Files, 1)
	require.Equal(t, p.About().ConfigPath, s.Files[0].Path)
	require.Contains(t, s.Command, s.Files[0].Path)
	require.Contains(t, s.Files[0].Text, "bind :80\n")
	s, err = p.Setup(arch(nil), proxies.Options{Listen: ":80", Control: ":9999"})
	require.NoError(t, err)
	require.Len(t, s.Files, 2)
	require.Equal(t, "global\n    stats socket ipv4@:9999 level admin\n", s.Files[1].Text)
	require.Contains(t, s.Command, s.Files[1].Path)
}

func TestDifferences(t *testing.T) {
	fields := func(change func(*scenario.Balancer)) []string {
		all, err := haproxy.Product{}.Check(arch(change))
		require.NoError(t, err)
		var out []string
		for _, d := range all {
			require.NotEmpty(t, d.Says)
			require.NotEmpty(t, d.Instead)
			out = append(out, d.Field)
		}
		return out
	}
	require.Equal(t, []string{"balancer.retries", "balancer.retry_on", "balancer.keep_alive"}, fields(nil))
	require.Equal(t, []string{"balancer.stickiness", "balancer.retry_on", "balancer.keep_alive"}, fields(func(b *scenario.Balancer) { b.Stickiness, b.Retries = "lb_cookie", 1 }))
	require.Equal(t, []string{"balancer.stickiness"}, fields(func(b *scenario.Balancer) {
		b.Stickiness, b.AppCookie, b.Retries, b.KeepAlive = "app_cookie", "sid", 0, 0
	}))
	require.Equal(t, []string{"balancer.retry_on"}, fields(func(b *scenario.Balancer) { b.Protocol, b.Retries, b.KeepAlive = "h2c", 0, 0 }))
	require.Empty(t, fields(func(b *scenario.Balancer) { b.Per = "connection" }))

	_, err := haproxy.Product{}.Check(arch(func(b *scenario.Balancer) { b.Policy = "best" }))
	require.Error(t, err)
}
