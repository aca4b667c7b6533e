package oracle

import (
	"math"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// Span is a stretch of time in which something happened, the clients could
// not see when exactly.
type Span struct{ From, To time.Duration }

// Ledger is whether one user should be logged in, from the client's side
// alone. The zero Ledger is of one who has never logged in.
type Ledger struct {
	known  bool // has logged in at some time
	in     bool // no logout was sent since the latest login
	login  Span // the latest login: request sent, answer arrived
	use    Span // the latest action that kept the login alive
	logout ending
}

// ending is the latest logout.
type ending struct {
	sent bool
	done bool // an answer or an error has arrived
	ok   bool // it was an answer
	Span
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
func (l *Ledger) during(a Span, p history.Promise) standing {
	switch {
	case !l.known:
		return never
	case l.logout.sent && (!l.logout.done || a.From < l.logout.To) && a.To > l.logout.From:
		return boundary
	case !l.in && !l.logout.ok:
		return boundary // the logout failed: nobody can tell what it did
	case !l.in:
		return out
	case a.From < l.login.To:
		return boundary
	}
	sure := min(limit(l.use.From, p.Idle), limit(l.login.From, p.Absolute))
	late := min(limit(l.use.To, p.Idle), limit(l.login.To, p.Absolute))
	switch {
	case a.To <= sure:
		return in
	case a.From > late:
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

// LoggedIn notes a login that went well: from its sending to its answer.
func (l *Ledger) LoggedIn(at Span) {
	l.known, l.in, l.login, l.use = true, true, at, at
	if l.logout.sent && !l.logout.done {
		l.Left(at.From, false)
	}
}

// Used notes an action that keeps the login alive.
func (l *Ledger) Used(a Span) { l.use = a }

// Leaving notes that a logout is sent.
func (l *Ledger) Leaving(at time.Duration) {
	l.in = false
	l.logout = ending{sent: true, Span: Span{From: at}}
}

// Left notes that the logout is over, and whether it was answered.
func (l *Ledger) Left(at time.Duration, ok bool) {
	l.logout.done, l.logout.ok, l.logout.To = true, ok, at
}

// Sight is what a user sees at the end of a page.
type Sight uint8

// What can be seen.
const (
	OwnPage Sight = iota
	ForeignPage
	NamelessPage
	SawLogin
	SawError
)

// Ground is what a page's verdict stands on.
type Ground uint8

// The grounds.
const (
	Elsewhere   Ground = iota // nobody was promised anything
	Promised                  // the user was promised to be logged in, all through
	AfterLogout               // the user's own page came although they were logged out
)

// Page judges a page by what its user saw and by where they stood.
func (l *Ledger) Page(a Span, saw Sight, p history.Promise) (Verdict, Ground) {
	where := l.during(a, p)
	switch {
	case where == out && saw == OwnPage:
		return l.afterLogout(a, p.Revocation), AfterLogout
	case where == in:
		return shown(saw, where), Promised
	}
	return shown(saw, where), Elsewhere
}

// Keeps reports whether the user is promised to be logged in all through a.
func (l *Ledger) Keeps(a Span, p history.Promise) bool { return l.during(a, p) == in }

// shown judges by the standing alone.
func shown(saw Sight, where standing) Verdict {
	switch {
	case saw == ForeignPage:
		return WrongIdentity
	case where == boundary:
		return Unknown
	case where == in && saw == SawLogin:
		return SpuriousLogout
	case saw == SawError:
		return Error
	case saw == OwnPage && where == never, saw == NamelessPage:
		return Unknown // accepted without a login, or a page that names nobody
	}
	return OK
}

// afterLogout tells whether an acceptance during a, after the latest logout,
// is allowed (ok), is not (ghost_session), or cannot be told. A logout takes
// effect within grace of its answer.
func (l *Ledger) afterLogout(a Span, grace time.Duration) Verdict {
	ended := l.logout
	effective := ended.To
	if grace > 0 {
		effective = limit(ended.To, grace)
	}
	switch {
	case !ended.sent || !ended.done || !ended.ok || a.From < ended.To:
		return Unknown
	case a.From >= effective:
		return GhostSession
	case a.To <= effective:
		return OK
	}
	return Unknown
}
