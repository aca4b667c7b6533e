package auth

import "time"

// renew exchanges a refresh token. A rotated refresh token keeps the expiry of
// the first one: rotation must not stretch a login's life (OAuth 2.0 for
// Browser-Based Applications, refresh tokens).
//
// Within the reuse grace the loser of a race gets a new access token and its
// own copy of the current generation's refresh token, so that both copies of
// the client can go on; the family is not rotated further. Whoever uses that
// generation first rotates it, and the grace counts anew from there.
func (n *Node) renew(t *Token, now time.Duration) (Decision, Grant) {
	var d Decision
	gen := n.check(&d, t, Refresh, now)
	if !d.Accept {
		return d, Grant{}
	}
	if n.Config.RefreshTTL <= 0 {
		return reject(d, ReasonUnknownSess), Grant{}
	}
	if !n.cutoff(&d, now) {
		return d, Grant{}
	}
	if !n.Config.Rotation {
		return n.renewFixed(d, now)
	}
	r, err := n.Families.Rotate(d.Session, gen, now, n.Config.ReuseGrace)
	switch {
	case err != nil:
		return reject(d, storeReason(err)), Grant{}
	case r == Reused:
		return reject(d, ReasonReused), Grant{}
	case r == Dead:
		return reject(d, ReasonRevoked), Grant{}
	case r == InGrace:
		d.Reason = ReasonOKGrace
	}
	g := n.issueAccess(d.User, d.Session, now)
	n.issueRefresh(&g, Claims{User: d.User, Family: d.Session, Gen: gen + 1, Expires: now + d.ExpIn}, now)
	return d, g
}

// renewFixed renews without rotation: the refresh token stays as it is, and
// the grant has none.
func (n *Node) renewFixed(d Decision, now time.Duration) (Decision, Grant) {
	revoked, err := n.Families.Revoked(d.Session)
	if err != nil {
		return reject(d, storeReason(err)), Grant{}
	}
	if revoked {
		return reject(d, ReasonRevoked), Grant{}
	}
	return d, n.issueAccess(d.User, d.Session, now)
}

func (n *Node) issueAccess(user UserID, family SessionID, now time.Duration) Grant {
	c := Claims{
		User: user, Family: family, ID: TokenID(n.IDs.NewID()), Use: Access,
		Issued: wholeMillis(now), Expires: wholeMillis(now + n.Config.AccessTTL),
	}
	g := Grant{Session: family, AccessID: c.ID, ExpiresIn: c.Expires - now}
	g.Access, g.Kid, g.KeyFP = n.Keys.Sign(c)
	return g
}

func (n *Node) issueRefresh(g *Grant, c Claims, now time.Duration) {
	c.ID, c.Use, c.Issued = TokenID(n.IDs.NewID()), Refresh, wholeMillis(now)
	g.RefreshID = c.ID
	g.RefreshExpiresIn = c.Expires - now
	g.Refresh, _, _ = n.Keys.Sign(c)
}
