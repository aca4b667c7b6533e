package parts

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"
)

// batch is how many keys are asked for, or removed, at a time.
const batch = 1000

// Clear removes the keys that begin with prefix. Those that come meanwhile may
// stay.
func Clear(ctx context.Context, client *redis.Client, prefix string) error {
	keys, err := keysOf(ctx, client, prefix)
	if err != nil {
		return err
	}
	return unlink(ctx, client, keys)
}

// Evict removes all but keep percent of the keys that begin with prefix, as
// maxmemory with the policy allkeys-random would: which ones, chance decides.
// (maxmemory itself counts the buffers of connections too, which outweigh the
// sessions of a short run.)
func Evict(ctx context.Context, client *redis.Client, prefix string, keep int, chance interface{ IntN(n int) int }) error {
	keys, err := keysOf(ctx, client, prefix)
	if err != nil {
		return err
	}
	return unlink(ctx, client, lot(keys, keep, chance))
}

// lot draws all but keep percent of the keys, whose order it changes.
func lot(keys []string, keep int, chance interface{ IntN(n int) int }) []string {
	gone := len(keys) - len(keys)*keep/100
	for i := range gone {
		j := i + chance.IntN(len(keys)-i)
		keys[i], keys[j] = keys[j], keys[i]
	}
	return keys[:gone]
}

// keysOf lists keys, each once, in their own order.
func keysOf(ctx context.Context, client *redis.Client, prefix string) ([]string, error) {
	var keys []string
	scan := client.Scan(ctx, 0, prefix+"*", batch).Iterator()
	for scan.Next(ctx) {
		keys = append(keys, scan.Val())
	}
	slices.Sort(keys)
	return slices.Compact(keys), scan.Err()
}

func unlink(ctx context.Context, client *redis.Client, keys []string) error {
	for some := range slices.Chunk(keys, batch) {
		if err := client.Unlink(ctx, some...).Err(); err != nil {
			return err
		}
	}
	return nil
}
