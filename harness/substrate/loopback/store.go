package loopback

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/logoutlab/logoutlab/fakes/store"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// sharedStore is the store that the system's nodes share, reached through a
// relay: an embedded one, or the server that the user named.
type sharedStore struct {
	server
	relay *relay
	nodes []parts.Shared // of each node
	shuts []func() error

	use     store.Use
	refusal atomic.Int32  // a store.Refusal
	behind  []parts.Entry // what the replica has, if it hears nothing more
	cut     bool          // it does not
	spent   bool          // it has taken over
}

// server is what stands behind the relay.
type server interface {
	addr() string
	// ready makes sure that it answers, at the relay's address.
	ready(ctx context.Context, relay string) error
	// client is a node's way to it, at the relay or in front of that.
	client(address string) (shared parts.Shared, shut func() error)
	admin
}

// admin does what is done to a store. Of a server of the user's it touches
// nothing but what belongs to this run.
type admin interface {
	flush(ctx context.Context) error
	evict(ctx context.Context, keep int, chance interface{ IntN(n int) int }) error
	stopped(ctx context.Context) error // tells it that it has just been killed
	close()
}

// openStore connects to the user's server of a product, or starts an embedded
// one.
func openStore(ctx context.Context, product string, sub *Substrate) (*sharedStore, error) {
	prefix := fmt.Sprintf("logoutlab:%x:", time.Now().UnixNano())
	var s sharedStore
	var err error
	if product == parts.Memcached {
		s.server, err = newMemcachedServer(sub.Memcached, prefix)
	} else {
		s.server, err = newRedisServer(sub.Redis, prefix)
	}
	if err != nil {
		return nil, err
	}
	if s.relay, err = newRelay(s.addr()); err != nil {
		s.close()
		return nil, fmt.Errorf("listen for the store's relay: %w", err)
	}
	if err := s.ready(ctx, s.relay.addr); err != nil {
		s.close()
		return nil, err
	}
	return &s, nil
}

// found notes where the next node finds the store.
func (s *sharedStore) found(address string) {
	shared, shut := s.client(address)
	s.nodes, s.shuts = append(s.nodes, store.NewMeter(store.NewValve(shared, &s.refusal), &s.use)), append(s.shuts, shut)
}

// refuse lets it refuse commands, or take them again.
func (s *sharedStore) refuse(what store.Refusal) { s.refusal.Store(int32(what)) }

// stop takes the store away, with what it does not keep over a restart.
func (s *sharedStore) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(s.relay.shut(), s.stopped(ctx))
}

func (s *sharedStore) close() {
	for _, shut := range s.shuts {
		_ = shut()
	}
	s.server.close()
	if s.relay != nil {
		_ = s.relay.shut()
	}
}
