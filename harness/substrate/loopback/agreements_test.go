package loopback

import (
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/store"
)

// agreement is a case that every kind of run must decide alike.
type agreement struct {
	name   string
	config auth.Config
	web    auth.Presentation
	second string // the second node's key, if it is not the first's: "other secret" or "other key"
	apart  bool   // the second node has a memory of its own
	steps  []step
}

// step is one request, and what must come of it: whether it is accepted, why,
// the status, and the cookies that are set or (-) expired.
type step struct {
	want   string
	op     auth.Op
	at     time.Duration
	node   int
	offset time.Duration // of the node's clock
	stale  bool          // shows what the client had before the latest renewal or logout
	forged string        // the access token is garbage, or unsigned
	down   bool          // the store does not answer
}

const (
	login  = auth.Login
	page   = auth.Page
	renew  = auth.Renew
	logout = auth.Logout
	ms     = time.Millisecond
	sec    = time.Second
	minute = time.Minute
)

// fragileStore is a memory that can be made to fail.
type fragileStore struct {
	*store.Memory
	down bool
}

func newFragileStore() *fragileStore { return &fragileStore{Memory: store.NewMemory()} }

// Load fails while the store is down.
func (f *fragileStore) Load(id auth.SessionID) (auth.Session, error) {
	if f.down {
		return auth.Session{}, auth.ErrDown
	}
	return f.Memory.Load(id)
}

// Rotate fails while the store is down.
func (f *fragileStore) Rotate(id auth.SessionID, gen uint32, now, grace time.Duration) (auth.Rotation, error) {
	if f.down {
		return 0, auth.ErrDown
	}
	return f.Memory.Rotate(id, gen, now, grace)
}

// Contains fails while the store is down.
func (f *fragileStore) Contains(id auth.TokenID) (bool, error) {
	if f.down {
		return false, auth.ErrDown
	}
	return f.Memory.Contains(id)
}

// numbers gives ids that need all 64 bits.
type numbers struct{ n uint64 }

// NewID is the next one.
func (n *numbers) NewID() uint64 { n.n += 0x9e3779b97f4a7c15; return n.n }

func tokens(change func(*auth.Config)) auth.Config {
	c := auth.Config{
		Kind: auth.Stateless, AccessTTL: 15 * minute, RefreshTTL: 24 * time.Hour, Rotation: true, Revocation: auth.RevokeBlacklist,
	}
	if change != nil {
		change(&c)
	}
	return c
}

