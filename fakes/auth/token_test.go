package auth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// signingKey is the key of every stateless node here.
var signingKey = auth.SymbolicKey{Kid: 1, Secret: 1}

func stateless(change func(*auth.Config)) (*auth.Node, *stores) {
	s := newStores()
	c := auth.Config{Kind: auth.Stateless, AccessTTL: 15 * time.Minute, RefreshTTL: 24 * time.Hour, Rotation: true}
	if change != nil {
		change(&c)
	}
	return &auth.Node{Config: c, Keys: auth.NewSymbolic(signingKey), Families: s, Blacklist: s, Cutoffs: s, IDs: &counter{}}, s
}

func serve(n *auth.Node, op auth.Op, g auth.Grant, at time.Duration) (auth.Decision, auth.Grant) {
	return n.Serve(auth.Request{Op: op, User: 7, Access: g.Access, Refresh: g.Refresh}, at)
}

func TestTokenLogin(t *testing.T) {
	n, s := stateless(nil)
	d, g := serve(n, auth.Login, auth.Grant{}, time.Second+300*time.Microsecond)
	require.Equal(t, auth.Decision{Accept: true, User: 7, Kid: "1", KeyFP: g.KeyFP}, d)
	require.Equal(t, auth.Claims{
		User: 7, Family: g.Session, ID: g.AccessID, Use: auth.Access,
		Issued: time.Second, Expires: 15*time.Minute + time.Second,
	}, g.Access.Claims)
	require.Equal(t, auth.Claims{
		User: 7, Family: g.Session, ID: g.RefreshID, Use: auth.Refresh,
		Issued: time.Second, Expires: 24*time.Hour + time.Second,
	}, g.Refresh.Claims)
	require.Equal(t, 15*time.Minute-300*time.Microsecond, g.ExpiresIn)
	require.Equal(t, 24*time.Hour-300*time.Microsecond, g.RefreshExpiresIn)
	require.Contains(t, s.families, g.Session)
	require.NotEqual(t, g.AccessID, g.RefreshID)
}

// TestTokensHaveOneUse: a refresh token opens no page, and an access token renews
// nothing.
func TestTokensHaveOneUse(t *testing.T) {
	n, _ := stateless(nil)
	_, g := serve(n, auth.Login, auth.Grant{}, 0)
	for op, swapped := range map[auth.Op]auth.Grant{auth.Page: {Access: g.Refresh}, auth.Renew: {Refresh: g.Access}} {
		d, _ := serve(n, op, swapped, time.Second)
		require.False(t, d.Accept)
		require.Equal(t, auth.ReasonMalformed, d.Reason)
	}
}

func TestTokenLoginWithoutRefresh(t *testing.T) {
	n, s := stateless(func(c *auth.Config) { c.RefreshTTL = 0 })
	n.Families = nil
	d, g := serve(n, auth.Login, auth.Grant{}, 0)
	require.True(t, d.Accept)
	require.True(t, g.Refresh.IsZero())
	require.NotZero(t, g.Session, "the login still has a name")
	require.Empty(t, s.families)

	forged, _, _ := n.Keys.Sign(auth.Claims{User: 7, Family: 1, ID: 2, Use: auth.Refresh, Expires: time.Hour})
	d, _ = serve(n, auth.Renew, auth.Grant{Refresh: forged}, 0)
	require.Equal(t, auth.ReasonUnknownSess, d.Reason)
	d, _ = serve(n, auth.Logout, g, 0)
	require.True(t, d.Accept)
}

