package oracle

import "github.com/logoutlab/logoutlab/harness/history"

// endsAnothers takes note of a logout that ended another user's session, whose
// cookie a cache had given to this one.
func (f *Fold) endsAnothers(a *action, logout *request) {
	owner := f.owner(&logout.decision)
	if a.user.fromCache && logout.decision.Ended && owner != 0 && owner != a.id {
		f.user(owner).endedBy = a.id
	}
}

// mixedUp tells whether a node refused what a cache had given to the wrong
// user: this one presented another's, or another has logged out with this
// one's.
func (f *Fold) mixedUp(a *action, d *history.Event, x *Finding) bool {
	owner := f.owner(d)
	switch {
	case owner == 0, d.Reason != history.ReasonUnknownSess && d.Reason != history.ReasonRevoked:
		return false
	case owner != a.id && a.user.fromCache:
		x.note("user %d presented the session of user %d, whose Set-Cookie a cache had handed on", a.id, owner)
		return true
	case owner == a.id && a.user.endedBy != 0:
		x.note("user %d, to whom a cache had given this session's Set-Cookie, has logged out with it", a.user.endedBy)
		return true
	}
	return false
}

// owner is whose session or token a decision was taken on; 0 if nobody knows.
func (f *Fold) owner(d *history.Event) int {
	if i := f.presented(d); i != nil {
		return i.User
	}
	return 0
}
