package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/store"
)

// TestMeteredStore: one that is counted is the store itself.
func TestMeteredStore(t *testing.T) {
	testContract(t, func(*testing.T) all { return store.NewMeter(store.NewMemory(), new(store.Use)) })
}

// TestMeter: every command counts, whatever comes of it, with its key and what
// is in it.
func TestMeter(t *testing.T) {
	var use store.Use
	one, two := store.NewMeter(store.NewMemory(), &use), store.NewMeter(store.NewMemory(), &use)
	counted := func() [2]int64 { return [2]int64{use.Commands.Load(), use.Bytes.Load()} }
	_, err := one.Load(0xabc)
	require.ErrorIs(t, err, auth.ErrUnknown)
	require.Equal(t, [2]int64{1, int64(len("s:abc"))}, counted(), "nothing came back")
	s := auth.Session{User: 7, Created: 1, Seen: 2, Expires: 3}
	entry := int64(len("s:abc") + len("7 1 2 3"))
	require.NoError(t, two.Save(0xabc, s))
	require.Equal(t, [2]int64{2, 5 + entry}, counted(), "many meters count together")
	_, err = two.Load(0xabc)
	require.NoError(t, err)
	require.Equal(t, [2]int64{3, 5 + 2*entry}, counted())
	for i, do := range []func() error{
		func() error { return two.Touch(0xabc, s) }, func() error { return two.Delete(0xabc) },
		func() error { return two.Create(1, 1, time.Hour) }, func() error { _, err := two.Rotate(1, 0, 0, 0); return err },
		func() error { return two.Revoke(1) }, func() error { _, err := two.Revoked(1); return err },
		func() error { return two.Add(1, time.Hour) }, func() error { _, err := two.Contains(1); return err },
		func() error { return two.Cut(1, 0, time.Hour) }, func() error { _, _, err := two.CutAt(1); return err },
	} {
		before := use.Bytes.Load()
		require.NoError(t, do())
		require.Equal(t, int64(4+i), use.Commands.Load())
		require.Greater(t, use.Bytes.Load(), before)
	}
}
