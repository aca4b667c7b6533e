package loopback

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// sharedStore is the system's Redis, reached through a relay: the embedded
// miniredis, or the server that the user named.
type sharedStore struct {
	client *redis.Client
	prefix string // of this run's keys, and no other's
	relay  *relay
	mini   *miniredis.Miniredis
	stop   context.CancelFunc
	ticks  sync.WaitGroup
}

// needsStore tells whether any node keeps anything in a shared store.
func needsStore(s scenario.Session) bool {
	return s.Kind == "redis" || s.Revocation == "shared_blacklist" ||
		s.Kind == "jwt" && s.RefreshTTL > 0 && s.RefreshStore == "redis"
}

// poolSize is above what a run ever needs: after as many failed dials the
// client would not dial for a second, which weighs k times as much in a
// compressed run.
const poolSize = 1 << 14

// openStore connects to the Redis at address (a redis:// URL), or starts an
// embedded one if address is empty.
func openStore(ctx context.Context, address string) (*sharedStore, error) {
	s := &sharedStore{prefix: fmt.Sprintf("logoutlab:%x:", time.Now().UnixNano())}
	opt := &redis.Options{}
	if address == "" {
		mini, err := miniredis.Run()
		if err != nil {
			return nil, fmt.Errorf("start the embedded Redis: %w", err)
		}
		s.mini, opt.Addr = mini, mini.Addr()
		s.tick()
	} else {
		var err error
		if opt, err = parseRedis(address); err != nil {
			return nil, err
		}
	}
	var err error
	if s.relay, err = newRelay(opt.Addr); err != nil {
		s.close()
		return nil, fmt.Errorf("listen for the store's relay: %w", err)
	}
	target := opt.Addr
	opt.Addr, opt.MaxRetries = s.relay.addr, -1
	opt.PoolSize = poolSize
	opt.DialerRetries, opt.ContextTimeoutEnabled = 1, true
	opt.DialTimeout, opt.ReadTimeout, opt.WriteTimeout = time.Second, time.Second, time.Second
	s.client = redis.NewClient(opt)
	if err := s.client.Ping(ctx).Err(); err != nil {
		s.close()
		return nil, fmt.Errorf("the Redis at %s does not answer: %w", target, err)
	}
	return s, nil
}

// tick lets the embedded Redis's keys age: its clock only moves when driven.
func (s *sharedStore) tick() {
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

func (s *sharedStore) close() {
	if s.client != nil {
		if s.mini == nil {
			s.sweep()
		}
		_ = s.client.Close()
	}
	if s.relay != nil {
		_ = s.relay.shut()
	}
	if s.stop != nil {
		s.stop()
		s.ticks.Wait()
	}
	if s.mini != nil {
		s.mini.Close()
	}
}

// sweep removes this run's keys from a Redis that is the user's. What it cannot
// reach ends by itself: every key has a time to live.
func (s *sharedStore) sweep() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	keys := s.client.Scan(ctx, 0, s.prefix+"*", 1000).Iterator()
	var batch []string
	for keys.Next(ctx) {
		if batch = append(batch, keys.Val()); len(batch) == 1000 {
			s.client.Unlink(ctx, batch...)
			batch = batch[:0]
		}
	}
	if len(batch) > 0 {
		s.client.Unlink(ctx, batch...)
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
