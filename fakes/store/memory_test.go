package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	testContract(t, func(*testing.T) all { return store.NewMemory() })
}

func TestMemoryClear(t *testing.T) {
	m := store.NewMemory()
	require.NoError(t, m.Save(1, auth.Session{User: 1}))
	require.NoError(t, m.Create(1, 1, time.Hour))
	require.NoError(t, m.Create(2, 1, time.Hour))
	require.NoError(t, m.Revoke(2))
	require.NoError(t, m.Add(3, time.Hour))
	require.Equal(t, 2, m.Len())

	m.Clear()
	require.Zero(t, m.Len())
	_, err := m.Load(1)
	require.ErrorIs(t, err, auth.ErrUnknown)
	listed, err := m.Contains(3)
	require.NoError(t, err)
	require.False(t, listed, "the blacklist is memory too")
}
