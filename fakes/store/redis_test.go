package store_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/store"
)

func connect(t *testing.T, address string) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(address)
	require.NoError(t, err)
	o.ContextTimeoutEnabled, o.MaxRetries, o.DialerRetries = true, -1, 1
	c := redis.NewClient(o)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

var runs atomic.Int64

// newPrefix keeps tests apart, also from earlier ones in the same Redis.
func newPrefix() string {
	return fmt.Sprintf("logoutlab-test:%d:%d:%d:", os.Getpid(), time.Now().UnixNano(), runs.Add(1))
}

func testRedis(t *testing.T, address string) {
	c := connect(t, address)
	testContract(t, func(*testing.T) all { return store.NewRedis(c, newPrefix()) })
	t.Run("everything expires", func(t *testing.T) { testExpiry(t, c) })
	t.Run("foreign entry", func(t *testing.T) {
		prefix := newPrefix()
		require.NoError(t, c.Set(context.Background(), prefix+"s:1", "hello", time.Minute).Err())
		_, err := store.NewRedis(c, prefix).Load(1)
		require.ErrorIs(t, err, auth.ErrDown)
		require.ErrorContains(t, err, "use another prefix")
	})
}

func testExpiry(t *testing.T, c *redis.Client) {
	prefix := newPrefix()
	s := store.NewRedis(c, prefix)
	session := auth.Session{User: 1, Created: time.Hour, Seen: time.Hour, Expires: 2 * time.Hour}
	require.NoError(t, s.Save(1, session))
	require.NoError(t, s.Touch(1, session))
	require.NoError(t, s.Create(2, 1, time.Hour))
	_, err := s.Rotate(2, 0, 0, 0)
	require.NoError(t, err)
	require.NoError(t, s.Add(3, time.Hour))

	keys, err := c.Keys(context.Background(), prefix+"*").Result()
	require.NoError(t, err)
	require.Len(t, keys, 3)
	for _, k := range keys {
		left, err := c.PTTL(context.Background(), k).Result()
		require.NoError(t, err)
		require.Greater(t, left, time.Hour, k)
		require.LessOrEqual(t, left, time.Hour+time.Minute, k)
	}
}

func TestMiniredis(t *testing.T) {
	m := miniredis.RunT(t)
	testRedis(t, "redis://"+m.Addr())
}

func TestRedisDown(t *testing.T) {
	m := miniredis.RunT(t)
	s := store.NewRedis(connect(t, "redis://"+m.Addr()), newPrefix())
	require.NoError(t, s.Save(1, auth.Session{User: 1}))
	m.Close()

	_, load := s.Load(1)
	_, rotate := s.Rotate(1, 0, 0, 0)
	_, revoked := s.Revoked(1)
	_, contains := s.Contains(1)
	for i, err := range []error{
		load, s.Save(1, auth.Session{}), s.Touch(1, auth.Session{}), s.Delete(1),
		s.Create(1, 1, 0), rotate, s.Revoke(1), revoked, s.Add(1, 0), contains,
	} {
		require.ErrorIs(t, err, auth.ErrDown, "call %d", i)
		require.NotErrorIs(t, err, auth.ErrUnknown, "call %d", i)
	}

	require.NoError(t, m.Restart())
	_, err := s.Load(1)
	require.NoError(t, err, "it comes back with its data")
}

// TestRealRedis runs the contract on LOGOUTLAB_REDIS (a redis:// URL), or on
// a redis-server of its own. LOGOUTLAB_REDIS_SERVER=require makes it fail
// where neither is to be had.
func TestRealRedis(t *testing.T) {
	if address := os.Getenv("LOGOUTLAB_REDIS"); address != "" {
		testRedis(t, address)
		return
	}
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		const missing = "no real Redis: set LOGOUTLAB_REDIS to a redis:// URL, or install redis-server (apt package redis-server)"
		if os.Getenv("LOGOUTLAB_REDIS_SERVER") == "require" {
			t.Fatal(missing)
		}
		t.Log("NOT TESTED against a real Redis, only against the embedded one.")
		t.Skip(missing)
	}
	testRedis(t, serve(t, binary))
}

// serve starts a redis-server on a free loopback port and ends it with t.
func serve(t *testing.T, binary string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	host, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, l.Close())

	cmd := exec.Command(binary, "--bind", host, "--port", port, "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("redis-server said:\n%s", &said)
		}
	})
	address := (&url.URL{Scheme: "redis", Host: net.JoinHostPort(host, port)}).String()
	c := connect(t, address)
	require.Eventually(t, func() bool { return c.Ping(context.Background()).Err() == nil },
		10*time.Second, 20*time.Millisecond, "redis-server did not come up on %s", address)
	return address
}
