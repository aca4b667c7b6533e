package auth_test

import (
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// counter gives ids 1, 2, 3, ...
type counter struct{ n uint64 }

func (c *counter) NewID() uint64 { c.n++; return c.n }

// stores is all stores in maps; err makes every call fail.
type stores struct {
	sessions map[auth.SessionID]auth.Session
	families map[auth.SessionID]*family
	revoked  map[auth.TokenID]time.Duration
	cutoffs  map[auth.UserID]time.Duration
	err      error
}

type family struct {
	gen     uint32
	rotated time.Duration
	dead    bool
}

func newStores() *stores {
	return &stores{
		sessions: map[auth.SessionID]auth.Session{},
		families: map[auth.SessionID]*family{},
		revoked:  map[auth.TokenID]time.Duration{},
		cutoffs:  map[auth.UserID]time.Duration{},
	}
}

func (s *stores) Load(id auth.SessionID) (auth.Session, error) {
	v, ok := s.sessions[id]
	return v, s.known(ok)
}

func (s *stores) Save(id auth.SessionID, v auth.Session) error {
	s.sessions[id] = v
	return s.err
}

func (s *stores) Touch(id auth.SessionID, v auth.Session) error {
	_, ok := s.sessions[id]
	if ok {
		s.sessions[id] = v
	}
	return s.known(ok)
}

func (s *stores) Delete(id auth.SessionID) error {
	_, ok := s.sessions[id]
	delete(s.sessions, id)
	return s.known(ok)
}

func (s *stores) Create(id auth.SessionID, _ auth.UserID, _ time.Duration) error {
	s.families[id] = &family{}
	return s.err
}

func (s *stores) Rotate(id auth.SessionID, gen uint32, now, grace time.Duration) (auth.Rotation, error) {
	f, ok := s.families[id]
	if err := s.known(ok && gen <= f.gen); err != nil {
		return 0, err
	}
	switch {
	case f.dead:
		return auth.Dead, nil
	case gen == f.gen:
		f.gen, f.rotated = gen+1, now
		return auth.Rotated, nil
	case gen+1 == f.gen && now-f.rotated < grace:
		return auth.InGrace, nil
	default:
		f.dead = true
		return auth.Reused, nil
	}
}

func (s *stores) Revoke(id auth.SessionID) error {
	f, ok := s.families[id]
	if ok {
		f.dead = true
	}
	return s.known(ok)
}

func (s *stores) Revoked(id auth.SessionID) (bool, error) {
	f, ok := s.families[id]
	return ok && f.dead, s.known(ok)
}

func (s *stores) Add(id auth.TokenID, until time.Duration) error {
	s.revoked[id] = until
	return s.err
}

func (s *stores) Contains(id auth.TokenID) (bool, error) {
	_, ok := s.revoked[id]
	return ok, s.err
}

func (s *stores) Cut(user auth.UserID, at, _ time.Duration) error {
	s.cutoffs[user] = at
	return s.err
}

func (s *stores) CutAt(user auth.UserID) (time.Duration, bool, error) {
	at, ok := s.cutoffs[user]
	return at, ok, s.err
}

func (s *stores) known(ok bool) error {
	if s.err != nil {
		return s.err
	}
	if !ok {
		return auth.ErrUnknown
	}
	return nil
}
