package store

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// Memcached keeps everything in a memcached that nodes share, under the keys
// that [Redis] has. Every entry is written with its life, so that memcached
// cleans up; when a login ends the node's clock decides, to the nanosecond.
//
// Errors are auth.ErrUnknown for a missing entry and auth.ErrDown, with the
// cause wrapped too, for everything else.
type Memcached struct {
	client *memcache.Client
	prefix string
}

// NewMemcached uses a client, which stays the caller's to close. Its Timeout
// bounds every call, and once more the connection that a call may need.
func NewMemcached(client *memcache.Client, prefix string) *Memcached {
	return &Memcached{client: client, prefix: prefix}
}

// Load gives the session of this id.
func (m *Memcached) Load(id auth.SessionID) (auth.Session, error) {
	item, err := m.client.Get(key(m.prefix, 's', uint64(id)))
	if err != nil {
		return auth.Session{}, m.explain(err)
	}
	return parseSession(string(item.Value))
}

// Save keeps a new session.
func (m *Memcached) Save(id auth.SessionID, s auth.Session) error {
	return m.explain(m.client.Set(m.session(id, s)))
}

// Touch replaces a session that is still known.
func (m *Memcached) Touch(id auth.SessionID, s auth.Session) error {
	return m.explain(m.client.Replace(m.session(id, s)))
}

func (m *Memcached) session(id auth.SessionID, s auth.Session) *memcache.Item {
	return &memcache.Item{
		Key: key(m.prefix, 's', uint64(id)), Value: []byte(formatSession(s)), Expiration: seconds(sessionLife(s), time.Now()),
	}
}

// Delete forgets a session.
func (m *Memcached) Delete(id auth.SessionID) error {
	return m.explain(m.client.Delete(key(m.prefix, 's', uint64(id))))
}

// Add puts a token on the blacklist.
func (m *Memcached) Add(id auth.TokenID, until time.Duration) error {
	return m.explain(m.client.Set(&memcache.Item{
		Key: key(m.prefix, 'b', uint64(id)), Value: []byte("1"), Expiration: seconds(lifeUntil(until), time.Now()),
	}))
}

// Contains says whether a token is on the blacklist.
func (m *Memcached) Contains(id auth.TokenID) (bool, error) {
	_, err := m.client.Get(key(m.prefix, 'b', uint64(id)))
	if errors.Is(err, memcache.ErrCacheMiss) {
		return false, nil
	}
	return err == nil, m.explain(err)
}

// Cut keeps when all that a user had was revoked.
func (m *Memcached) Cut(user auth.UserID, at, until time.Duration) error {
	return m.explain(m.client.Set(&memcache.Item{
		Key: key(m.prefix, 'u', uint64(user)), Value: strconv.AppendInt(nil, int64(at), 10), Expiration: seconds(lifeUntil(until), time.Now()),
	}))
}

// CutAt says when that was, if it was.
func (m *Memcached) CutAt(user auth.UserID) (at time.Duration, was bool, err error) {
	item, err := m.client.Get(key(m.prefix, 'u', uint64(user)))
	if errors.Is(err, memcache.ErrCacheMiss) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, m.explain(err)
	}
	n, err := strconv.ParseInt(string(item.Value), 10, 64)
	if err != nil {
		return 0, false, fmt.Errorf("%w: an entry is not a time: %s", auth.ErrDown, useAnother)
	}
	return time.Duration(n), true, nil
}

// Create keeps a new family at generation 0.
func (m *Memcached) Create(id auth.SessionID, _ auth.UserID, expires time.Duration) error {
	end := time.Now().Add(lifeUntil(expires))
	return m.explain(m.client.Set(&memcache.Item{
		Key: key(m.prefix, 'f', uint64(id)), Value: formatFamily(family{}, end), Expiration: seconds(lifeUntil(expires), time.Now()),
	}))
}

// Rotate uses up generation gen of a family.
func (m *Memcached) Rotate(id auth.SessionID, gen uint32, now, grace time.Duration) (auth.Rotation, error) {
	var out auth.Rotation
	err := m.change(id, func(f *family) error {
		if gen > f.gen {
			return auth.ErrUnknown
		}
		out = f.rotate(gen, now, grace)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return out, nil
}

// Revoke ends a family.
func (m *Memcached) Revoke(id auth.SessionID) error {
	return m.change(id, func(f *family) error {
		f.dead = true
		return nil
	})
}

// Revoked says whether a family was ended.
func (m *Memcached) Revoked(id auth.SessionID) (bool, error) {
	item, err := m.client.Get(key(m.prefix, 'f', uint64(id)))
	if err != nil {
		return false, m.explain(err)
	}
	f, _, err := parseFamily(item.Value)
	return f.dead, err
}

// change replaces a family unless another node has done so meanwhile, and then
// looks again: one of them all comes through each time.
func (m *Memcached) change(id auth.SessionID, how func(*family) error) error {
	for {
		item, err := m.client.Get(key(m.prefix, 'f', uint64(id)))
		if err != nil {
			return m.explain(err)
		}
		f, end, err := parseFamily(item.Value)
		if err != nil {
			return err
		}
		before := f
		if err := how(&f); err != nil || f == before {
			return err
		}
		now := time.Now()
		item.Value, item.Expiration = formatFamily(f, end), seconds(end.Sub(now), now) // which a change would else take away
		if err := m.client.CompareAndSwap(item); !errors.Is(err, memcache.ErrCASConflict) {
			return m.explain(err)
		}
	}
}

// explain puts an error into the words of package auth. What has broken one
// connection has broken the idle ones too: they are not tried one by one.
func (m *Memcached) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, memcache.ErrCacheMiss), errors.Is(err, memcache.ErrNotStored):
		return auth.ErrUnknown
	default:
		_ = m.client.Close()
		return fmt.Errorf("%w: %w", auth.ErrDown, err)
	}
}

// month is the longest life that memcached takes in seconds. A larger number is
// a Unix time to it.
const month = 30 * 24 * time.Hour

// seconds is a life as memcached takes it, counted from now: rounded up, and
// never 0 (which is for ever) unless life is, nor past the last second of 32
// bits, in 2038.
func seconds(life time.Duration, now time.Time) int32 {
	switch {
	case life == 0:
		return 0
	case life > month:
		return int32(min(now.Add(life).Unix()+1, math.MaxInt32))
	}
	return int32(max(1, (life+time.Second-1)/time.Second))
}

// formatFamily writes a family and when memcached may forget it.
func formatFamily(f family, end time.Time) []byte {
	return fmt.Appendf(nil, "%d %d %s %d", f.gen, f.rotated, strconv.FormatBool(f.dead), end.Unix())
}

func parseFamily(text []byte) (f family, end time.Time, err error) {
	var until int64
	if _, err := fmt.Sscanf(string(text), "%d %d %t %d", &f.gen, &f.rotated, &f.dead, &until); err != nil {
		return family{}, end, fmt.Errorf("%w: an entry is not a token family: %s", auth.ErrDown, useAnother)
	}
	return f, time.Unix(until, 0), nil
}

var (
	_ auth.Sessions  = (*Memcached)(nil)
	_ auth.Families  = (*Memcached)(nil)
	_ auth.Blacklist = (*Memcached)(nil)
	_ auth.Cutoffs   = (*Memcached)(nil)
)
