package loopback

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/logoutlab/logoutlab/fakes/store/minicached"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// memcachedServer is the embedded minicached, or the user's memcached.
type memcachedServer struct {
	address string
	prefix  string // of this run's keys, and no other's
	mini    *minicached.Server
}

// newMemcachedServer finds the memcached at address, or starts an embedded one
// if address is empty.
func newMemcachedServer(address, prefix string) (*memcachedServer, error) {
	s := &memcachedServer{address: address, prefix: prefix}
	if address == "" {
		mini, err := minicached.Run()
		if err != nil {
			return nil, fmt.Errorf("start the embedded memcached: %w", err)
		}
		s.mini, s.address = mini, mini.Addr()
	}
	return s, nil
}

func (s *memcachedServer) addr() string { return s.address }

func (s *memcachedServer) ready(ctx context.Context, relay string) error {
	err := ask(ctx, relay, func(m *parts.MemcachedAdmin) error {
		_, err := m.Version()
		return err
	})
	if err != nil {
		return fmt.Errorf("the memcached at %s does not answer: %w", s.address, err)
	}
	return nil
}

func (s *memcachedServer) client(address string) (parts.Shared, func() error) {
	return parts.OpenStore(parts.Memcached, address, s.prefix)
}

func (s *memcachedServer) flush(ctx context.Context) error {
	return ask(ctx, s.address, func(m *parts.MemcachedAdmin) error {
		if s.mini != nil {
			return m.Flush()
		}
		return m.Clear(s.prefix)
	})
}

func (s *memcachedServer) evict(ctx context.Context, keep int, chance interface{ IntN(n int) int }) error {
	return ask(ctx, s.address, func(m *parts.MemcachedAdmin) error { return m.Evict(s.prefix, keep, chance) })
}

// stopped empties it: a memcached that was killed comes back with nothing.
func (s *memcachedServer) stopped(ctx context.Context) error { return s.flush(ctx) }

// close removes this run's keys from a memcached that is the user's. What it
// cannot reach ends by itself: every entry has a life.
func (s *memcachedServer) close() {
	if s.mini != nil {
		s.mini.Close()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = s.flush(ctx)
}

// ask lets an administrator of a memcached work.
func ask(ctx context.Context, address string, what func(*parts.MemcachedAdmin) error) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	m, err := parts.AdministerMemcached(conn)
	if err != nil {
		return err
	}
	return what(m)
}

// checkMemcached refuses what is no address.
func checkMemcached(address string) error {
	host, port, err := net.SplitHostPort(address)
	if n, bad := strconv.ParseUint(port, 10, 16); err == nil && (bad != nil || n == 0 || host == "") {
		err = errors.New("it is no host and port")
	}
	if err != nil {
		return fmt.Errorf("--memcached %s: %w (accepted: host:port)", address, err)
	}
	return nil
}
