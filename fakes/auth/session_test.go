package auth_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

func stateful(idle, absolute time.Duration) (*auth.Node, *stores) {
	s := newStores()
	return &auth.Node{
		Config:   auth.Config{Kind: auth.Stateful, Idle: idle, Absolute: absolute},
		Sessions: s, IDs: &counter{},
	}, s
}

func TestSessionLife(t *testing.T) {
	for name, c := range map[string]struct {
		idle, absolute time.Duration
		uses           []time.Duration // accepted page views
		at             time.Duration
		want           auth.Reason
		expIn          time.Duration
	}{
		"fresh":                   {idle: time.Hour, at: time.Minute, want: auth.ReasonOK, expIn: 59 * time.Minute},
		"last idle moment":        {idle: time.Hour, at: time.Hour - 1, want: auth.ReasonOK, expIn: 1},
		"idle":                    {idle: time.Hour, at: time.Hour, want: auth.ReasonSessionIdle},
		"use keeps it alive":      {idle: time.Hour, uses: []time.Duration{50 * time.Minute}, at: 100 * time.Minute, want: auth.ReasonOK, expIn: 10 * time.Minute},
		"use does not stretch it": {idle: time.Hour, absolute: 90 * time.Minute, uses: []time.Duration{50 * time.Minute}, at: 90 * time.Minute, want: auth.ReasonSessionIdle},
		"absolute alone":          {absolute: time.Hour, at: time.Hour + 5, want: auth.ReasonSessionIdle, expIn: -5},
		"no limit":                {at: 1e6 * time.Hour, want: auth.ReasonOK},
		"node's clock is behind":  {idle: time.Hour, at: -time.Minute, want: auth.ReasonOK, expIn: 61 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			n, _ := stateful(c.idle, c.absolute)
			d, g := n.Serve(auth.Request{Op: auth.Login, User: 7}, 0)
			require.Equal(t, auth.Decision{Accept: true, User: 7}, d)
			for _, at := range c.uses {
				d, _ = n.Serve(auth.Request{Op: auth.Page, Session: g.Session}, at)
				require.True(t, d.Accept)
			}
			d, none := n.Serve(auth.Request{Op: auth.Page, Session: g.Session}, c.at)
			require.Equal(t, auth.Decision{
				Accept: c.want == auth.ReasonOK, Reason: c.want, User: 7, Session: g.Session, ExpIn: c.expIn, IatIn: -c.at,
			}, d)
			require.Zero(t, none)
		})
	}
}

func TestSessionLogout(t *testing.T) {
	n, s := stateful(time.Hour, 0)
	_, g := n.Serve(auth.Request{Op: auth.Login, User: 7}, 0)
	out := auth.Request{Op: auth.Logout, Session: g.Session}

	d, _ := n.Serve(out, 1)
	require.Equal(t, auth.ReasonOK, d.Reason)
	require.Equal(t, auth.UserID(7), d.User)
	require.True(t, d.Ended)
	require.Empty(t, s.sessions)
	d, _ = n.Serve(auth.Request{Op: auth.Page, Session: g.Session}, 2)
	require.False(t, d.Accept)
	require.Equal(t, auth.ReasonUnknownSess, d.Reason)

	d, _ = n.Serve(out, 3)
	require.True(t, d.Accept, "a second logout is harmless")
	require.False(t, d.Ended)
	require.Equal(t, auth.ReasonUnknownSess, d.Reason)
	d, _ = n.Serve(auth.Request{Op: auth.Logout}, 3)
	require.True(t, d.Accept)
	require.Equal(t, auth.ReasonNoCredential, d.Reason)
}

// lagging is a store that loses the session between Load and Touch, as a
// logout on another node makes it.
type lagging struct{ *stores }

func (l lagging) Load(id auth.SessionID) (auth.Session, error) {
	v, err := l.stores.Load(id)
	delete(l.sessions, id)
	return v, err
}

func TestPageInFlightDoesNotUndoALogout(t *testing.T) {
	n, s := stateful(time.Hour, 0)
	_, g := n.Serve(auth.Request{Op: auth.Login, User: 7}, 0)
	n.Sessions = lagging{s}
	d, _ := n.Serve(auth.Request{Op: auth.Page, Session: g.Session}, 1)
	require.Equal(t, auth.ReasonUnknownSess, d.Reason)
	require.Empty(t, s.sessions)
}

func TestSessionStoreDown(t *testing.T) {
	for _, err := range []error{auth.ErrDown, errors.New("whatever")} {
		n, s := stateful(time.Hour, 0)
		_, g := n.Serve(auth.Request{Op: auth.Login, User: 7}, 0)
		s.err = err
		for _, op := range []auth.Op{auth.Login, auth.Page, auth.Logout} {
			d, none := n.Serve(auth.Request{Op: op, Session: g.Session}, 1)
			require.False(t, d.Accept)
			require.Equal(t, auth.ReasonStoreDown, d.Reason)
			require.Zero(t, none)
		}
	}
}

func TestSessionsAreNotRenewed(t *testing.T) {
	n, _ := stateful(time.Hour, 0)
	d, _ := n.Serve(auth.Request{Op: auth.Renew}, 0)
	require.Equal(t, auth.ReasonNoCredential, d.Reason)
	d, _ = n.Serve(auth.Request{Op: auth.Renew, Refresh: auth.Token{Text: "x"}}, 0)
	require.Equal(t, auth.ReasonMalformed, d.Reason)
}
