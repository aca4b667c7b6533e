package proxiestest_test

import (
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/edgecache"
	cacheproxy "github.com/logoutlab/logoutlab/fakes/edgecache/proxy"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies/proxiestest"
)

// TestCacheCases holds the table to our own cache.
func TestCacheCases(t *testing.T) {
	node := proxiestest.Nodes(t, 1)[0]
	for _, c := range proxiestest.CacheCases() {
		t.Run(c.Name, func(t *testing.T) {
			k := c.Cache
			p := cacheproxy.New(cacheproxy.Options{
				Upstream: &url.URL{Scheme: "http", Host: node.Addr}, Now: func() time.Duration { return 0 },
				Config: edgecache.Config{
					Cache401: k.Cache401, IgnoreCacheControl: k.IgnoreCacheControl, IgnoreVary: k.IgnoreVary,
					IgnoreAuth: k.IgnoreAuth, CacheSetCookie: k.CacheSetCookie, Never4xx: k.Never4xx,
				},
			})
			defer p.Close()
			s := httptest.NewServer(p)
			defer s.Close()
			hit, _ := c.Hit(proxiestest.NewClient(t, s.URL), proxiestest.NewClient(t, s.URL), node, "/page/1")
			require.Equal(t, c.Stored, hit)
		})
	}
}
