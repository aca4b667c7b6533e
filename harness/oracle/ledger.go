package oracle

import (
	"math"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// span is a stretch of time in which something happened, the clients could
// not see when exactly.
type span struct{ from, to time.Duration }

// ledger is who should be logged in, for one user, from the client's side
// alone.
type ledger struct {
	known  bool // has logged in at some time
	in     bool // no logout was sent since the latest login
	login  span // the latest login: request sent, answer arrived
	use    span // the latest action that kept the login alive
	logout ending
}

// ending is the latest logout.
type ending struct {
	sent bool
	done bool // an answer or an error has arrived
	ok   bool // it was an answer
	span
}

// standing says where a user stands during an action.
type standing uint8

const (
	never    standing = iota // has never logged in
	in                       // promised to be logged in, all through
	out                      // logged out
	past                     // not logged out, but past the promise
	boundary                 // the action overlaps a change
)

// during tells where the user stood from an action's begin to its end.
func (l *ledger) during(a span, p history.Promise) standing {
	switch {
	case !l.known:
		return never
	case l.logout.sent && (!l.logout.done || a.from < l.logout.to) && a.to > l.logout.from:
		return boundary
	case !l.in && !l.logout.ok:
		return boundary // the logout failed: nobody can tell what it did
	case !l.in:
		return out
	case a.from < l.login.to:
		return boundary
	}
	sure := min(limit(l.use.from, p.Idle), limit(l.login.from, p.Absolute))
	late := min(limit(l.use.to, p.Idle), limit(l.login.to, p.Absolute))
	switch {
	case a.to <= sure:
		return in
	case a.from > late:
		return past
	}
	return boundary
}

// limit is when a promise runs out.
func limit(from, life time.Duration) time.Duration {
	if life <= 0 || from > math.MaxInt64-life {
		return math.MaxInt64
	}
	return from + life
}

func (l *ledger) loggedIn(at span) {
	l.known, l.in, l.login, l.use = true, true, at, at
	if l.logout.sent && !l.logout.done {
		l.left(at.from, false)
	}
}

func (l *ledger) leaving(at time.Duration) {
	l.in = false
	l.logout = ending{sent: true, span: span{from: at}}
}

func (l *ledger) left(at time.Duration, ok bool) {
	l.logout.done, l.logout.ok, l.logout.to = true, ok, at
}

// afterLogout tells whether an acceptance during a, after the latest logout,
// is allowed (ok), is not (ghost_session), or cannot be told. A logout takes
// effect within grace of its answer.
func (l *ledger) afterLogout(a span, grace time.Duration) Verdict {
	ended := l.logout
	effective := ended.to
	if grace > 0 {
		effective = limit(ended.to, grace)
	}
	switch {
	case !ended.sent || !ended.done || !ended.ok || a.from < ended.to:
		return Unknown
	case a.from >= effective:
		return GhostSession
	case a.to <= effective:
		return OK
	}
	return Unknown
}
