package store

import (
	"sync"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// Memory keeps everything in the process: what a node remembers that has no
// shared store. It forgets nothing by itself, since it has no clock; a restart
// is [Memory.Clear].
type Memory struct {
	mu       sync.Mutex
	sessions map[auth.SessionID]auth.Session
	families map[auth.SessionID]family
	revoked  map[auth.TokenID]struct{}
	cutoffs  map[auth.UserID]time.Duration
}

type family struct {
	gen     uint32
	rotated time.Duration
	dead    bool
}

// NewMemory returns an empty memory.
func NewMemory() *Memory {
	m := &Memory{}
	m.Clear()
	return m
}

// Clear forgets everything, as a restart does.
func (m *Memory) Clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions = make(map[auth.SessionID]auth.Session)
	m.families = make(map[auth.SessionID]family)
	m.revoked = make(map[auth.TokenID]struct{})
	m.cutoffs = make(map[auth.UserID]time.Duration)
}

// Len is how many logins it remembers: sessions, and families that are not
// revoked.
func (m *Memory) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := len(m.sessions)
	for _, f := range m.families {
		if !f.dead {
			n++
		}
	}
	return n
}

// Load gives the session of this id.
func (m *Memory) Load(id auth.SessionID) (auth.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[id]
	return s, known(ok)
}

// Save keeps a new session.
func (m *Memory) Save(id auth.SessionID, s auth.Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions[id] = s
	return nil
}

// Touch replaces a session that is still known.
func (m *Memory) Touch(id auth.SessionID, s auth.Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.sessions[id]
	if ok {
		m.sessions[id] = s
	}
	return known(ok)
}

// Delete forgets a session.
func (m *Memory) Delete(id auth.SessionID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.sessions[id]
	delete(m.sessions, id)
	return known(ok)
}

// Create keeps a new family at generation 0.
func (m *Memory) Create(id auth.SessionID, _ auth.UserID, _ time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.families[id] = family{}
	return nil
}

// Rotate uses up generation gen of a family.
func (m *Memory) Rotate(id auth.SessionID, gen uint32, now, grace time.Duration) (auth.Rotation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.families[id]
	if !ok || gen > f.gen {
		return 0, auth.ErrUnknown
	}
	out := f.rotate(gen, now, grace)
	m.families[id] = f
	return out, nil
}

func (f *family) rotate(gen uint32, now, grace time.Duration) auth.Rotation {
	switch {
	case f.dead:
		return auth.Dead
	case gen == f.gen:
		f.gen, f.rotated = gen+1, now
		return auth.Rotated
	case gen+1 == f.gen && now-f.rotated < grace:
		return auth.InGrace
	default:
		f.dead = true
		return auth.Reused
	}
}

// Revoke ends a family.
func (m *Memory) Revoke(id auth.SessionID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.families[id]
	if ok {
		f.dead = true
		m.families[id] = f
	}
	return known(ok)
}

// Revoked says whether a family was ended.
func (m *Memory) Revoked(id auth.SessionID) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.families[id]
	return f.dead, known(ok)
}

// Add puts a token on the blacklist.
func (m *Memory) Add(id auth.TokenID, _ time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.revoked[id] = struct{}{}
	return nil
}

// Contains says whether a token is on the blacklist.
func (m *Memory) Contains(id auth.TokenID) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.revoked[id]
	return ok, nil
}

// Cut keeps when all that a user had was revoked.
func (m *Memory) Cut(user auth.UserID, at, _ time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cutoffs[user] = at
	return nil
}

// CutAt says when that was, if it was.
func (m *Memory) CutAt(user auth.UserID) (time.Duration, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, ok := m.cutoffs[user]
	return at, ok, nil
}

func known(ok bool) error {
	if !ok {
		return auth.ErrUnknown
	}
	return nil
}

var (
	_ auth.Sessions  = (*Memory)(nil)
	_ auth.Families  = (*Memory)(nil)
	_ auth.Blacklist = (*Memory)(nil)
	_ auth.Cutoffs   = (*Memory)(nil)
)
