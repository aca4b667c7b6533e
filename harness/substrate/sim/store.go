package sim

import (
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/store"
)

// shared is the session store that nodes have in common: a memory that can be
// away. Entries that have ended it keeps: the nodes' clocks decide.
type shared struct {
	memory  *store.Memory
	forgets bool // keeps nothing when it goes away
	down    bool
}

func (s *shared) stop() {
	s.down = true
	if s.forgets {
		s.memory.Clear()
	}
}

var (
	_ auth.Sessions  = (*shared)(nil)
	_ auth.Families  = (*shared)(nil)
	_ auth.Blacklist = (*shared)(nil)
)

// Load gives the session of this id.
func (s *shared) Load(id auth.SessionID) (auth.Session, error) {
	if s.down {
		return auth.Session{}, auth.ErrDown
	}
	return s.memory.Load(id)
}

// Save keeps a new session.
func (s *shared) Save(id auth.SessionID, v auth.Session) error {
	return s.unlessDown(func() error { return s.memory.Save(id, v) })
}

// Touch replaces a session that is still known.
func (s *shared) Touch(id auth.SessionID, v auth.Session) error {
	return s.unlessDown(func() error { return s.memory.Touch(id, v) })
}

// Delete forgets a session.
func (s *shared) Delete(id auth.SessionID) error {
	return s.unlessDown(func() error { return s.memory.Delete(id) })
}

// Create keeps a new family at generation 0.
func (s *shared) Create(id auth.SessionID, user auth.UserID, expires time.Duration) error {
	return s.unlessDown(func() error { return s.memory.Create(id, user, expires) })
}

// Rotate uses up generation gen of a family.
func (s *shared) Rotate(id auth.SessionID, gen uint32, now, grace time.Duration) (auth.Rotation, error) {
	if s.down {
		return 0, auth.ErrDown
	}
	return s.memory.Rotate(id, gen, now, grace)
}

// Revoke ends a family.
func (s *shared) Revoke(id auth.SessionID) error {
	return s.unlessDown(func() error { return s.memory.Revoke(id) })
}

// Revoked says whether a family was ended.
func (s *shared) Revoked(id auth.SessionID) (bool, error) {
	if s.down {
		return false, auth.ErrDown
	}
	return s.memory.Revoked(id)
}

// Add puts a token on the blacklist.
func (s *shared) Add(id auth.TokenID, until time.Duration) error {
	return s.unlessDown(func() error { return s.memory.Add(id, until) })
}

// Contains says whether a token is on the blacklist.
func (s *shared) Contains(id auth.TokenID) (bool, error) {
	if s.down {
		return false, auth.ErrDown
	}
	return s.memory.Contains(id)
}

func (s *shared) unlessDown(do func() error) error {
	if s.down {
		return auth.ErrDown
	}
	return do()
}
