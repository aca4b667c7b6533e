package auth

import "time"

// Resolution is the resolution of a token's times: NumericDates are written
// with milliseconds (RFC 7519 section 2 allows fractions). Tokens are issued
// at whole milliseconds, so that a token says the same in text and in virtual
// time.
const Resolution = time.Millisecond

// IsZero says whether t is no token at all.
func (t Token) IsZero() bool {
	return t.Text == "" && t.Kid == 0 && t.Secret == 0 && t.Claims == Claims{}
}

func (n *Node) serveToken(req *Request, now time.Duration) (d Decision, g Grant) {
	switch req.Op {
	case Login:
		return n.loginToken(req.User, now)
	case Page:
		n.pageToken(&d, &req.Access, now)
	case Renew:
		return n.renew(&req.Refresh, now)
	default:
		d = n.logoutToken(req, now)
	}
	return d, g
}

func (n *Node) loginToken(user UserID, now time.Duration) (Decision, Grant) {
	d := Decision{User: user}
	family := SessionID(n.IDs.NewID())
	if n.Config.RefreshTTL <= 0 {
		g := n.issueAccess(user, family, now)
		d.Accept, d.Kid, d.KeyFP = true, g.Kid, g.KeyFP
		return d, g
	}
	expires := wholeMillis(now + n.Config.RefreshTTL)
	if err := n.Families.Create(family, user, expires); err != nil {
		return reject(d, ReasonStoreDown), Grant{}
	}
	g := n.issueAccess(user, family, now)
	n.issueRefresh(&g, Claims{User: user, Family: family, Expires: expires}, now)
	d.Accept, d.Kid, d.KeyFP = true, g.Kid, g.KeyFP
	return d, g
}

func (n *Node) pageToken(d *Decision, t *Token, now time.Duration) {
	n.check(d, t, Access, now)
	if !d.Accept {
		return
	}
	if n.Config.Revocation == RevokeBlacklist {
		n.listed(d)
	} else {
		n.cutoff(d, now)
	}
	if d.Reason == ReasonStoreDown && n.Config.FailOpen {
		d.Accept, d.Reason = true, ReasonOKUnchecked
	}
}

// listed refuses an accepted token that is on the blacklist.
func (n *Node) listed(d *Decision) {
	revoked, err := n.Blacklist.Contains(d.Token)
	if err != nil {
		d.Accept, d.Reason = false, ReasonStoreDown
	} else if revoked {
		d.Accept, d.Reason = false, ReasonRevoked
	}
}

// check judges a token by itself, into an empty decision, and returns the
// generation that a refresh token asserts.
func (n *Node) check(d *Decision, t *Token, use Use, now time.Duration) (gen uint32) {
	d.Leeway = n.Config.Leeway
	if t.IsZero() {
		d.Reason = ReasonNoCredential
		return 0
	}
	c := n.Keys.Open(*t)
	d.Kid, d.KeyFP = c.Kid, c.KeyFP
	if c.Signature != Malformed {
		d.User, d.Session, d.Token = c.Claims.User, c.Claims.Family, c.Claims.ID
		d.ExpIn, d.IatIn = c.Claims.Expires-now, c.Claims.Issued-now
	}
	d.Reason = d.judge(c.Signature, c.Claims.Use == use)
	d.Accept = d.Reason == ReasonOK || d.Reason == ReasonOKLeeway
	return c.Claims.Gen
}

// judge goes from form and signature to use and times (RFC 7519 sections 4.1.4
// to 4.1.6). A token is expired from exp plus leeway on, and not yet valid
// before iat minus leeway.
func (d *Decision) judge(s Signature, rightUse bool) Reason {
	switch {
	case s != Valid:
		return signatureReason(s)
	case !rightUse:
		return ReasonMalformed
	case d.ExpIn+d.Leeway <= 0:
		return ReasonExpired
	case d.IatIn-d.Leeway > 0:
		return ReasonNotYet
	case d.ExpIn <= 0 || d.IatIn > 0:
		return ReasonOKLeeway
	default:
		return ReasonOK
	}
}

func signatureReason(s Signature) Reason {
	switch s {
	case AlgRefused:
		return ReasonAlg
	case BadSignature:
		return ReasonBadSignature
	case UnknownKey:
		return ReasonUnknownKey
	default:
		return ReasonMalformed
	}
}

// logoutToken revokes what a genuine token stands for. An expired one counts:
// who leaves with an old access token still wants to be logged out. The access
// token decides if it is genuine, else the refresh token.
func (n *Node) logoutToken(req *Request, now time.Duration) (d Decision) {
	n.check(&d, &req.Access, Access, now)
	isAccess := genuine(d.Reason)
	if !isAccess && !req.Refresh.IsZero() {
		var r Decision
		n.check(&r, &req.Refresh, Refresh, now)
		if genuine(r.Reason) || d.Reason == ReasonNoCredential {
			d = r
		}
	}
	if genuine(d.Reason) {
		if err := n.revoke(&d, isAccess, now); err != nil {
			d.Reason = storeReason(err)
		}
	}
	d.Accept = d.Reason != ReasonStoreDown
	return d
}

// genuine says whether check found a good signature and the right use.
func genuine(r Reason) bool {
	return r == ReasonOK || r == ReasonOKLeeway || r == ReasonExpired || r == ReasonNotYet
}

// revoke does all parts even if one fails. A node whose clock is behind
// by as much as the leeway forgives goes on to accept a token for twice that
// after it has ended here: so long it stays on the blacklist.
func (n *Node) revoke(d *Decision, isAccess bool, now time.Duration) error {
	var listed, ended error
	if n.Config.Revocation.ofUser() {
		life := max(n.Config.AccessTTL, n.Config.RefreshTTL) + 2*n.Config.Leeway
		listed = n.Cutoffs.Cut(d.User, wholeMillis(now), now+life)
		d.Ended = listed == nil
	}
	if left := d.ExpIn + 2*d.Leeway; n.Config.Revocation == RevokeBlacklist && isAccess && left > 0 {
		listed = n.Blacklist.Add(d.Token, now+left)
		d.Ended = listed == nil
	}
	if n.Config.Revocation != RevokeNothing && n.Config.RefreshTTL > 0 {
		ended = n.Families.Revoke(d.Session)
	}
	if listed != nil {
		return listed
	}
	return ended
}

func wholeMillis(t time.Duration) time.Duration {
	down := t.Truncate(Resolution)
	if down > t {
		down -= Resolution // Truncate goes towards zero; a token must not be issued in the future
	}
	return down
}