// agreements is the table.
func agreements() []agreement {
	cookies, bearer := auth.Presentation{Cookies: true}, auth.Presentation{}
	redirect := auth.Presentation{Cookies: true, RejectWith: auth.Redirect, ClearOnReject: true}
	sessions := auth.Config{Kind: auth.Stateful, Idle: time.Hour}
	return []agreement{
		{name: "a login's life, cookies", config: tokens(nil), web: cookies, steps: []step{
			{want: "no no_credential 401", op: page},
			{want: "yes ok 303 at rt", op: login},
			{want: "yes ok 200", op: page, node: 1, at: minute},
			{want: "yes ok 204 at rt", op: renew, at: 14 * minute},
			{want: "yes ok 200", op: page, at: 28 * minute},
			{want: "yes ok 303 -at -rt", op: logout, at: 28 * minute},
			{want: "no no_credential 401", op: page, at: 28 * minute},
			{want: "no revoked 401", op: page, at: 28 * minute, stale: true},
			{want: "no revoked 401", op: renew, at: 28 * minute, stale: true},
		}},
		{name: "a login's life, bearer", config: tokens(nil), web: bearer, steps: []step{
			{want: "no no_credential 401", op: renew},
			{want: "yes ok 200", op: login},
			{want: "yes ok 200", op: page, node: 1, at: minute},
			{want: "yes ok 200", op: renew, node: 1, at: 14 * minute},
			{want: "yes ok 204", op: logout, at: 20 * minute},
			{want: "no revoked 401", op: page, at: 20 * minute, stale: true},
			{want: "yes no_credential 204", op: logout, at: 20 * minute},
		}},
		{name: "a copy outlives the logout", config: tokens(func(c *auth.Config) { c.Revocation = auth.RevokeRefresh }), web: bearer, steps: []step{
			{want: "yes ok 200", op: login},
			{want: "yes ok 204", op: logout},
			{want: "yes ok 200", op: page, at: 15*minute - ms, stale: true},
			{want: "no expired 401", op: page, at: 15 * minute, stale: true},
			{want: "no revoked 401", op: renew, stale: true},
		}},
		{name: "leeway to the millisecond", config: tokens(func(c *auth.Config) { c.Leeway = 30 * sec }), web: cookies, steps: []step{
			{want: "yes ok 303 at rt", op: login},
			{want: "yes ok 200", op: page, at: 15*minute - ms},
			{want: "yes ok_leeway 200", op: page, at: 15 * minute},
			{want: "yes ok_leeway 200", op: page, at: 15*minute + 30*sec - ms},
			{want: "no expired 401", op: page, at: 15*minute + 30*sec},
		}},
		{name: "a clock ahead and one behind", config: tokens(func(c *auth.Config) { c.Leeway = 5 * sec }), web: redirect, steps: []step{
			{want: "yes ok 303 at rt", op: login, node: 1, offset: 25 * sec},
			{want: "no not_yet_valid 302 -at -rt", op: page, at: 20*sec - ms},
			{want: "yes ok_leeway 200", op: page, at: 20 * sec},
			{want: "yes ok 200", op: page, at: 25 * sec},
			{want: "no expired 302 -at -rt", op: page, node: 1, offset: time.Hour, at: 25 * sec},
		}},
		{name: "another secret under the same key id", config: tokens(nil), web: cookies, second: "other secret", steps: []step{
			{want: "yes ok 303 at rt", op: login},
			{want: "no bad_signature 401", op: page, node: 1},
			{want: "no bad_signature 401", op: renew, node: 1},
			{want: "yes ok 200", op: page},
			{want: "yes bad_signature 303 -at -rt", op: logout, node: 1},
			{want: "yes ok 200", op: page, stale: true},
		}},
		{name: "a key that is not known", config: tokens(nil), web: auth.Presentation{RejectWith: auth.Forbidden}, second: "other key", steps: []step{
			{want: "yes ok 200", op: login, node: 1},
			{want: "no unknown_kid 403", op: page},
			{want: "no unknown_kid 401", op: renew},
			{want: "yes ok 200", op: page, node: 1},
		}},
		{name: "forged", config: tokens(nil), web: auth.Presentation{Cookies: true, RejectWith: auth.LoginPage}, steps: []step{
			{want: "yes ok 303 at rt", op: login},
			{want: "no malformed 200", op: page, forged: "garbage"},
			{want: "no alg_refused 200", op: page, forged: "unsigned"},
		}},
		{name: "a refresh token used twice", config: tokens(nil), web: bearer, steps: []step{
			{want: "yes ok 200", op: login},
			{want: "yes ok 200", op: renew, at: minute},
			{want: "no refresh_reused 401", op: renew, at: minute, stale: true, node: 1},
			{want: "no revoked 401", op: renew, at: minute},
			{want: "yes ok 200", op: page, at: minute},
		}},
		{name: "a refresh token used twice within the grace", config: tokens(func(c *auth.Config) { c.ReuseGrace = 10 * sec }), web: cookies, steps: []step{
			{want: "yes ok 303 at rt", op: login},
			{want: "yes ok 204 at rt", op: renew, at: minute},
			{want: "yes ok_grace 204 at rt", op: renew, at: minute + 10*sec - ms, stale: true},
			{want: "yes ok 204 at rt", op: renew, at: 2 * minute},
		}},
		{name: "without rotation", config: tokens(func(c *auth.Config) { c.Rotation = false }), web: cookies, steps: []step{
			{want: "yes ok 303 at rt", op: login},
			{want: "yes ok 204 at", op: renew, at: minute},
			{want: "yes ok 204 at", op: renew, at: 2 * minute},
			{want: "no expired 401", op: renew, at: 24 * time.Hour},
		}},
		{name: "without refresh tokens", config: tokens(func(c *auth.Config) { c.RefreshTTL = 0 }), web: cookies, steps: []step{
			{want: "yes ok 303 at", op: login},
			{want: "no no_credential 401", op: renew},
		}},
		{name: "the store is away", config: tokens(nil), web: redirect, steps: []step{
			{want: "yes ok 303 at rt", op: login},
			{want: "no store_down 503", op: page, down: true},
			{want: "no store_down 503", op: renew, down: true},
			{want: "yes ok 204 at rt", op: renew},
		}},
		{name: "sessions, cookies", config: sessions, web: redirect, steps: []step{
			{want: "no no_credential 302 -sid", op: page},
			{want: "yes ok 303 sid", op: login},
			{want: "yes ok 200", op: page, node: 1, at: 59 * minute},
			{want: "yes ok 200", op: page, at: 118 * minute},
			{want: "no store_down 503", op: page, at: 118 * minute, down: true},
			{want: "no session_expired 302 -sid", op: page, at: 178 * minute},
			{want: "yes ok 303 -sid", op: logout, at: 178 * minute},
			{want: "no unknown_session 302 -sid", op: page, at: 178 * minute, stale: true},
		}},
		{name: "sessions, bearer", config: sessions, web: bearer, steps: []step{
			{want: "yes ok 200", op: login},
			{want: "yes ok 200", op: page},
			{want: "no no_credential 401", op: renew},
			{want: "yes ok 204", op: logout},
			{want: "no unknown_session 401", op: page, stale: true},
		}},
		{name: "sessions in each node's memory", config: sessions, web: cookies, apart: true, steps: []step{
			{want: "yes ok 303 sid", op: login},
			{want: "no unknown_session 401", op: page, node: 1},
			{want: "yes unknown_session 303 -sid", op: logout, node: 1},
			{want: "yes ok 200", op: page, stale: true},
		}},
	}
}
