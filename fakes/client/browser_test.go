package client

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBrowser(t *testing.T) {
	for _, tt := range append(browserLogins(), browserRenewals()...) {
		t.Run(tt.name, func(t *testing.T) { converse(t, tt.cfg, tt.turns) })
	}
}

// browserLogins are scripts of logins, redirects and logouts.
func browserLogins() []script {
	return []script{
		{"session", Config{User: 7}, []turn{
			{do: Login, want: "1 login.0"},
			{do: cookies(1, 303, "sid=s1; Path=/; HttpOnly"), want: "= 1 done id=0 status=303"},
			{do: Page, want: "2 page.0 sid=s1"},
			{do: pageOf(2, 7), want: "= 2 page id=7 status=200"}}},
		{"redirected to the login page, logs in again over old cookies", Config{User: 7}, []turn{
			{do: Login, want: "1 login.0"},
			{do: cookies(1, 303, "sid=s1"), want: "= 1 done id=0 status=303"},
			{do: Page, want: "2 page.0 sid=s1"},
			{do: toLogin(2), want: "3 form.0 sid=s1"},
			{do: form(3), want: "= 2 login id=0 status=302 out rejected"},
			{do: Login, want: "4 login.0 sid=s1"},
			{do: cookies(4, 303, "sid=s2"), want: "= 3 done id=0 status=303"},
			{do: Page, want: "5 page.0 sid=s2"},
			{do: pageOf(5, 7), want: "= 4 page id=7 status=200"}}},
		{"login refused by redirect, with a balancer's cookie", Config{User: 7}, []turn{
			{do: Login, want: "1 login.0"},
			{do: Response{Seq: 1, Status: 302, ToLogin: true, Set: cookies(0, 0, "AWSALB=x").Set}, want: "2 form.0 AWSALB=x"},
			{do: form(2), want: "= 1 login id=0 status=302 out rejected"}}},
		{"a login that only clears cookies is none", Config{User: 7}, []turn{
			{do: Login, want: "1 login.0"},
			{do: cookies(1, 200, "sid=; Max-Age=0"), want: "= 1 error id=0 status=200 out"}}},
		{"a rejection that clears the cookies", Config{User: 7}, []turn{
			{do: Login, want: "1 login.0"},
			{do: cookies(1, 200, "sid=s1"), want: "= 1 done id=0 status=200"},
			{do: Page, want: "2 page.0 sid=s1"},
			{do: cookies(2, 401, "sid=; Path=/; Max-Age=0"), want: "= 2 login id=0 status=401 out rejected"},
			{do: Login, want: "3 login.0"},
			{do: status(3, 401), want: "= 3 login id=0 status=401 out rejected"}}},
		{"logout answered by a redirect; replay with the old cookies", Config{User: 7}, []turn{
			{do: Login, want: "1 login.0"},
			{do: cookies(1, 303, "sid=s1"), want: "= 1 done id=0 status=303"},
			{do: Logout, want: "2 logout.0 sid=s1"},
			{do: Response{Seq: 2, Status: 303, ToLogin: true, Set: cookies(0, 0, "sid=; Max-Age=0").Set}, want: "3 form.0"},
			{do: form(3), want: "= 2 done id=0 status=303 out"},
			{do: Replay, want: "4 page.0 sid=s1"},
			{do: toLogin(4), want: "= 3 login id=0 status=302 out rejected"},
			{do: Replay, want: "5 page.0 sid=s1"},
			{do: Response{Seq: 5, Status: 200, Body: BodyPage, Identity: 7, Set: cookies(0, 0, "sid=s1").Set}, want: "= 4 page id=7 status=200 out"},
			{do: Login, want: "6 login.0"},
			{do: cut(6), want: "= 5 error id=0 status=0 out network"}}},
	}
}

// browserRenewals are scripts of renewal by cookie, and of cookies that end.
func browserRenewals() []script {
	single := Config{User: 7, Refresh: SingleFlight, OnUnauthorized: true}
	naive := Config{User: 7, Refresh: Naive, OnUnauthorized: true, Requests: 2}
	return []script{
		{"renewal by cookie, which only the renewal carries", single, []turn{
			{do: Login, want: "1 login.0"},
			{do: cookies(1, 200, "at=a1; Path=/", "rt=r1; Path=/refresh"), want: "= 1 done id=0 status=200"},
			{do: Page, want: "2 page.0 at=a1"},
			{do: status(2, 401), want: "3 refresh.0 rt=r1 at=a1"},
			{do: cookies(3, 204, "at=a2; Path=/", "rt=r2; Path=/refresh"), want: "4 page.0 again1 at=a2"},
			{do: pageOf(4, 7), want: "= 2 page id=7 status=200"}}},
		{"a redirect can be renewed away", single, []turn{
			{do: Login, want: "1 login.0"},
			{do: cookies(1, 200, "at=a1"), want: "= 1 done id=0 status=200"},
			{do: Page, want: "2 page.0 at=a1"},
			{do: toLogin(2), want: "3 form.0 at=a1"},
			{do: form(3), want: "4 refresh.0 at=a1"},
			{do: toLogin(4), want: "= 2 login id=0 status=302 out refresh_rejected"}}},
		{"naive: the later renewal has the new cookie already", naive, []turn{
			{do: Login, want: "1 login.0"},
			{do: cookies(1, 200, "rt=r1"), want: "= 1 done id=0 status=200"},
			{do: Page, want: "2 page.0 rt=r1\n3 page.1 rt=r1"},
			{do: status(2, 401), want: "4 refresh.0 rt=r1"},
			{do: cookies(4, 200, "rt=r2"), want: "5 page.0 again1 rt=r2"},
			{do: status(3, 401), want: "6 refresh.1 rt=r2"},
			{do: cookies(6, 200, "rt=r3"), want: "7 page.1 again1 rt=r3"},
			{do: pageOf(5, 7)},
			{do: pageOf(7, 7), want: "= 2 page id=7 status=200"}}},
		{"a cookie runs out by itself", Config{User: 7}, []turn{
			{do: Login, want: "1 login.0"},
			{do: cookies(1, 200, "sid=s1; Max-Age=60", "lb=n1"), want: "= 1 done id=0 status=200"},
			{at: 59 * time.Second, do: Page, want: "2 page.0 sid=s1 lb=n1"},
			{at: 59 * time.Second, do: pageOf(2, 7), want: "= 2 page id=7 status=200"},
			{at: 60 * time.Second, do: Page, want: "3 page.0 lb=n1"},
			{at: 60 * time.Second, do: status(3, 401), want: "= 3 login id=0 status=401 out rejected"}}},
	}
}

func TestBrowserHeld(t *testing.T) {
	c := New(Config{})
	require.Empty(t, c.Held())
	c.Begin(Action{Kind: Login}, 0)
	c.OnResponse(cookies(1, 200, "lb=n1", "rt=r1", "at=a1"), 0)
	require.Equal(t, "a1", c.Held())
	require.Equal(t, Value{Text: "a1"}, c.Credential())
}

func TestEarlierStepsAreNotOverwritten(t *testing.T) {
	c := New(Config{Requests: 3})
	c.Begin(Action{Kind: Login}, 0)
	c.OnResponse(cookies(1, 200, "sid=s1"), 0)
	first := c.Begin(Action{ID: 1, Kind: Page}, 0)
	before := tell(first)
	for i := range 20 {
		c.Begin(Action{ID: 2 + i, Kind: Page}, 0)
	}
	c.OnResponse(cookies(2, 200, "sid=s2"), 0)
	require.Equal(t, before, tell(first))
}
