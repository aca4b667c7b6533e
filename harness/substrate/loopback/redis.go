package loopback

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/logoutlab/logoutlab/fakes/store"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// redisServer is the embedded miniredis, or the user's Redis.
type redisServer struct {
	options redis.Options
	prefix  string        // of this run's keys, and no other's
	direct  *redis.Client // not through the relay; nil until it is known to answer
	mini    *miniredis.Miniredis
	stop    context.CancelFunc
	ticks   sync.WaitGroup
}

// newRedisServer finds the Redis at address (a redis:// URL), or starts an
// embedded one if address is empty.
func newRedisServer(address, prefix string) (*redisServer, error) {
	s := &redisServer{prefix: prefix}
	if address != "" {
		opt, err := parseRedis(address)
		if err != nil {
			return nil, err
		}
		s.options = *opt
		return s, nil
	}
	mini, err := miniredis.Run()
	if err != nil {
		return nil, fmt.Errorf("start the embedded Redis: %w", err)
	}
	s.mini, s.options.Addr = mini, mini.Addr()
	s.tick()
	return s, nil
}

func (s *redisServer) addr() string { return s.options.Addr }

func (s *redisServer) ready(ctx context.Context, relay string) error {
	through := s.at(relay)
	defer through.Close()
	if err := through.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("the Redis at %s does not answer: %w", s.addr(), err)
	}
	s.direct = parts.RedisClient(s.options)
	return nil
}

// at is a client of the same server at another address.
func (s *redisServer) at(address string) *redis.Client {
	opt := s.options
	opt.Addr = address
	return parts.RedisClient(opt)
}

func (s *redisServer) client(address string) (parts.Shared, func() error) {
	c := s.at(address)
	return store.NewRedis(c, s.prefix), c.Close
}

// tick lets the embedded Redis's keys age: its clock only moves when driven.
func (s *redisServer) tick() {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.ticks.Add(1)
	go func() {
		defer s.ticks.Done()
		const step = 10 * time.Millisecond
		t := time.NewTicker(step)
		defer t.Stop()
		for last := time.Now(); ; {
			select {
			case <-ctx.Done():
				return
			case now := <-t.C:
				s.mini.FastForward(now.Sub(last))
				last = now
			}
		}
	}()
}

func (s *redisServer) flush(ctx context.Context) error {
	if s.mini != nil {
		s.mini.FlushAll()
		return nil
	}
	return parts.Clear(ctx, s.direct, s.prefix)
}

func (s *redisServer) evict(ctx context.Context, keep int, chance interface{ IntN(n int) int }) error {
	return parts.Evict(ctx, s.direct, s.prefix, keep, chance)
}

func (s *redisServer) copy(ctx context.Context) ([]parts.Entry, error) {
	return parts.Copy(ctx, s.direct, s.prefix)
}

func (s *redisServer) replace(ctx context.Context, all []parts.Entry) error {
	return parts.Replace(ctx, s.direct, s.prefix, all)
}

// stopped does nothing: its data are on disk.
func (s *redisServer) stopped(context.Context) error { return nil }

// close removes this run's keys from a Redis that is the user's. What it cannot
// reach ends by itself: every key has a time to live.
func (s *redisServer) close() {
	if s.direct != nil {
		if s.mini == nil {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			_ = parts.Clear(ctx, s.direct, s.prefix)
		}
		_ = s.direct.Close()
	}
	if s.mini != nil {
		s.stop()
		s.ticks.Wait()
		s.mini.Close()
	}
}

func parseRedis(address string) (*redis.Options, error) {
	opt, err := redis.ParseURL(address)
	if err != nil {
		return nil, fmt.Errorf("--redis %s: %w (accepted: redis://[user:password@]host:port[/db])", redactURL(address), err)
	}
	return opt, nil
}

// redactURL hides a password.
func redactURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return "(unreadable)"
	}
	return u.Redacted()
}
