package parts

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/store/minicached"
	"github.com/logoutlab/logoutlab/fakes/store/storetest"
	"github.com/logoutlab/logoutlab/harness/plan"
)

func TestEvict(t *testing.T) {
	for _, c := range []struct{ keys, keep, left int }{
		{0, 50, 0}, {1, 50, 0}, {10, 50, 5}, {10, 99, 9}, {2500, 30, 750}, {2500, 0, 0}, // 0: Clear
	} {
		t.Run(fmt.Sprintf("%d of %d", c.keep, c.keys), func(t *testing.T) {
			var left [2][]string
			for i := range left {
				mini := miniredis.RunT(t)
				for n := range c.keys {
					require.NoError(t, mini.Set(fmt.Sprintf("ours:%d", n), "x"))
				}
				require.NoError(t, mini.Set("theirs", "x"))
				client := RedisClient(redis.Options{Addr: mini.Addr()})
				defer client.Close()
				if c.keep == 0 {
					require.NoError(t, Clear(t.Context(), client, "ours:"))
				} else {
					require.NoError(t, Evict(t.Context(), client, "ours:", c.keep, (&plan.Plan{Seed: 7}).Stream("s")))
				}
				require.True(t, mini.Exists("theirs"))
				left[i] = mini.Keys()
				require.Len(t, left[i], c.left+1)
			}
			require.Equal(t, left[0], left[1], "the same seed chooses the same keys")
		})
	}
}

func TestEvictMemcached(t *testing.T)     { testEvictMemcached(t, runMinicached(t)) }
func TestEvictRealMemcached(t *testing.T) { testEvictMemcached(t, storetest.Memcached(t)) }

func testEvictMemcached(t *testing.T, address string) {
	client := MemcachedClient(address)
	defer client.Close()
	for _, c := range []struct{ keys, keep, left int }{{0, 50, 0}, {1, 50, 0}, {10, 50, 5}, {2500, 30, 750}, {2500, 0, 0}} { // 0: Clear
		t.Run(fmt.Sprintf("%d of %d", c.keep, c.keys), func(t *testing.T) {
			var left [2][]string
			for i := range left {
				require.NoError(t, administer(t, address).Flush())
				for n := range c.keys {
					require.NoError(t, client.Set(&memcache.Item{Key: fmt.Sprintf("ours:%d", n), Value: []byte("x"), Expiration: 60}))
				}
				require.NoError(t, client.Set(&memcache.Item{Key: "theirs", Value: []byte("x"), Expiration: 60}))
				if c.keep == 0 {
					require.NoError(t, administer(t, address).Clear("ours:"))
				} else {
					require.NoError(t, administer(t, address).Evict("ours:", c.keep, (&plan.Plan{Seed: 7}).Stream("s")))
				}
				var err error
				left[i], err = administer(t, address).keys("")
				require.NoError(t, err)
				require.Contains(t, left[i], "theirs")
				require.Len(t, left[i], c.left+1)
			}
			require.Equal(t, left[0], left[1], "the same seed chooses the same keys")
		})
	}
	version, err := administer(t, address).Version()
	require.NoError(t, err)
	require.NotEmpty(t, version)
}

func administer(t *testing.T, address string) *MemcachedAdmin {
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	m, err := AdministerMemcached(conn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func runMinicached(t *testing.T) string {
	m, err := minicached.Run()
	require.NoError(t, err)
	t.Cleanup(m.Close)
	return m.Addr()
}

// TestNotAMemcached: what answers otherwise is told.
func TestNotAMemcached(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	go func() {
		defer there.Close()
		lines := bufio.NewScanner(there)
		for lines.Scan() {
			if _, err := io.WriteString(there, "-ERR unknown command\r\n"); err != nil {
				return
			}
		}
	}()
	m, err := AdministerMemcached(here)
	require.NoError(t, err)
	_, err = m.Version()
	require.ErrorContains(t, err, "no memcached?")
	require.ErrorContains(t, m.Flush(), "unknown command")
	require.ErrorContains(t, m.Clear(""), "unknown command")
	require.ErrorContains(t, m.remove([]string{"k"}), "unknown command")
}

func TestEvictFromAStoreThatIsDown(t *testing.T) {
	mini := miniredis.RunT(t)
	client := RedisClient(redis.Options{Addr: mini.Addr()})
	defer client.Close()
	mini.Close()
	require.Error(t, Evict(t.Context(), client, "", 50, (&plan.Plan{}).Stream("s")))
	require.Error(t, Clear(t.Context(), client, ""))
}
