package parts

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Entry is one key of a Redis, with what it holds.
type Entry struct {
	key  string
	text string            // of a string
	hash map[string]string // of a hash; nil of a string
	life time.Duration     // 0: for ever
}

// Copy reads all entries whose keys begin with prefix. Each is read as a whole;
// all of them at about the same time.
func Copy(ctx context.Context, client *redis.Client, prefix string) ([]Entry, error) {
	keys, err := keysOf(ctx, client, prefix)
	if err != nil {
		return nil, err
	}
	all := make([]Entry, 0, len(keys))
	for _, key := range keys {
		e, err := readEntry(ctx, client, key)
		if err != nil {
			return nil, err
		}
		if e.key != "" {
			all = append(all, e)
		}
	}
	return all, nil
}

// readEntry reads one entry, in a transaction; it is empty if there is none any
// more.
func readEntry(ctx context.Context, client *redis.Client, key string) (Entry, error) {
	kind, err := client.Type(ctx, key).Result()
	if err != nil || kind == "none" {
		return Entry{}, err
	}
	e := Entry{key: key}
	var text *redis.StringCmd
	var hash *redis.MapStringStringCmd
	var life *redis.DurationCmd
	_, err = client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		if kind == "hash" {
			hash = p.HGetAll(ctx, key)
		} else {
			text = p.Get(ctx, key)
		}
		life = p.PTTL(ctx, key)
		return nil
	})
	switch {
	case err == redis.Nil, err == nil && hash != nil && len(hash.Val()) == 0:
		return Entry{}, nil
	case err != nil:
		return Entry{}, err
	case hash != nil:
		e.hash = hash.Val()
	default:
		e.text = text.Val()
	}
	e.life = max(life.Val(), 0)
	return e, nil
}

// Replace removes all entries whose keys begin with prefix, and writes others
// in their place.
func Replace(ctx context.Context, client *redis.Client, prefix string, all []Entry) error {
	if err := Clear(ctx, client, prefix); err != nil {
		return err
	}
	_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, e := range all {
			if e.hash == nil {
				p.Set(ctx, e.key, e.text, e.life)
				continue
			}
			p.HSet(ctx, e.key, e.hash)
			if e.life > 0 {
				p.PExpire(ctx, e.key, e.life)
			}
		}
		return nil
	})
	return err
}
