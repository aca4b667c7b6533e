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

func TestRolling(t *testing.T) {
	rolling := web
	rolling.Rolling = true
	page := auth.Decision{Accept: true, User: 7, Session: 5}
	s := rolling.Shape(auth.Page, auth.Stateful, page, auth.Grant{})
	require.Equal(t, []auth.Cookie{sid}, s.Cookies[:s.NumCookies])
	require.Equal(t, auth.Grant{Session: 5}, rolling.Carried(auth.Page, page, auth.Grant{}))
	for name, s := range map[string]auth.Shape{
		"tokens":       rolling.Shape(auth.Page, auth.Stateless, page, auth.Grant{}),
		"not rolling":  web.Shape(auth.Page, auth.Stateful, page, auth.Grant{}),
		"a rejection":  rolling.Shape(auth.Page, auth.Stateful, auth.Decision{Reason: auth.ReasonUnknownSess}, auth.Grant{}),
		"not a cookie": auth.Presentation{Rolling: true}.Shape(auth.Page, auth.Stateful, page, auth.Grant{}),
	} {
		require.Zero(t, s.NumCookies, name)
	}
	require.Zero(t, web.Carried(auth.Page, page, auth.Grant{}))
	require.Equal(t, auth.Grant{Session: 9}, rolling.Carried(auth.Login, auth.Decision{Accept: true}, auth.Grant{Session: 9}))
}

func TestAStoreThatIsDown(t *testing.T) {
	down := auth.Decision{Reason: auth.ReasonStoreDown}
	rejects := auth.Presentation{Cookies: true, RejectWith: auth.Redirect, StoreRejects: true}
	for op, want := range map[auth.Op][2]int{ // without and with StoreRejects
		auth.Page: {503, 302}, auth.Renew: {503, 401}, auth.Login: {503, 503}, auth.Logout: {503, 503},
	} {
		require.Equal(t, want[0], web.Shape(op, auth.Stateful, down, auth.Grant{}).Status)
		require.Equal(t, want[1], rejects.Shape(op, auth.Stateful, down, auth.Grant{}).Status)
		require.Equal(t, 503, rejects.Shape(op, auth.Stateful, auth.Decision{Reason: auth.ReasonOverload}, auth.Grant{}).Status)
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

func TestAttributes(t *testing.T) {
	in := auth.Decision{Accept: true, User: 7}
	full := auth.Grant{Session: 5, RefreshExpiresIn: time.Minute}
	full.Access.Text, full.Refresh.Text = "a", "r"
	for name, c := range map[string]struct {
		set  auth.Attributes
		kind auth.Kind
		op   auth.Op
		want []auth.Cookie
	}{
		"all of them": {auth.Attributes{Prefix: "__Secure-", Domain: "example.test", Path: "/app", Secure: true, SameSite: "None"}, auth.Stateful, auth.Login, []auth.Cookie{
			{Name: "__Secure-sid", Credential: auth.SessionCredential, Domain: "example.test", Path: "/app", Secure: true, HTTPOnly: true, SameSite: "None"}}},
		"both tokens": {auth.Attributes{SameSite: "Strict"}, auth.Stateless, auth.Renew, []auth.Cookie{
			{Name: "at", Credential: auth.AccessCredential, Path: "/", HTTPOnly: true, SameSite: "Strict"},
			{Name: "rt", Credential: auth.RefreshCredential, Path: "/", MaxAge: time.Minute, HTTPOnly: true, SameSite: "Strict"}}},
		"without SameSite": {auth.Attributes{NoSameSite: true}, auth.Stateful, auth.Login, []auth.Cookie{
			{Name: "sid", Credential: auth.SessionCredential, Path: "/", HTTPOnly: true}}},
		"a logout expires what a login sets": {auth.Attributes{Prefix: "__Host-", Secure: true}, auth.Stateful, auth.Logout, []auth.Cookie{
			{Name: "__Host-sid", Path: "/", Secure: true, HTTPOnly: true, SameSite: "Lax"}}},
		"a login expires an earlier release's, first": {auth.Attributes{Domain: "example.test", ExpireEarlier: "/page"}, auth.Stateful, auth.Login, []auth.Cookie{
			{Name: "sid", Path: "/page", HTTPOnly: true, SameSite: "Lax"},
			{Name: "sid", Credential: auth.SessionCredential, Domain: "example.test", Path: "/", HTTPOnly: true, SameSite: "Lax"}}},
	} {
		p := web
		p.Cookie = c.set
		s := p.Shape(c.op, c.kind, in, full)
		require.Equal(t, c.want, s.Cookies[:s.NumCookies], name)
	}
}
