package store_test

import (
	"math"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/store"
	"github.com/logoutlab/logoutlab/fakes/store/minicached"
	"github.com/logoutlab/logoutlab/fakes/store/storetest"
)

func memcachedAt(t *testing.T, address string) *memcache.Client {
	c := memcache.New(address)
	c.Timeout, c.MaxIdleConns = time.Second, 100
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func testMemcached(t *testing.T, address string) {
	c := memcachedAt(t, address)
	testContract(t, func(*testing.T) all { return store.NewMemcached(c, newPrefix()) })
	t.Run("foreign entry", func(t *testing.T) {
		prefix := newPrefix()
		s := store.NewMemcached(c, prefix)
		for _, key := range []string{"s:1", "f:1"} {
			require.NoError(t, c.Set(&memcache.Item{Key: prefix + key, Value: []byte("hello"), Expiration: 60}))
		}
		_, load := s.Load(1)
		_, revoked := s.Revoked(1)
		for _, err := range []error{load, revoked, s.Revoke(1)} {
			require.ErrorIs(t, err, auth.ErrDown)
			require.ErrorContains(t, err, "use another prefix")
		}
	})
	t.Run("long lives", func(t *testing.T) {
		s := store.NewMemcached(c, newPrefix())
		for id, life := range map[auth.SessionID]time.Duration{1: time.Millisecond, 2: 31 * 24 * time.Hour, 3: 100 * 365 * 24 * time.Hour, 4: 0} {
			require.NoError(t, s.Save(id, auth.Session{User: 1, Expires: life}))
			_, err := s.Load(id)
			require.NoError(t, err, "%v: above 30 days memcached takes a life for a Unix time", life)
		}
	})
}

func TestMinicached(t *testing.T)    { testMemcached(t, runMinicached(t).Addr()) }
func TestRealMemcached(t *testing.T) { testMemcached(t, storetest.Memcached(t)) }

func runMinicached(t *testing.T) *minicached.Server {
	m, err := minicached.Run()
	require.NoError(t, err)
	t.Cleanup(m.Close)
	return m
}

func TestMemcachedDown(t *testing.T) {
	m := runMinicached(t)
	s := store.NewMemcached(memcachedAt(t, m.Addr()), newPrefix())
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
}

// TestMemcachedEverythingExpires: what a change writes anew keeps its end.
func TestMemcachedEverythingExpires(t *testing.T) {
	m := runMinicached(t)
	s := store.NewMemcached(memcachedAt(t, m.Addr()), newPrefix())
	session := auth.Session{User: 1, Created: time.Hour, Seen: time.Hour, Expires: 2 * time.Hour}
	require.NoError(t, s.Save(1, session))
	require.NoError(t, s.Touch(1, session))
	require.NoError(t, s.Create(2, 1, time.Hour))
	_, err := s.Rotate(2, 0, 0, 0)
	require.NoError(t, err)
	require.NoError(t, s.Revoke(2))
	require.NoError(t, s.Add(3, time.Hour))

	ends := m.Expiries()
	require.Len(t, ends, 3)
	for key, end := range ends {
		require.WithinRange(t, end, time.Now().Add(time.Hour), time.Now().Add(time.Hour+time.Minute+time.Second), key)
	}
}

func TestSeconds(t *testing.T) {
	now := time.Unix(1_800_000_000, 5e8)
	const month = 30 * 24 * time.Hour
	for _, c := range []struct {
		life time.Duration
		want int32
	}{
		{0, 0}, {1, 1}, {time.Second, 1}, {time.Second + 1, 2}, {-time.Hour, 1},
		{month, 2_592_000}, {month + 1, 1_802_592_001},
		{100 * 365 * 24 * time.Hour, math.MaxInt32},
	} {
		require.Equal(t, c.want, store.Seconds(c.life, now), "%v", c.life)
	}
}
