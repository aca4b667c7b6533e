package container

import (
	"context"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// TestFollows: a store is believed to be off when it says so itself.
func TestFollows(t *testing.T) {
	server := miniredis.RunT(t)
	client := parts.RedisClient(redis.Options{Addr: server.Addr()})
	defer client.Close()
	follow := func(d time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		return follows(ctx, client, d)
	}
	require.NoError(t, follow(0))
	require.ErrorIs(t, follow(time.Hour), errFixedClock)
	server.SetTime(time.Now().Add(time.Hour))
	require.ErrorIs(t, follow(0), errFixedClock)
	server.SetTime(time.Now().Add(time.Hour))
	require.NoError(t, follow(time.Hour))
	server.Close()
	require.ErrorContains(t, follow(time.Hour), "refused")
}
