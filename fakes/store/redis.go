package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// timeout bounds every call; a store that needs longer counts as down.
const timeout = time.Second

// useAnother is what to do about entries that are not ours.
const useAnother = "use another prefix, or an empty store"

// slack is how much longer a store keeps an entry than its life: the node's
// clock decides, and a skewed one shall still find what it judges.
const slack = time.Minute

// Redis keeps everything in a Redis that nodes share. Keys are the prefix, a
// letter for their kind (s session, f family, b blacklist, u user) and the id
// in hexadecimal. Every entry is written with a time to live, so that Redis
// cleans up.
//
// Errors are auth.ErrUnknown for a missing entry and auth.ErrDown, with the
// cause wrapped too, for everything else.
type Redis struct {
	client redis.UniversalClient
	prefix string
}

// NewRedis uses a client, which stays the caller's to close. Make it with
// ContextTimeoutEnabled, so that a call gives up after one second, not after
// the client's own timeouts; with MaxRetries -1, since a rotation whose answer
// was lost must not be sent again: the second would look like a reuse; and
// with DialerRetries 1, so that a refused connection is known at once.
func NewRedis(client redis.UniversalClient, prefix string) *Redis {
	return &Redis{client: client, prefix: prefix}
}

// Load gives the session of this id.
func (r *Redis) Load(id auth.SessionID) (auth.Session, error) {
	ctx, cancel := limit()
	defer cancel()
	text, err := r.client.Get(ctx, r.key('s', uint64(id))).Result()
	if err != nil {
		return auth.Session{}, explain(err)
	}
	return parseSession(text)
}

// Save keeps a new session.
func (r *Redis) Save(id auth.SessionID, s auth.Session) error {
	ctx, cancel := limit()
	defer cancel()
	return explain(r.client.Set(ctx, r.key('s', uint64(id)), formatSession(s), sessionLife(s)).Err())
}

// Touch replaces a session that is still known.
func (r *Redis) Touch(id auth.SessionID, s auth.Session) error {
	ctx, cancel := limit()
	defer cancel()
	args := redis.SetArgs{Mode: "XX", TTL: sessionLife(s)}
	return explain(r.client.SetArgs(ctx, r.key('s', uint64(id)), formatSession(s), args).Err())
}

// Delete forgets a session.
func (r *Redis) Delete(id auth.SessionID) error {
	ctx, cancel := limit()
	defer cancel()
	n, err := r.client.Del(ctx, r.key('s', uint64(id))).Result()
	if err != nil {
		return explain(err)
	}
	return known(n > 0)
}

// Add puts a token on the blacklist.
func (r *Redis) Add(id auth.TokenID, until time.Duration) error {
	ctx, cancel := limit()
	defer cancel()
	return explain(r.client.Set(ctx, r.key('b', uint64(id)), 1, lifeUntil(until)).Err())
}

// Contains says whether a token is on the blacklist.
func (r *Redis) Contains(id auth.TokenID) (bool, error) {
	ctx, cancel := limit()
	defer cancel()
	n, err := r.client.Exists(ctx, r.key('b', uint64(id))).Result()
	return n > 0, explain(err)
}

// Cut keeps when all that a user had was revoked.
func (r *Redis) Cut(user auth.UserID, at, until time.Duration) error {
	ctx, cancel := limit()
	defer cancel()
	return explain(r.client.Set(ctx, r.key('u', uint64(user)), int64(at), lifeUntil(until)).Err())
}

// CutAt says when that was, if it was.
func (r *Redis) CutAt(user auth.UserID) (at time.Duration, was bool, err error) {
	ctx, cancel := limit()
	defer cancel()
	n, err := r.client.Get(ctx, r.key('u', uint64(user))).Int64()
	if errors.Is(err, redis.Nil) {
		return 0, false, nil
	}
	return time.Duration(n), err == nil, explain(err)
}

func (r *Redis) key(kind byte, id uint64) string { return key(r.prefix, kind, id) }

func key(prefix string, kind byte, id uint64) string {
	b := make([]byte, 0, len(prefix)+18)
	b = append(b, prefix...)
	b = append(b, kind, ':')
	return string(strconv.AppendUint(b, id, 16))
}

func limit() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), timeout)
}

func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, redis.Nil):
		return auth.ErrUnknown
	default:
		return fmt.Errorf("%w: %w", auth.ErrDown, err)
	}
}

// sessionLife is how long to keep s; 0 is for ever.
func sessionLife(s auth.Session) time.Duration {
	if s.Expires == 0 {
		return 0
	}
	return max(s.Expires-s.Seen, 0) + slack
}

// lifeUntil is how long to keep what ends at an offset from the run's start.
// Since the run has started, that is at most the offset itself.
func lifeUntil(end time.Duration) time.Duration { return max(end, 0) + slack }

func formatSession(s auth.Session) string {
	b := strconv.AppendUint(make([]byte, 0, 64), uint64(s.User), 10)
	for _, d := range [...]time.Duration{s.Created, s.Seen, s.Expires} {
		b = strconv.AppendInt(append(b, ' '), int64(d), 10)
	}
	return string(b)
}

func parseSession(text string) (s auth.Session, err error) {
	n, err := fmt.Sscanf(text, "%d %d %d %d", &s.User, &s.Created, &s.Seen, &s.Expires)
	if err != nil || n != 4 {
		return auth.Session{}, fmt.Errorf("%w: an entry is not a session: %s", auth.ErrDown, useAnother)
	}
	return s, nil
}

var (
	_ auth.Sessions  = (*Redis)(nil)
	_ auth.Families  = (*Redis)(nil)
	_ auth.Blacklist = (*Redis)(nil)
	_ auth.Cutoffs   = (*Redis)(nil)
)
