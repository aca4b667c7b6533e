package nginx_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/nginx"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

func cacheArch(c scenario.Cache) scenario.Architecture {
	a := arch(nil)
	c.Enabled = true
	a.Cache = c
	return a
}

// cacheConfigs are all the forms that a cache's configuration can take.
func cacheConfigs() []config {
	o := proxies.Options{Listen: ":8000", Upstream: "10.77.0.20:80"}
	proxied := o
	proxied.ProxyProtocol = true
	h2c := cacheArch(scenario.Cache{IgnoreAuth: true})
	h2c.Balancer.Protocol, h2c.Balancer.KeepAlive = "h2c", 0
	return []config{
		{"default", cacheArch(scenario.Cache{}), o},
		{"cache_401", cacheArch(scenario.Cache{Cache401: 1500 * time.Millisecond}), proxied},
		{"never_4xx", cacheArch(scenario.Cache{Cache401: time.Minute, Never4xx: true}), o},
		{"h2c", h2c, o},
		{"all", cacheArch(scenario.Cache{Cache401: time.Minute, IgnoreCacheControl: 90 * time.Second, IgnoreVary: true, IgnoreAuth: true, CacheSetCookie: true}), o},
	}
}

func TestCacheConfig(t *testing.T) {
	for _, c := range cacheConfigs() {
		t.Run(c.name, func(t *testing.T) {
			got, err := nginx.CacheConfig(c.arch, c.options)
			require.NoError(t, err)
			compare(t, "cache-"+c.name+".conf", got)
		})
	}
}

func TestSetup(t *testing.T) {
	for _, p := range []proxies.Product{nginx.Balancer{}, nginx.Cache{}} {
		s, err := p.Setup(cacheArch(scenario.Cache{}), proxies.Options{Listen: ":80", Upstream: "10.77.0.20:80"})
		require.NoError(t, err)
		require.Equal(t, p.About().ConfigPath, s.Files[0].Path)
		require.Contains(t, s.Files[0].Text, "listen 80;")
		require.Contains(t, s.Command, s.Files[0].Path)
	}
	require.Equal(t, time.Second, nginx.Cache{}.About().Floors["cache.cache_401"])
}

func TestSecondsOfCacheControlAreNotCompressed(t *testing.T) {
	a := cacheArch(scenario.Cache{})
	for _, cacheControl := range []string{"public, max-age=60", "S-MaxAge=60"} {
		a.App.CacheControl = cacheControl
		_, err := nginx.CacheConfig(a, proxies.Options{Compress: 1})
		require.NoError(t, err)
		_, err = nginx.CacheConfig(a, proxies.Options{Compress: 60})
		require.ErrorContains(t, err, "use --cache varnish, which scales them, or --compress 1")
	}
}

func TestCacheDifferences(t *testing.T) {
	all, err := nginx.Cache{}.Check(cacheArch(scenario.Cache{}))
	require.NoError(t, err)
	require.Len(t, all, 3)
	all, err = nginx.Cache{}.Check(cacheArch(scenario.Cache{Cache401: time.Minute}))
	require.NoError(t, err)
	require.Len(t, all, 4)
	require.Equal(t, "cache.cache_401", all[3].Field)
}
