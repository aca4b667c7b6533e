package auth_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

func cookie(name string, w auth.Which, age time.Duration) auth.Cookie {
	return auth.Cookie{Name: name, Credential: w, Path: "/", MaxAge: age, HTTPOnly: true, SameSite: "Lax"}
}

var (
	sid    = cookie("sid", auth.SessionCredential, 0)
	at     = cookie("at", auth.AccessCredential, 0)
	rt     = cookie("rt", auth.RefreshCredential, 61*time.Second)
	sidEnd = cookie("sid", auth.NoCredential, 0)
	atEnd  = cookie("at", auth.NoCredential, 0)
	rtEnd  = cookie("rt", auth.NoCredential, 0)
	web    = auth.Presentation{Cookies: true, CacheControl: "private", ErrorCacheControl: "max-age=60"}
	spa    = auth.Presentation{CacheControl: "private", ErrorCacheControl: "max-age=60"}
	strict = auth.Presentation{Cookies: true, ClearOnReject: true}
)

func with(s auth.Shape, cookies ...auth.Cookie) auth.Shape {
	s.NumCookies = copy(s.Cookies[:], cookies)
	return s
}

func TestShapeOfAcceptance(t *testing.T) {
	full := auth.Grant{Session: 5, RefreshExpiresIn: time.Minute + 1}
	full.Access.Text, full.Refresh.Text = "a", "r"
	accessOnly := auth.Grant{}
	accessOnly.Access.Text = "a"
	tokens := auth.Shape{Status: 200, Body: auth.BodyTokens, CacheControl: "no-store"}
	quiet := auth.Shape{Status: 204, CacheControl: "no-store"}
	home := auth.Shape{Status: 303, Location: "/", CacheControl: "no-store"}
	byCookie := auth.Shape{Status: 200, Body: auth.BodyPage, Identity: 7, CacheControl: "private", Vary: "Cookie"}
	byToken := byCookie
	byToken.Vary = "Authorization"
	for _, c := range []struct {
		name string
		p    auth.Presentation
		op   auth.Op
		kind auth.Kind
		g    auth.Grant
		want auth.Shape
	}{
		{"web login, session", web, auth.Login, auth.Stateful, full, with(home, sid)},
		{"web login, tokens", web, auth.Login, auth.Stateless, full, with(home, at, rt)},
		{"web login, no refresh", web, auth.Login, auth.Stateless, accessOnly, with(home, at)},
		{"web renewal", web, auth.Renew, auth.Stateless, full, with(quiet, at, rt)},
		{"web renewal, no rotation", web, auth.Renew, auth.Stateless, accessOnly, with(quiet, at)},
		{"web logout, session", web, auth.Logout, auth.Stateful, auth.Grant{}, with(home, sidEnd)},
		{"web logout, tokens", web, auth.Logout, auth.Stateless, auth.Grant{}, with(home, atEnd, rtEnd)},
		{"web page", web, auth.Page, auth.Stateless, auth.Grant{}, byCookie},
		{"spa login, session", spa, auth.Login, auth.Stateful, full, tokens},
		{"spa login, tokens", spa, auth.Login, auth.Stateless, full, tokens},
		{"spa renewal", spa, auth.Renew, auth.Stateless, full, tokens},
		{"spa logout", spa, auth.Logout, auth.Stateless, auth.Grant{}, quiet},
		{"spa page", spa, auth.Page, auth.Stateful, auth.Grant{}, byToken},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, c.p.Shape(c.op, c.kind, auth.Decision{Accept: true, User: 7}, c.g))
		})
	}
}

func TestShapeOfRejection(t *testing.T) {
	unauthorized := auth.Shape{Status: 401, Body: auth.BodyError, Challenge: true, CacheControl: "max-age=60"}
	unavailable := auth.Shape{Status: 503, Body: auth.BodyError, CacheControl: "max-age=60"}
	for with, away := range map[auth.RejectWith]auth.Shape{
		auth.Unauthorized: unauthorized,
		auth.Forbidden:    {Status: 403, Body: auth.BodyError, Challenge: true, CacheControl: "max-age=60"},
		auth.Redirect:     {Status: 302, Location: "/login", CacheControl: "max-age=60"},
		auth.LoginPage:    {Status: 200, Body: auth.BodyLogin, CacheControl: "max-age=60"},
	} {
		for _, c := range []struct {
			op   auth.Op
			why  auth.Reason
			want auth.Shape
		}{
			{auth.Page, auth.ReasonExpired, away},
			{auth.Page, auth.ReasonUnknownSess, away},
			{auth.Page, auth.ReasonMisconfigured, away},
			{auth.Login, auth.ReasonMisconfigured, away},
			{auth.Logout, auth.ReasonMisconfigured, away},
			{auth.Login, auth.ReasonBadPassword, unauthorized},
			{auth.Renew, auth.ReasonReused, unauthorized},
			{auth.Renew, auth.ReasonMisconfigured, unauthorized},
			{auth.Page, auth.ReasonStoreDown, unavailable},
			{auth.Renew, auth.ReasonStoreDown, unavailable},
			{auth.Logout, auth.ReasonStoreDown, unavailable},
			{auth.Page, auth.ReasonOverload, unavailable},
		} {
			t.Run(fmt.Sprint(with, c.op, c.why), func(t *testing.T) {
				for _, p := range []auth.Presentation{web, spa} {
					p.RejectWith = with
					got := p.Shape(c.op, auth.Stateless, auth.Decision{Reason: c.why, User: 7}, auth.Grant{})
					require.Equal(t, c.want, got, "and nobody's identity")
				}
			})
		}
	}
}

func TestClearOnReject(t *testing.T) {
	shape := func(p auth.Presentation, op auth.Op, kind auth.Kind, why auth.Reason) []auth.Cookie {
		s := p.Shape(op, kind, auth.Decision{Reason: why}, auth.Grant{})
		return append([]auth.Cookie{}, s.Cookies[:s.NumCookies]...)
	}
	require.Equal(t, []auth.Cookie{sidEnd}, shape(strict, auth.Page, auth.Stateful, auth.ReasonUnknownSess))
	require.Equal(t, []auth.Cookie{atEnd, rtEnd}, shape(strict, auth.Page, auth.Stateless, auth.ReasonExpired))
	require.Equal(t, []auth.Cookie{atEnd, rtEnd}, shape(strict, auth.Renew, auth.Stateless, auth.ReasonReused))
	require.Empty(t, shape(strict, auth.Page, auth.Stateless, auth.ReasonStoreDown), "the credential may be good")
	require.Empty(t, shape(strict, auth.Login, auth.Stateless, auth.ReasonBadPassword), "none was presented")
	require.Empty(t, shape(web, auth.Page, auth.Stateless, auth.ReasonExpired))
	require.Empty(t, shape(auth.Presentation{ClearOnReject: true}, auth.Page, auth.Stateless, auth.ReasonExpired), "a client without cookies")
}