func TestEvidenceOfAPage(t *testing.T) {
	n, _ := stateless(func(c *auth.Config) { c.Leeway = 30 * time.Second })
	_, g := serve(n, auth.Login, auth.Grant{}, 0)
	for at, want := range map[time.Duration]auth.Reason{
		-30*time.Second - 1:              auth.ReasonNotYet,
		-30 * time.Second:                auth.ReasonOKLeeway,
		-1:                               auth.ReasonOKLeeway,
		0:                                auth.ReasonOK,
		15*time.Minute - 1:               auth.ReasonOK,
		15 * time.Minute:                 auth.ReasonOKLeeway,
		15*time.Minute + 30*time.Second:  auth.ReasonExpired,
		15*time.Minute + 300*time.Second: auth.ReasonExpired,
	} {
		d, _ := serve(n, auth.Page, g, at)
		require.Equal(t, auth.Decision{
			Accept: want == auth.ReasonOK || want == auth.ReasonOKLeeway, Reason: want,
			User: 7, Session: g.Session, Token: g.AccessID, Kid: "1", KeyFP: g.KeyFP,
			ExpIn: 15*time.Minute - at, IatIn: -at, Leeway: 30 * time.Second,
		}, d, "at %v", at)
	}
}

func TestRenewKeepsTheFirstExpiry(t *testing.T) {
	n, _ := stateless(nil)
	_, first := serve(n, auth.Login, auth.Grant{}, 0)
	d, second := serve(n, auth.Renew, first, 23*time.Hour)
	require.Equal(t, first.RefreshID, d.Token)
	require.Equal(t, first.Refresh.Claims.Expires, second.Refresh.Claims.Expires)
	require.Equal(t, uint32(1), second.Refresh.Claims.Gen)
	require.Equal(t, first.Session, second.Session)
	require.Equal(t, time.Hour, second.RefreshExpiresIn)
	d, third := serve(n, auth.Renew, second, 24*time.Hour)
	require.Equal(t, auth.ReasonExpired, d.Reason)
	require.Zero(t, third)
}

func TestGraceIssuesTheCurrentGeneration(t *testing.T) {
	n, _ := stateless(func(c *auth.Config) { c.ReuseGrace = 10 * time.Second })
	_, first := serve(n, auth.Login, auth.Grant{}, 0)
	_, winner := serve(n, auth.Renew, first, time.Minute)
	d, loser := serve(n, auth.Renew, first, time.Minute+time.Second)
	require.Equal(t, auth.ReasonOKGrace, d.Reason)
	require.Equal(t, winner.Refresh.Claims.Gen, loser.Refresh.Claims.Gen)
	require.NotEqual(t, winner.RefreshID, loser.RefreshID)

	d, _ = serve(n, auth.Renew, loser, time.Hour)
	require.Equal(t, auth.ReasonOK, d.Reason)
	d, _ = serve(n, auth.Renew, winner, time.Hour+time.Minute)
	require.Equal(t, auth.ReasonReused, d.Reason, "after the grace one of the two copies is a reuse")
}

func TestRenewWithoutRotation(t *testing.T) {
	n, s := stateless(func(c *auth.Config) { c.Rotation = false })
	_, g := serve(n, auth.Login, auth.Grant{}, 0)
	for range 3 {
		d, next := serve(n, auth.Renew, g, time.Hour)
		require.Equal(t, auth.ReasonOK, d.Reason)
		require.True(t, next.Refresh.IsZero())
		require.Zero(t, next.RefreshID)
		d, _ = serve(n, auth.Page, next, time.Hour)
		require.True(t, d.Accept)
	}
	require.NoError(t, s.Revoke(g.Session))
	d, none := serve(n, auth.Renew, g, time.Hour)
	require.Equal(t, auth.ReasonRevoked, d.Reason)
	require.Zero(t, none)
	delete(s.families, g.Session)
	d, _ = serve(n, auth.Renew, g, time.Hour)
	require.Equal(t, auth.ReasonUnknownSess, d.Reason)
}

func TestTokenStoreDown(t *testing.T) {
	for _, rotation := range []bool{true, false} {
		n, s := stateless(func(c *auth.Config) { c.Revocation, c.Rotation = auth.RevokeBlacklist, rotation })
		_, g := serve(n, auth.Login, auth.Grant{}, 0)
		s.err = auth.ErrDown
		for _, op := range []auth.Op{auth.Login, auth.Page, auth.Renew, auth.Logout} {
			d, none := serve(n, op, g, 1)
			require.False(t, d.Accept)
			require.Equal(t, auth.ReasonStoreDown, d.Reason)
			require.Zero(t, none)
		}
	}
	n, s := stateless(nil)
	_, g := serve(n, auth.Login, auth.Grant{}, 0)
	s.err = auth.ErrDown
	d, _ := serve(n, auth.Page, g, 1)
	require.True(t, d.Accept, "a page with no blacklist needs no store")
}

