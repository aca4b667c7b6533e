package store_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/store"
)

// TestOpenValve: one that refuses nothing is the store itself.
func TestOpenValve(t *testing.T) {
	testContract(t, func(*testing.T) all { return store.NewValve(store.NewMemory(), new(atomic.Int32)) })
}

func TestValve(t *testing.T) {
	grow := map[string]func(all) error{
		"save":   func(s all) error { return s.Save(1, auth.Session{}) },
		"touch":  func(s all) error { return s.Touch(7, auth.Session{}) },
		"create": func(s all) error { return s.Create(1, 1, time.Hour) },
		"rotate": func(s all) error { _, err := s.Rotate(7, 0, 0, 0); return err },
		"revoke": func(s all) error { return s.Revoke(7) },
		"add":    func(s all) error { return s.Add(1, time.Hour) },
		"cut":    func(s all) error { return s.Cut(1, 0, time.Hour) },
	}
	shrink := map[string]func(all) error{"delete": func(s all) error { return s.Delete(7) }}
	read := map[string]func(all) error{
		"load":     func(s all) error { _, err := s.Load(7); return err },
		"revoked":  func(s all) error { _, err := s.Revoked(7); return err },
		"contains": func(s all) error { _, err := s.Contains(7); return err },
		"cut at":   func(s all) error { _, _, err := s.CutAt(7); return err },
	}
	for _, c := range []struct {
		how     store.Refusal
		do      map[string]func(all) error
		refused bool
	}{
		{store.RefuseNothing, grow, false}, {store.RefuseGrowth, grow, true}, {store.RefuseWrites, grow, true},
		{store.RefuseNothing, shrink, false}, {store.RefuseGrowth, shrink, false}, {store.RefuseWrites, shrink, true},
		{store.RefuseNothing, read, false}, {store.RefuseGrowth, read, false}, {store.RefuseWrites, read, false},
	} {
		for name, do := range c.do {
			var how atomic.Int32
			v := store.NewValve(store.NewMemory(), &how)
			require.NoError(t, v.Save(7, auth.Session{User: 1}))
			require.NoError(t, v.Create(7, 1, time.Hour))
			how.Store(int32(c.how))
			err := do(v)
			if c.refused {
				require.ErrorIs(t, err, auth.ErrDown, "%s with %d", name, c.how)
				how.Store(int32(store.RefuseNothing))
				require.NoError(t, do(v), "it had changed nothing")
			} else {
				require.NoError(t, err, "%s with %d", name, c.how)
			}
		}
	}
}
