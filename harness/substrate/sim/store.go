package sim

import (
	"context"
	"errors"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/store"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// shared is the session store that nodes have in common: a memory that can be
// away. Entries that have ended it keeps: the nodes' clocks decide.
type shared struct {
	memory   *store.Memory
	forgets  bool // keeps nothing when it goes away
	down     bool
	replica  bool          // hears of every write at once
	behind   *store.Memory // what the replica has, if it hears nothing more
	minimum  bool          // takes no writes while the replica hears nothing
	spares   bool          // forgets nothing when its memory is full, and keeps nothing new
	refuses  store.Refusal
	greeting int // commands that a new connection begins with
	use      store.Use
}

// greeting is how many commands a client of Redis begins a connection with:
// HELLO, and CLIENT SETINFO.
const greeting = 2

func (c *Cluster) openStore(s scenario.Session) {
	switch s.Store() {
	case parts.Redis:
		c.store = &shared{memory: store.NewMemory(), replica: s.Replica, minimum: s.MinReplicas > 0, spares: s.Eviction == scenario.NoEviction, greeting: greeting}
	case parts.Memcached:
		c.store = &shared{memory: store.NewMemory(), forgets: true}
	}
}

func (s *shared) stop() {
	s.down = true
	if s.forgets {
		s.memory.Clear()
	}
}

var errNoReplica = errors.New("this architecture has no replica of its store, or it has taken over")

// CutReplica lets the store's replica keep what it has, and hear nothing more.
func (c *Cluster) CutReplica(context.Context) error {
	if c.store == nil || !c.store.replica {
		return errNoReplica
	}
	c.store.behind = c.store.memory.Clone()
	if c.store.minimum {
		c.store.refuses = store.RefuseWrites
	}
	return nil
}

// FailOver ends the primary, and lets the replica take its place, at once.
func (c *Cluster) FailOver(context.Context) error {
	if c.store == nil || !c.store.replica {
		return errNoReplica
	}
	if c.store.behind != nil {
		c.store.memory = c.store.behind
	}
	c.store.replica, c.store.behind, c.store.down, c.store.refuses = false, nil, false, store.RefuseNothing
	c.hangUp()
	return nil
}

// hangUp ends the connections to the store, whose process has ended.
func (c *Cluster) hangUp() {
	for i := range c.links.stores {
		c.links.stores[i].hangUp()
	}
}

// outlet is a node's way to the shared store.
type outlet struct {
	*shared
	link *link
	life context.Context // ends with the run
}

var (
	_ auth.Sessions  = outlet{}
	_ auth.Families  = outlet{}
	_ auth.Blacklist = outlet{}
	_ auth.Cutoffs   = outlet{}
)

// Load gives the session of this id.
func (o outlet) Load(id auth.SessionID) (v auth.Session, err error) {
	err = o.call(func() error { v, err = o.memory.Load(id); return err })
	return v, err
}

// Save keeps a new session.
func (o outlet) Save(id auth.SessionID, v auth.Session) error {
	return o.grow(func() error { return o.memory.Save(id, v) })
}

// Touch replaces a session that is still known.
func (o outlet) Touch(id auth.SessionID, v auth.Session) error {
	return o.grow(func() error { return o.memory.Touch(id, v) })
}

// Delete forgets a session.
func (o outlet) Delete(id auth.SessionID) error {
	return o.call(func() error {
		if err := o.refuses.Shrunk(); err != nil {
			return err
		}
		return o.memory.Delete(id)
	})
}

// Create keeps a new family at generation 0.
func (o outlet) Create(id auth.SessionID, user auth.UserID, expires time.Duration) error {
	return o.grow(func() error { return o.memory.Create(id, user, expires) })
}

// Rotate uses up generation gen of a family.
func (o outlet) Rotate(id auth.SessionID, gen uint32, now, grace time.Duration) (r auth.Rotation, err error) {
	err = o.grow(func() error { r, err = o.memory.Rotate(id, gen, now, grace); return err })
	return r, err
}

// Revoke ends a family.
func (o outlet) Revoke(id auth.SessionID) error {
	return o.grow(func() error { return o.memory.Revoke(id) })
}

// Revoked says whether a family was ended.
func (o outlet) Revoked(id auth.SessionID) (was bool, err error) {
	err = o.call(func() error { was, err = o.memory.Revoked(id); return err })
	return was, err
}

// Add puts a token on the blacklist.
func (o outlet) Add(id auth.TokenID, until time.Duration) error {
	return o.grow(func() error { return o.memory.Add(id, until) })
}

// Contains says whether a token is on the blacklist.
func (o outlet) Contains(id auth.TokenID) (is bool, err error) {
	err = o.call(func() error { is, err = o.memory.Contains(id); return err })
	return is, err
}

// Cut keeps when all that a user had was revoked.
func (o outlet) Cut(user auth.UserID, at, until time.Duration) error {
	return o.grow(func() error { return o.memory.Cut(user, at, until) })
}

// CutAt says when that was, if it was.
func (o outlet) CutAt(user auth.UserID) (at time.Duration, was bool, err error) {
	err = o.call(func() error { at, was, err = o.memory.CutAt(user); return err })
	return at, was, err
}

// grow sends a command that may need memory.
func (o outlet) grow(do func() error) error {
	return o.call(func() error {
		if err := o.refuses.Grown(); err != nil {
			return err
		}
		return do()
	})
}

// call sends a command, after those that a new connection begins with. It takes
// no time unless something is wrong with the link, and then only a task may
// call.
func (o outlet) call(do func() error) (err error) {
	_, stands := o.link.take()
	if o.link.calm() {
		err = o.answer(do)
	} else {
		err = o.exchange(do, stands)
	}
	if !errors.Is(err, auth.ErrDown) {
		o.link.put()
	}
	return err
}

// answer is the store's own.
func (o outlet) answer(do func() error) error {
	if o.down {
		return auth.ErrDown
	}
	return do()
}

// exchange sends commands and waits for their answers, as long as a node has
// patience for all of them.
func (o outlet) exchange(do func() error, stands bool) (err error) {
	until := o.link.clock.now + storeTimeout
	if !stands {
		for range o.greeting {
			if err := o.command(func() error { return nil }, until); err != nil {
				return err
			}
		}
	}
	return o.command(do, until)
}

// command sends one command and waits for its answer.
func (o outlet) command(do func() error, until time.Duration) error {
	if !o.link.through(o.life, until) || o.link.loses() {
		return auth.ErrDown
	}
	err := o.answer(do)
	if late := o.link.delay(); late > 0 && !o.link.wait(o.life, o.link.clock.now+late, until) {
		return auth.ErrDown
	}
	return err
}
