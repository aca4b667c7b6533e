package parts

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// TestCopyAndReplace: strings and hashes come back as they were, with their
// lives; what was written since is gone; what is somebody else's stays.
func TestCopyAndReplace(t *testing.T) {
	mini := miniredis.RunT(t)
	client := RedisClient(redis.Options{Addr: mini.Addr()})
	defer client.Close()
	require.NoError(t, mini.Set("ours:text", "x"))
	mini.SetTTL("ours:text", time.Hour)
	mini.HSet("ours:hash", "gen", "3", "dead", "0")
	mini.SetTTL("ours:hash", time.Minute)
	require.NoError(t, mini.Set("ours:ever", "y"))
	require.NoError(t, mini.Set("theirs", "z"))
	all, err := Copy(t.Context(), client, "ours:")
	require.NoError(t, err)
	require.Len(t, all, 3)
	before := mini.Dump()

	mini.HSet("ours:hash", "gen", "4", "rotated", "9")
	mini.Del("ours:text")
	require.NoError(t, mini.Set("ours:late", "x"))
	require.NoError(t, Replace(t.Context(), client, "ours:", all))
	require.Equal(t, before, mini.Dump())
	require.Equal(t, time.Hour, mini.TTL("ours:text"))
	require.Equal(t, time.Minute, mini.TTL("ours:hash"))
	require.Zero(t, mini.TTL("ours:ever"))

	mini.Close()
	_, err = Copy(t.Context(), client, "ours:")
	require.Error(t, err)
	require.Error(t, Replace(t.Context(), client, "ours:", all))
}
