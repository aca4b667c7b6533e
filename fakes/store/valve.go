package store

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// Refusal is which commands a store refuses, though it answers others.
type Refusal int32

// The refusals.
const (
	RefuseNothing Refusal = iota
	RefuseGrowth          // what may need memory, as a Redis under maxmemory with the policy noeviction does (OOM)
	RefuseWrites          // every write, as a Redis without its min-replicas-to-write does (NOREPLICAS)
)

// Grown says what becomes of a command that may need memory.
func (r Refusal) Grown() error {
	if r != RefuseNothing {
		return errRefused
	}
	return nil
}

// Shrunk says what becomes of a command that gives memory back.
func (r Refusal) Shrunk() error {
	if r == RefuseWrites {
		return errRefused
	}
	return nil
}

var errRefused = fmt.Errorf("%w: it takes no writes at present", auth.ErrDown)

// shared is a store with all that nodes share.
type shared interface {
	auth.Sessions
	auth.Families
	auth.Blacklist
	auth.Cutoffs
}

// Valve stands in front of a store and lets commands through, or refuses them:
// to its callers the store is then [auth.ErrDown].
type Valve struct {
	shared
	how *atomic.Int32
}

// NewValve stands in front of a store. How it refuses is a [Refusal], which
// many valves may share, as the clients of one server do.
func NewValve(to shared, how *atomic.Int32) *Valve {
	return &Valve{shared: to, how: how}
}

func (v *Valve) refusal() Refusal { return Refusal(v.how.Load()) }

// Save keeps a new session.
func (v *Valve) Save(id auth.SessionID, s auth.Session) error {
	if err := v.refusal().Grown(); err != nil {
		return err
	}
	return v.shared.Save(id, s)
}

// Touch replaces a session that is still known.
func (v *Valve) Touch(id auth.SessionID, s auth.Session) error {
	if err := v.refusal().Grown(); err != nil {
		return err
	}
	return v.shared.Touch(id, s)
}

// Delete forgets a session.
func (v *Valve) Delete(id auth.SessionID) error {
	if err := v.refusal().Shrunk(); err != nil {
		return err
	}
	return v.shared.Delete(id)
}

// Create keeps a new family at generation 0.
func (v *Valve) Create(id auth.SessionID, user auth.UserID, expires time.Duration) error {
	if err := v.refusal().Grown(); err != nil {
		return err
	}
	return v.shared.Create(id, user, expires)
}

// Rotate uses up generation gen of a family.
func (v *Valve) Rotate(id auth.SessionID, gen uint32, now, grace time.Duration) (auth.Rotation, error) {
	if err := v.refusal().Grown(); err != nil {
		return 0, err
	}
	return v.shared.Rotate(id, gen, now, grace)
}

// Revoke ends a family.
func (v *Valve) Revoke(id auth.SessionID) error {
	if err := v.refusal().Grown(); err != nil {
		return err
	}
	return v.shared.Revoke(id)
}

// Add puts a token on the blacklist.
func (v *Valve) Add(id auth.TokenID, until time.Duration) error {
	if err := v.refusal().Grown(); err != nil {
		return err
	}
	return v.shared.Add(id, until)
}

// Cut keeps when all that a user had was revoked.
func (v *Valve) Cut(user auth.UserID, at, until time.Duration) error {
	if err := v.refusal().Grown(); err != nil {
		return err
	}
	return v.shared.Cut(user, at, until)
}

var _ shared = (*Valve)(nil)