func TestTokenLogout(t *testing.T) {
	bad := func(g auth.Grant) auth.Grant {
		g.Access.Secret, g.Refresh.Secret = 9, 9
		return g
	}
	refreshOnly := func(g auth.Grant) auth.Grant { return auth.Grant{Refresh: g.Refresh} }
	accessBad := func(g auth.Grant) auth.Grant { g.Access.Secret = 9; return g }
	whole := func(g auth.Grant) auth.Grant { return g }
	for name, c := range map[string]struct {
		revocation auth.Revocation
		present    func(auth.Grant) auth.Grant
		at         time.Duration
		want       auth.Reason
		listed     bool
		ended      bool
	}{
		"nothing":                 {auth.RevokeNothing, whole, 1, auth.ReasonOK, false, false},
		"refresh deletion":        {auth.RevokeRefresh, whole, 1, auth.ReasonOK, false, true},
		"blacklist":               {auth.RevokeBlacklist, whole, 1, auth.ReasonOK, true, true},
		"leeway":                  {auth.RevokeBlacklist, whole, 15 * time.Minute, auth.ReasonOKLeeway, true, true},
		"expired here, not there": {auth.RevokeBlacklist, whole, 16*time.Minute + time.Second, auth.ReasonExpired, true, true},
		"expired access":          {auth.RevokeBlacklist, whole, time.Hour, auth.ReasonExpired, false, true},
		"refresh token alone":     {auth.RevokeBlacklist, refreshOnly, 1, auth.ReasonOK, false, true},
		"good refresh, bad other": {auth.RevokeBlacklist, accessBad, 1, auth.ReasonOK, false, true},
		"both bad":                {auth.RevokeBlacklist, bad, 1, auth.ReasonBadSignature, false, false},
		"refresh alone, bad":      {auth.RevokeBlacklist, func(g auth.Grant) auth.Grant { return refreshOnly(bad(g)) }, 1, auth.ReasonBadSignature, false, false},
		"none":                    {auth.RevokeBlacklist, func(auth.Grant) auth.Grant { return auth.Grant{} }, 1, auth.ReasonNoCredential, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			n, s := stateless(func(cf *auth.Config) { cf.Revocation, cf.Leeway = c.revocation, time.Minute })
			_, g := serve(n, auth.Login, auth.Grant{}, 0)
			d, none := serve(n, auth.Logout, c.present(g), c.at)
			require.True(t, d.Accept, "RFC 7009 section 2.2")
			require.Equal(t, c.want, d.Reason)
			require.Zero(t, none)
			if c.listed {
				require.Equal(t, map[auth.TokenID]time.Duration{g.AccessID: 17 * time.Minute}, s.revoked)
			} else {
				require.Empty(t, s.revoked)
			}
			require.Equal(t, c.ended, s.families[g.Session].dead)
			require.Equal(t, c.listed, d.Ended, "a revoked family does not end the access token")
		})
	}
}

func TestLogoutWhereTheFamilyIsUnknown(t *testing.T) {
	n, s := stateless(func(c *auth.Config) { c.Revocation = auth.RevokeBlacklist })
	_, g := serve(n, auth.Login, auth.Grant{}, 0)
	delete(s.families, g.Session)
	d, _ := serve(n, auth.Logout, g, 1)
	require.True(t, d.Accept)
	require.Equal(t, auth.ReasonUnknownSess, d.Reason)
	require.Contains(t, s.revoked, g.AccessID)
}

