package auth

import "time"

// ofUser says whether a logout revokes all that its user has.
func (r Revocation) ofUser() bool { return r == RevokeUser || r == RevokeNotBefore }

// cutoff refuses an accepted token if all that its user had was revoked. With
// [RevokeNotBefore] it passes if it was issued since (the "not before" of
// OpenID providers). Both times are whole milliseconds, and equal ones pass: a
// login that follows the logout at once must not be refused for the rounding of
// a NumericDate (RFC 7519 section 2). What was issued in that very millisecond,
// but before, passes too.
func (n *Node) cutoff(d *Decision, now time.Duration) bool {
	if !n.Config.Revocation.ofUser() {
		return true
	}
	at, was, err := n.Cutoffs.CutAt(d.User)
	switch {
	case err != nil:
		*d = reject(*d, ReasonStoreDown)
	case was && n.Config.Revocation == RevokeUser:
		d.CutIn = at - now
		*d = reject(*d, ReasonUserRevoked)
	case was:
		d.CutIn = at - now
		if d.IatIn < d.CutIn {
			*d = reject(*d, ReasonIssuedBefore)
		}
	}
	return d.Accept
}
