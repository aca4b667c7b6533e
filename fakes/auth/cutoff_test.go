package auth_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// TestLogOutEverywhere: a user has two logins, leaves one at 10 s, and logs in
// again at 10 s plus again. Every credential is tried as a page and as a renewal.
func TestLogOutEverywhere(t *testing.T) {
	const left = 10*time.Second + 400*time.Microsecond
	const user, before = auth.ReasonUserRevoked, auth.ReasonIssuedBefore
	for name, c := range map[string]struct {
		how                 auth.Revocation
		again, skew         time.Duration // skew: of the clock that the new login is issued by
		first, other, fresh auth.Reason   // of each login's access token
		otherRenews         auth.Reason
	}{
		"a mark on the user":              {how: auth.RevokeUser, again: 5 * time.Minute, first: user, other: user, fresh: user, otherRenews: user},
		"not before":                      {how: auth.RevokeNotBefore, again: time.Minute, first: before, other: before, otherRenews: before},
		"not before, in the same moment":  {how: auth.RevokeNotBefore, first: before, other: before, otherRenews: before},
		"not before, a clock that is off": {how: auth.RevokeNotBefore, again: time.Second, skew: -2 * time.Second, first: before, other: before, fresh: before, otherRenews: before},
		"token id":                        {how: auth.RevokeBlacklist, again: time.Minute, first: auth.ReasonRevoked},
	} {
		t.Run(name, func(t *testing.T) {
			n, _ := stateless(func(conf *auth.Config) { conf.Revocation = c.how })
			_, first := serve(n, auth.Login, auth.Grant{}, 0)
			_, other := serve(n, auth.Login, auth.Grant{}, time.Second)
			d, _ := serve(n, auth.Logout, first, left)
			require.True(t, d.Ended)
			d, fresh := serve(n, auth.Login, auth.Grant{}, left+c.again+c.skew)
			require.True(t, d.Accept, "the login itself succeeds")
			now := left + c.again
			for who, x := range map[string]struct {
				auth.Grant
				want auth.Reason
			}{"first": {first, c.first}, "other": {other, c.other}, "fresh": {fresh, c.fresh}} {
				d, _ := serve(n, auth.Page, x.Grant, now)
				require.Equal(t, x.want, d.Reason, who)
				require.Equal(t, x.want == auth.ReasonOK, d.Accept, who)
				if c.how != auth.RevokeBlacklist {
					require.Equal(t, 10*time.Second-now, d.CutIn, who)
				}
			}
			d, g := serve(n, auth.Renew, other, now)
			require.Equal(t, c.otherRenews, d.Reason)
			require.Equal(t, d.Accept, g.AccessID != 0)
		})
	}
}

func TestCutoffsAreDown(t *testing.T) {
	n, s := stateless(func(c *auth.Config) { c.Revocation = auth.RevokeNotBefore })
	_, g := serve(n, auth.Login, auth.Grant{}, 0)
	s.err = errors.New("no route to host")
	for _, op := range []auth.Op{auth.Page, auth.Renew, auth.Logout} {
		d, _ := serve(n, op, g, time.Second)
		require.False(t, d.Accept)
		require.Equal(t, auth.ReasonStoreDown, d.Reason)
	}
}

// TestFailOpen: while the store of revocations is away, a page's token passes
// by itself; nothing else does.
func TestFailOpen(t *testing.T) {
	for _, how := range []auth.Revocation{auth.RevokeBlacklist, auth.RevokeUser, auth.RevokeNotBefore} {
		n, s := stateless(func(c *auth.Config) { c.Revocation, c.FailOpen = how, true })
		_, g := serve(n, auth.Login, auth.Grant{}, 0)
		_, gone := serve(n, auth.Login, auth.Grant{}, 0)
		serve(n, auth.Logout, gone, time.Second)
		d, _ := serve(n, auth.Page, gone, time.Minute)
		require.False(t, d.Accept)
		s.err = errors.New("no route to host")
		for _, g := range []auth.Grant{g, gone} {
			d, _ := serve(n, auth.Page, g, time.Minute)
			require.True(t, d.Accept)
			require.Equal(t, auth.ReasonOKUnchecked, d.Reason)
			d, _ = serve(n, auth.Page, g, 20*time.Minute)
			require.Equal(t, auth.ReasonExpired, d.Reason)
			d, _ = serve(n, auth.Renew, g, time.Minute)
			require.Equal(t, auth.ReasonStoreDown, d.Reason)
		}
	}
}
