package varnish_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
	"github.com/logoutlab/logoutlab/harness/substrate/container/varnish"
)

var update = flag.Bool("update", false, "write the golden files")

func arch(c scenario.Cache) scenario.Architecture {
	c.Enabled = true
	return scenario.Architecture{
		Cache:    c,
		Client:   scenario.Client{Timeout: 10 * time.Second},
		Balancer: scenario.Balancer{KeepAlive: time.Minute, Protocol: "http1"},
	}
}

type config struct {
	name    string
	arch    scenario.Architecture
	options proxies.Options
}

// configs are all the forms that the VCL can take.
func configs() []config {
	o := proxies.Options{Listen: ":80", Upstream: "10.77.0.20:80"}
	compressed := o
	compressed.Compress = 62
	return []config{
		{"default", arch(scenario.Cache{}), o},
		{"compressed", arch(scenario.Cache{IgnoreVary: true}), compressed},
		{"cache_401", arch(scenario.Cache{Cache401: time.Minute}), o},
		{"never_4xx", arch(scenario.Cache{Cache401: time.Minute, Never4xx: true}), o},
		{"all", arch(scenario.Cache{Cache401: time.Minute, IgnoreCacheControl: 90 * time.Second, IgnoreVary: true, IgnoreAuth: true, CacheSetCookie: true}), o},
	}
}

func TestConfig(t *testing.T) {
	for _, c := range configs() {
		t.Run(c.name, func(t *testing.T) {
			got, err := varnish.Config(c.arch, c.options)
			require.NoError(t, err)
			golden := filepath.Join("testdata", c.name+".vcl")
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
}

func TestSetup(t *testing.T) {
	p := varnish.Product{}
	a := arch(scenario.Cache{})
	a.Balancer.Protocol, a.Balancer.KeepAlive = "h2c", 1500*time.Millisecond
	s, err := p.Setup(a, proxies.Options{Listen: ":80", Upstream: "10.77.0.20:80", ProxyProtocol: true})
	require.NoError(t, err)
	require.Equal(t, p.About().ConfigPath, s.Files[0].Path)
	require.Equal(t, []string{
		"varnishd", "-F", "-f", "/etc/varnish/default.vcl", "-a", ":80,PROXY", "-s", "malloc,256m", "-p", "default_ttl=0",
		"-p", "timeout_idle=1.500", "-p", "backend_idle_timeout=1.000", "-p", "feature=+http2",
	}, s.Command)

	_, err = p.Setup(a, proxies.Options{})
	require.ErrorContains(t, err, "varnish: the balancer's address")
}

func TestDifferences(t *testing.T) {
	all, err := varnish.Product{}.Check(arch(scenario.Cache{}))
	require.NoError(t, err)
	require.Len(t, all, 5)
	careless, err := varnish.Product{}.Check(arch(scenario.Cache{IgnoreAuth: true}))
	require.NoError(t, err)
	require.Len(t, careless, 4)
	for _, d := range all {
		require.NotEmpty(t, d.Field)
		require.NotEmpty(t, d.Says)
		require.NotEmpty(t, d.Instead)
	}
}
