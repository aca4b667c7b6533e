package parts

import (
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"

	"github.com/logoutlab/logoutlab/fakes/store"
	"github.com/logoutlab/logoutlab/harness/history"
)

// The products that nodes share what they remember in.
const (
	Redis     = "redis"
	Memcached = "memcached"
)

// poolSize is above what a run ever needs: after as many failed dials Redis's
// client would not dial for a second, which weighs k times as much in a
// compressed run.
const poolSize = 1 << 14

const storeTimeout = time.Second

// StoreUse is what was counted, in the words of the history.
func StoreUse(u *store.Use) *history.StoreUse {
	return &history.StoreUse{Commands: int(u.Commands.Load()), Bytes: int(u.Bytes.Load())}
}

// RedisClient is a client as [store.NewRedis] wants it, for the server and the
// credentials in opt.
func RedisClient(opt redis.Options) *redis.Client {
	opt.MaxRetries, opt.PoolSize = -1, poolSize
	opt.DialerRetries, opt.ContextTimeoutEnabled = 1, true
	opt.DialTimeout, opt.ReadTimeout, opt.WriteTimeout = storeTimeout, storeTimeout, storeTimeout
	return redis.NewClient(&opt)
}

// MemcachedClient is a client as [store.NewMemcached] wants it, for the server
// at an address.
func MemcachedClient(address string) *memcache.Client {
	client := memcache.New(address)
	client.Timeout, client.MaxIdleConns = storeTimeout, poolSize
	return client
}

// OpenStore makes a node's way to the shared store of a product, at an address;
// prefix begins all keys there. Calling shut lets go of its connections.
func OpenStore(product, address, prefix string) (shared Shared, shut func() error) {
	if product == Memcached {
		client := MemcachedClient(address)
		return store.NewMemcached(client, prefix), client.Close
	}
	client := RedisClient(redis.Options{Addr: address})
	return store.NewRedis(client, prefix), client.Close
}
