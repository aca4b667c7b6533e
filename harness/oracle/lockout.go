package oracle

import "github.com/logoutlab/logoutlab/harness/history"

// ofUser tells whether a node refused not this credential, but its user.
func ofUser(reason string) bool {
	return reason == history.ReasonUserRevoked || reason == history.ReasonIssuedBefore
}

// lockedOut makes a logout a lockout: the user has logged in since all that
// they had was revoked, and the same would happen after the next login.
func (f *Fold) lockedOut(x *Finding) {
	for _, c := range []*Counts{&f.j.Verdicts, &f.j.Valid} {
		c.SpuriousLogout--
		c.Lockout++
	}
	x.Verdict = Lockout
}

// lockoutCause explains the refusal of a login that came after all that its
// user had was revoked. A time before which nothing counts refuses a later
// login only if the clocks of who set it and who issued the token disagree.
func (f *Fold) lockoutCause(u *user, d *history.Event, x *Finding) cause {
	x.note("all that the user had was revoked %v ago by the node's clock, and the token was issued %v ago", short(-d.CutIn), short(-d.IatIn))
	if d.Reason == history.ReasonUserRevoked {
		x.note("the user has logged in since, which made no difference")
		return cause{name: LockedOut}
	}
	i := f.presented(d)
	if i == nil || u.logoutBy == "" {
		return unexplained(x, "no node is known to have issued this token, or to have handled the logout")
	}
	x.note("the clock of %s, which issued it, was %v off; that of %s, which handled the logout, %v", i.Node, short(i.Offset), u.logoutBy, short(u.logoutOff))
	if i.Offset-u.logoutOff > -clockNoise {
		return cause{name: LockedOut}
	}
	off := i.Node
	if u.logoutOff.Abs() > i.Offset.Abs() {
		off = u.logoutBy
	}
	return cause{name: ClockSkew, culprit: off}
}
