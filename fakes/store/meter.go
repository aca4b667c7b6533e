package store

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// Use is what was asked of a store, by all who share it: commands, whatever came
// of them, and the bytes of the keys and entries in them. Keys count without
// their prefix, and nothing of the protocol counts: the figures are the same
// whatever the store is. The zero Use is ready.
type Use struct {
	Commands atomic.Int64
	Bytes    atomic.Int64
}

// Meter stands in front of a store and counts what is asked of it.
type Meter struct {
	to  shared
	use *Use
}

var _ shared = (*Meter)(nil)

// NewMeter stands in front of a store; many meters may count together.
func NewMeter(to shared, use *Use) *Meter { return &Meter{to, use} }

// count counts a command on the entry of an id, with so many bytes of it.
func (m *Meter) count(id uint64, entry int) {
	var digits [16]byte
	m.use.Commands.Add(1)
	m.use.Bytes.Add(int64(len("s:") + len(strconv.AppendUint(digits[:0], id, 16)) + entry))
}

// Load gives the session of this id.
func (m *Meter) Load(id auth.SessionID) (auth.Session, error) {
	s, err := m.to.Load(id)
	size := 0
	if err == nil {
		size = len(formatSession(s))
	}
	m.count(uint64(id), size)
	return s, err
}

// Save keeps a new session.
func (m *Meter) Save(id auth.SessionID, s auth.Session) error {
	m.count(uint64(id), len(formatSession(s)))
	return m.to.Save(id, s)
}

// Touch replaces a session that is still known.
func (m *Meter) Touch(id auth.SessionID, s auth.Session) error {
	m.count(uint64(id), len(formatSession(s)))
	return m.to.Touch(id, s)
}

// Delete forgets a session.
func (m *Meter) Delete(id auth.SessionID) error {
	m.count(uint64(id), 0)
	return m.to.Delete(id)
}

// familySize is about what a family takes: its user, its generation, a time and
// whether it is revoked.
const familySize = 32

// Create keeps a new family at generation 0.
func (m *Meter) Create(id auth.SessionID, user auth.UserID, expires time.Duration) error {
	m.count(uint64(id), familySize)
	return m.to.Create(id, user, expires)
}

// Rotate uses up generation gen of a family.
func (m *Meter) Rotate(id auth.SessionID, gen uint32, now, grace time.Duration) (auth.Rotation, error) {
	m.count(uint64(id), familySize)
	return m.to.Rotate(id, gen, now, grace)
}

// Revoke ends a family.
func (m *Meter) Revoke(id auth.SessionID) error {
	m.count(uint64(id), 1)
	return m.to.Revoke(id)
}

// Revoked says whether a family was ended.
func (m *Meter) Revoked(id auth.SessionID) (bool, error) {
	m.count(uint64(id), 1)
	return m.to.Revoked(id)
}

// Add puts a token on the blacklist.
func (m *Meter) Add(id auth.TokenID, until time.Duration) error {
	m.count(uint64(id), 1)
	return m.to.Add(id, until)
}

// Contains says whether a token is on the blacklist.
func (m *Meter) Contains(id auth.TokenID) (bool, error) {
	m.count(uint64(id), 1)
	return m.to.Contains(id)
}

const cutoffSize = 8 // a time

// Cut keeps when all that a user had was revoked.
func (m *Meter) Cut(user auth.UserID, at, until time.Duration) error {
	m.count(uint64(user), cutoffSize)
	return m.to.Cut(user, at, until)
}

// CutAt says when that was, if it was.
func (m *Meter) CutAt(user auth.UserID) (time.Duration, bool, error) {
	m.count(uint64(user), cutoffSize)
	return m.to.CutAt(user)
}