// Times before the run's start: a node whose clock is behind.
func TestIssuedNeverAhead(t *testing.T) {
	n, _ := stateless(nil)
	for _, at := range []time.Duration{-25*time.Second - 1, -1, 0, 1, 999_999} {
		_, g := serve(n, auth.Login, auth.Grant{}, at)
		require.Zero(t, g.Access.Claims.Issued%auth.Resolution)
		d, _ := serve(n, auth.Page, g, at)
		require.Equal(t, auth.ReasonOK, d.Reason, "at %d", at)
	}
}

func TestSymbolicRing(t *testing.T) {
	k := func(kid, secret uint32) auth.SymbolicKey { return auth.SymbolicKey{Kid: kid, Secret: secret} }
	by := func(key auth.SymbolicKey) auth.Token {
		t, _, _ := auth.NewSymbolic(key).Sign(auth.Claims{User: 1})
		return t
	}
	s := auth.NewSymbolic(k(1, 1), k(2, 2))
	open := func(key auth.SymbolicKey) auth.Signature { return s.Open(by(key)).Signature }
	require.Equal(t, []auth.Signature{auth.Valid, auth.Valid, auth.BadSignature, auth.UnknownKey},
		[]auth.Signature{open(k(1, 1)), open(k(2, 2)), open(k(1, 7)), open(k(3, 3))})
	require.Equal(t, auth.AlgRefused, s.Open(auth.Token{Kid: 3, Secret: auth.Unsigned}).Signature)

	s.Rotate(k(3, 3), true)
	require.Equal(t, []auth.Signature{auth.Valid, auth.Valid}, []auth.Signature{open(k(1, 1)), open(k(3, 3))})
	s.Retire(1)
	require.Equal(t, auth.UnknownKey, open(k(1, 1)))
	s.Rotate(k(4, 4), false)
	require.Equal(t, []auth.Signature{auth.UnknownKey, auth.Valid}, []auth.Signature{open(k(3, 3)), open(k(4, 4))})
	s.SetSigner(k(4, 5))
	require.Equal(t, []auth.Signature{auth.BadSignature, auth.Valid}, []auth.Signature{open(k(4, 4)), open(k(4, 5))})
	s.SetVerifiers([]auth.SymbolicKey{k(4, 4), k(9, 9)})
	require.Equal(t, []auth.Signature{auth.Valid, auth.Valid}, []auth.Signature{open(k(4, 5)), open(k(9, 9))}, "the signer's key has its id")
}

func TestPageAllocatesNothing(t *testing.T) {
	tokens, _ := stateless(func(c *auth.Config) { c.Revocation = auth.RevokeBlacklist })
	_, g := serve(tokens, auth.Login, auth.Grant{}, 0)
	sessions, _ := stateful(time.Hour, 0)
	_, s := serve(sessions, auth.Login, auth.Grant{}, 0)
	p := auth.Presentation{Cookies: true}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		d, none := serve(tokens, auth.Page, g, 1)
		p.Shape(auth.Page, auth.Stateless, d, none)
	}))
	require.Zero(t, testing.AllocsPerRun(100, func() {
		sessions.Serve(auth.Request{Op: auth.Page, Session: s.Session}, 1)
	}))
}

func BenchmarkPage(b *testing.B) {
	b.Run("stateless", func(b *testing.B) {
		n, _ := stateless(nil)
		_, g := serve(n, auth.Login, auth.Grant{}, 0)
		req := auth.Request{Op: auth.Page, Access: g.Access}
		b.ReportAllocs()
		for b.Loop() {
			if d, _ := n.Serve(req, 1); !d.Accept {
				b.Fatal(d.Reason)
			}
		}
	})
	b.Run("stateful", func(b *testing.B) {
		n, _ := stateful(time.Hour, 0)
		_, g := n.Serve(auth.Request{Op: auth.Login, User: 7}, 0)
		req := auth.Request{Op: auth.Page, Session: g.Session}
		b.ReportAllocs()
		for b.Loop() {
			if d, _ := n.Serve(req, 1); !d.Accept {
				b.Fatal(d.Reason)
			}
		}
	})
}
