package container

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/images"
	"github.com/logoutlab/logoutlab/harness/substrate/container/lab"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

const storePrefix = "logoutlab:" // of the keys

var storePorts = map[string]int{parts.Redis: 6379, parts.Memcached: 11211}

var errNoStore = errors.New("this architecture has no shared session store")

// startStore starts the store that nodes share. A Redis keeps its data over a
// restart: what a process has written to its append-only file the kernel keeps.
// A memcached keeps nothing.
func (c *Cluster) startStore(ctx context.Context) error {
	product := c.arch.Session.Store()
	if product == "" {
		return nil
	}
	image, err := images.Find(ctx, c.docker, product)
	if err != nil {
		return err
	}
	spec := lab.Spec{Name: "store", Image: image, Addr: c.lab.Addr(storePlace)}
	switch product {
	case parts.Redis:
		spec.User, spec.Writes = "redis", true
		spec.Cmd = []string{"redis-server", "--protected-mode", "no", "--save", "", "--appendonly", "yes", "--appendfsync", "no", "--dir", "/data"}
	case parts.Memcached:
		spec.Cmd = []string{"memcached"}
	}
	if skews(c.plan.Variant.Faults) {
		if err := c.preload(ctx, &spec); err != nil {
			return err
		}
	}
	if c.store, err = c.lab.Start(ctx, spec); err != nil || !c.arch.Session.Replica {
		return err
	}
	spec.Name, spec.Addr = "replica", c.lab.Addr(replicaPlace)
	spec.Cmd = append(spec.Cmd, "--replicaof", c.lab.Addr(storePlace).String(), strconv.Itoa(storePorts[parts.Redis]))
	c.spare, err = c.lab.Start(ctx, spec)
	return err
}

// awaitStore waits until the store answers, and shows what a fault will need of
// it.
func (c *Cluster) awaitStore(ctx context.Context) error {
	if c.store == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, starting)
	defer cancel()
	for {
		err := c.askStore(ctx,
			func(r *redis.Client) error { return r.Ping(ctx).Err() },
			func(m *parts.MemcachedAdmin) error { _, err := m.Version(); return err })
		if err == nil {
			return errors.Join(c.tryStoreClock(), c.awaitReplica(ctx), c.askReplicas(ctx))
		}
		if ended := c.store.Ended(ctx); ended != nil {
			return ended
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w%s", err, c.store.LastWords())
		case <-time.After(poll):
		}
	}
}

// FlushStore empties the store with FLUSHALL or flush_all.
func (c *Cluster) FlushStore(ctx context.Context) error {
	return c.askStore(ctx,
		func(r *redis.Client) error { return r.FlushAll(ctx).Err() },
		(*parts.MemcachedAdmin).Flush)
}

// maxMemory bounds the store's memory; "0" does not, and "1" is less than it has.
func (c *Cluster) maxMemory(ctx context.Context, bytes string) error {
	return c.askStore(ctx, func(r *redis.Client) error {
		return errors.Join(r.ConfigSet(ctx, "maxmemory-policy", "noeviction").Err(), r.ConfigSet(ctx, "maxmemory", bytes).Err())
	}, nil)
}

// RelieveStore gives the store memory enough.
func (c *Cluster) RelieveStore(ctx context.Context) error {
	if c.arch.Session.Eviction == scenario.NoEviction {
		return c.maxMemory(ctx, "0")
	}
	return nil
}

// EvictStore removes all but keep percent of the store's keys; or, if its policy
// is not to, leaves it no memory for more.
func (c *Cluster) EvictStore(ctx context.Context, keep int) error {
	if c.arch.Session.Eviction == scenario.NoEviction {
		return c.maxMemory(ctx, "1")
	}
	chance := c.plan.Stream("evict")
	return c.askStore(ctx,
		func(r *redis.Client) error { return parts.Evict(ctx, r, storePrefix, keep, chance) },
		func(m *parts.MemcachedAdmin) error { return m.Evict(storePrefix, keep, chance) })
}

// askStore speaks with the store in its own language.
func (c *Cluster) askStore(ctx context.Context, redis func(*redis.Client) error, memcached func(*parts.MemcachedAdmin) error) (err error) {
	switch c.arch.Session.Store() {
	case parts.Redis:
		err = c.askRedis(redis)
	case parts.Memcached:
		err = c.askMemcached(ctx, memcached)
	default:
		return errNoStore
	}
	if err != nil {
		return fmt.Errorf("the session store: %w", err)
	}
	return nil
}

// askMemcached lets an administrator work, by way of the helper: the store's
// port is not published.
func (c *Cluster) askMemcached(ctx context.Context, what func(*parts.MemcachedAdmin) error) error {
	conn, err := c.helper.client.Dial(ctx, c.storeAddr())
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

// askRedis lets a client speak with the store.
func (c *Cluster) askRedis(what func(*redis.Client) error) error {
	return c.askRedisAt(c.storeAddr(), what)
}

// askRedisAt lets a client speak with a Redis, by way of the helper.
func (c *Cluster) askRedisAt(address string, what func(*redis.Client) error) error {
	r := parts.RedisClient(redis.Options{
		Addr: address,
		Dialer: func(ctx context.Context, _, address string) (net.Conn, error) {
			return c.helper.client.Dial(ctx, address)
		},
	})
	defer r.Close()
	return what(r)
}

func (c *Cluster) storeAddr() string {
	return fmt.Sprintf("%s:%d", c.lab.Addr(storePlace), storePorts[c.arch.Session.Store()])
}

// StopStore kills the store's process.
func (c *Cluster) StopStore() error {
	if c.store == nil {
		return errNoStore
	}
	ctx, cancel := context.WithTimeout(context.Background(), telling)
	defer cancel()
	if err := c.store.Signal(ctx, "KILL"); err != nil {
		return err
	}
	return c.store.Gone(ctx)
}

// StartStore brings the store back, with what it has kept.
func (c *Cluster) StartStore() error {
	if c.store == nil {
		return errNoStore
	}
	ctx, cancel := context.WithTimeout(context.Background(), starting)
	defer cancel()
	return c.store.Restart(ctx)
}
