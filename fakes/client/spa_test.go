package client

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// in opens every script: a login with the tokens a1 and r1, valid for 100 s.
func in(rest ...turn) []turn {
	return append([]turn{
		{do: Login, want: "1 login.0"},
		{do: tokens(1, "a1", "r1", 100*time.Second), want: "= 1 done id=0 status=200"},
	}, rest...)
}

func plain() Config { return Config{Kind: SPA, User: 7} }

func renewing(how RefreshPolicy, requests int) Config {
	return Config{Kind: SPA, User: 7, Refresh: how, OnUnauthorized: true, Requests: requests}
}

func patient(c Config) Config {
	c.Retry, c.RetryMax, c.Backoff = true, 2, time.Second
	return c
}

func TestSPA(t *testing.T) {
	for _, table := range [][]script{spaLogins(), spaErrors(), spaNaive(), spaSingle(), spaPatience(), spaEras()} {
		for _, tt := range table {
			t.Run(tt.name, func(t *testing.T) { converse(t, tt.cfg, tt.turns) })
		}
	}
}

// spaLogins are scripts of logins and rejections.
func spaLogins() []script {
	return []script{
		{"page", plain(), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: pageOf(2, 7), want: "= 2 page id=7 status=200"})},
		{"not logged in", plain(), []turn{
			{do: Page, want: "= 1 login id=0 status=0 out no_credential"},
			{do: Logout, want: "= 2 login id=0 status=0 out no_credential"},
			{do: Replay, want: "= 3 login id=0 status=0 out no_credential"}}},
		{"login refused", plain(), []turn{
			{do: Login, want: "1 login.0"},
			{do: status(1, 401), want: "= 1 login id=0 status=401 out rejected"}}},
		{"login fails", patient(plain()), []turn{
			{do: Login, want: "1 login.0"},
			{do: status(1, 503), want: "= 1 error id=0 status=503 out network"},
			{do: Login, want: "2 login.0"},
			{do: cut(2), want: "= 2 error id=0 status=0 out network"},
			{do: Login, want: "3 login.0"},
			{do: status(3, 204), want: "= 3 error id=0 status=204 out"}}},
		{"unknown answers are ignored", plain(), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: pageOf(9, 7)}, turn{do: pageOf(0, 7)}, turn{do: pageOf(1, 7)},
			turn{do: pageOf(2, 7), want: "= 2 page id=7 status=200"},
			turn{do: status(2, 401)})},
		{"no renewal: a rejection ends the login", plain(), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: status(2, 403), want: "= 2 login id=0 status=403 out rejected"},
			turn{do: Page, want: "= 3 login id=0 status=0 out no_credential"})},
		{"the login form under 200 is a rejection", plain(), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: form(2), want: "= 2 login id=0 status=200 out rejected"})},
		{"a forgery changes nothing for its user", patient(renewing(SingleFlight, 1)), in(
			turn{do: Action{Kind: Forge, Forged: []Value{{Text: "f1"}, {Text: "f2"}}}, want: "2 page.0 f1"},
			turn{do: status(2, 401), want: "3 page.0 again1 f2"},
			turn{do: pageOf(3, 7), want: "= 2 page id=7 status=200"},
			turn{do: Action{Kind: Forge, Forged: []Value{{Text: "f3"}, {Text: "f4"}}}, want: "4 page.0 f3"},
			turn{do: status(4, 401), want: "5 page.0 again1 f4"},
			turn{do: status(5, 401), want: "= 3 login id=0 status=401 rejected"},
			turn{do: Page, want: "6 page.0 a1"},
			turn{do: pageOf(6, 7), want: "= 4 page id=7 status=200"})},
		{"a forgery without a token", plain(), []turn{{do: Forge, want: "= 1 login id=0 status=0 out no_credential"}}},
		{"a redirect is not followed", plain(), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: toLogin(2), want: "= 2 login id=0 status=302 out rejected"})},
	}
}

// spaErrors are scripts of errors and retries.
func spaErrors() []script {
	return []script{
		{"an error is shown", plain(), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: status(2, 500), want: "= 2 error id=0 status=500 network"},
			turn{do: Page, want: "3 page.0 a1"},
			turn{do: status(3, 404), want: "= 3 error id=0 status=404"})},
		{"an error ends the login of a naive client", Config{Kind: SPA, LogoutOnError: true}, in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: cut(2), want: "= 2 login id=0 status=0 out network"})},
		{"retry until it works", patient(plain()), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: cut(2), want: "3 page.0 again1 wait=1s a1"},
			turn{do: status(3, 503), want: "4 page.0 again2 wait=2s a1"},
			turn{do: pageOf(4, 7), want: "= 2 page id=7 status=200"})},
		{"retry in vain", patient(plain()), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: cut(2), want: "3 page.0 again1 wait=1s a1"},
			turn{do: status(3, 504), want: "4 page.0 again2 wait=2s a1"},
			turn{do: status(4, 502), want: "= 2 error id=0 status=502 network"})},
		{"500 is not repeated", patient(plain()), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: status(2, 500), want: "= 2 error id=0 status=500 network"})},
		{"a foreign identity wins", Config{Kind: SPA, Requests: 3, User: 7}, in(
			turn{do: Page, want: "2 page.0 a1\n3 page.1 a1\n4 page.2 a1"},
			turn{do: pageOf(3, 7)}, turn{do: pageOf(2, 8)},
			turn{do: pageOf(4, 7), want: "= 2 page id=8 status=200"})},
		{"the worst part decides", Config{Kind: SPA, Requests: 3, User: 7}, in(
			turn{do: Page, want: "2 page.0 a1\n3 page.1 a1\n4 page.2 a1"},
			turn{do: status(3, 500)}, turn{do: status(2, 401)},
			turn{do: pageOf(4, 7), want: "= 2 login id=7 status=401 out rejected"})},
	}
}

// spaNaive are scripts of renewal by every part.
func spaNaive() []script {
	return []script{
		{"naive: the renewals race, and the loser gives up", renewing(Naive, 2), in(
			turn{do: Page, want: "2 page.0 a1\n3 page.1 a1"},
			turn{do: status(2, 401), want: "4 refresh.0 r1"},
			turn{do: status(3, 401), want: "5 refresh.1 r1"},
			turn{do: tokens(4, "a2", "r2", 0), want: "6 page.0 again1 a2"},
			turn{do: status(5, 401)},
			turn{do: pageOf(6, 7), want: "= 2 login id=7 status=401 out refresh_rejected"})},
		{"naive: late, yet with the token read before", renewing(Naive, 2), in(
			turn{do: Page, want: "2 page.0 a1\n3 page.1 a1"},
			turn{do: status(2, 401), want: "4 refresh.0 r1"},
			turn{do: tokens(4, "a2", "r2", 0), want: "5 page.0 again1 a2"},
			turn{do: status(3, 401), want: "6 refresh.1 r1"},
			turn{do: pageOf(5, 7)},
			turn{do: status(6, 400), want: "= 2 login id=7 status=400 out refresh_rejected"})},
		{"naive: tokens that arrive after the end are dropped", renewing(Naive, 2), in(
			turn{do: Page, want: "2 page.0 a1\n3 page.1 a1"},
			turn{do: status(2, 401), want: "4 refresh.0 r1"},
			turn{do: status(3, 401), want: "5 refresh.1 r1"},
			turn{do: status(5, 401)},
			turn{do: tokens(4, "a2", "r2", 0), want: "= 2 login id=0 status=401 out refresh_rejected"},
			turn{do: Page, want: "= 3 login id=0 status=0 out no_credential"})},
		{"naive: the renewal is repeated", patient(renewing(Naive, 1)), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: status(2, 401), want: "3 refresh.0 r1"},
			turn{do: cut(3), want: "4 refresh.0 again1 wait=1s r1"},
			turn{do: status(4, 500), want: "5 refresh.0 again2 wait=2s r1"},
			turn{do: status(5, 503), want: "= 2 login id=0 status=503 out refresh_network"})},
	}
}

// spaSingle are scripts of one renewal for all.
func spaSingle() []script {
	return []script{
		{"single flight: one renewal, all repeat", renewing(SingleFlight, 2), in(
			turn{do: Page, want: "2 page.0 a1\n3 page.1 a1"},
			turn{do: status(2, 401), want: "4 refresh.0 r1"},
			turn{do: status(3, 401)},
			turn{do: tokens(4, "a2", "r2", 0), want: "5 page.0 again1 a2\n6 page.1 again1 a2"},
			turn{do: pageOf(5, 7)},
			turn{do: pageOf(6, 7), want: "= 2 page id=7 status=200"})},
		{"single flight: a late rejection of the old token needs no renewal", renewing(SingleFlight, 2), in(
			turn{do: Page, want: "2 page.0 a1\n3 page.1 a1"},
			turn{do: status(2, 401), want: "4 refresh.0 r1"},
			turn{do: tokens(4, "a2", "r2", 0), want: "5 page.0 again1 a2"},
			turn{do: status(3, 401), want: "6 page.1 again1 a2"},
			turn{do: pageOf(5, 7)},
			turn{do: pageOf(6, 7), want: "= 2 page id=7 status=200"})},
		{"single flight: two tabs share the renewal", renewing(SingleFlight, 1), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: Page, want: "3 page.0 a1"},
			turn{do: status(2, 401), want: "4 refresh.0 r1"},
			turn{do: status(3, 401)},
			turn{do: tokens(4, "a2", "", 0), want: "5 page.0 again1 a2\n6 page.0 again1 a2"},
			turn{do: pageOf(6, 7), want: "= 3 page id=7 status=200"},
			turn{do: pageOf(5, 7), want: "= 2 page id=7 status=200"})},
		{"single flight: the renewal is refused", renewing(SingleFlight, 2), in(
			turn{do: Page, want: "2 page.0 a1\n3 page.1 a1"},
			turn{do: status(2, 401), want: "4 refresh.0 r1"},
			turn{do: status(3, 401)},
			turn{do: status(4, 401), want: "= 2 login id=0 status=401 out refresh_rejected"})},
		{"single flight: a renewal without tokens is refused", renewing(SingleFlight, 1), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: status(2, 401), want: "3 refresh.0 r1"},
			turn{do: status(3, 200), want: "= 2 login id=0 status=200 out refresh_rejected"})},
		{"single flight: the renewal fails", renewing(SingleFlight, 1), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: status(2, 401), want: "3 refresh.0 r1"},
			turn{do: cut(3), want: "= 2 login id=0 status=0 out refresh_network"})},
		{"single flight: the renewal is repeated", patient(renewing(SingleFlight, 1)), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: status(2, 401), want: "3 refresh.0 r1"},
			turn{do: status(3, 503), want: "4 refresh.0 again1 wait=1s r1"},
			turn{do: tokens(4, "a2", "r2", 0), want: "5 page.0 again1 a2"},
			turn{do: pageOf(5, 7), want: "= 2 page id=7 status=200"})},
	}
}

// spaPatience are scripts of what follows a renewal, and expiry.
func spaPatience() []script {
	wary := Config{Kind: SPA, Refresh: SingleFlight, OnExpiry: true, Margin: 10 * time.Second, Requests: 2, User: 7}
	return []script{
		{"a second rejection is final", renewing(SingleFlight, 1), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: status(2, 401), want: "3 refresh.0 r1"},
			turn{do: tokens(3, "a2", "r2", 0), want: "4 page.0 again1 a2"},
			turn{do: status(4, 401), want: "= 2 login id=0 status=401 out rejected"})},
		{"a second rejection is repeated by the patient", patient(renewing(SingleFlight, 1)), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: status(2, 401), want: "3 refresh.0 r1"},
			turn{do: tokens(3, "a2", "r2", 0), want: "4 page.0 again1 a2"},
			turn{do: status(4, 401), want: "5 page.0 again2 wait=1s a2"},
			turn{do: status(5, 401), want: "6 page.0 again3 wait=2s a2"},
			turn{do: status(6, 401), want: "= 2 login id=0 status=401 out rejected"})},
		{"nothing to renew with", renewing(SingleFlight, 1), []turn{
			{do: Login, want: "1 login.0"},
			{do: tokens(1, "a1", "", 0), want: "= 1 done id=0 status=200"},
			{do: Page, want: "2 page.0 a1"},
			{do: status(2, 401), want: "= 2 login id=0 status=401 out rejected"}}},
		{"expiry: in time", wary, in(
			turn{at: 89 * time.Second, do: Page, want: "2 page.0 a1\n3 page.1 a1"},
			turn{at: 89 * time.Second, do: pageOf(2, 7)},
			turn{at: 89 * time.Second, do: pageOf(3, 7), want: "= 2 page id=7 status=200"})},
		{"expiry: renews first", wary, in(
			turn{at: 90 * time.Second, do: Page, want: "2 refresh.0 r1"},
			turn{at: 91 * time.Second, do: tokens(2, "a2", "r2", 5*time.Second), want: "3 page.0 a2\n4 page.1 a2"},
			turn{at: 92 * time.Second, do: pageOf(3, 7)},
			turn{at: 92 * time.Second, do: pageOf(4, 7), want: "= 2 page id=7 status=200"})},
		{"expiry: the answer's way here is part of the token's life", wary, in(
			turn{at: 90 * time.Second, do: Page, want: "2 refresh.0 r1"},
			turn{at: 95 * time.Second, do: tokens(2, "a2", "r2", 20*time.Second), want: "3 page.0 a2\n4 page.1 a2"},
			turn{at: 95 * time.Second, do: pageOf(3, 7)},
			turn{at: 95 * time.Second, do: pageOf(4, 7), want: "= 2 page id=7 status=200"},
			turn{at: 101 * time.Second, do: Page, want: "5 refresh.0 r2"},
			turn{at: 102 * time.Second, do: tokens(5, "a3", "r3", 0), want: "6 page.0 a3\n7 page.1 a3"},
			turn{at: 102 * time.Second, do: pageOf(6, 7)},
			turn{at: 102 * time.Second, do: pageOf(7, 7), want: "= 3 page id=7 status=200"})},
		{"expiry: a rejection is final without on-unauthorized", wary, in(
			turn{do: Page, want: "2 page.0 a1\n3 page.1 a1"},
			turn{do: status(2, 401)},
			turn{do: pageOf(3, 7), want: "= 2 login id=7 status=401 out rejected"})},
		{"expiry, naive: every part by itself", Config{Kind: SPA, Refresh: Naive, OnExpiry: true, Requests: 2}, in(
			turn{at: 100 * time.Second, do: Page, want: "2 refresh.0 r1\n3 refresh.1 r1"},
			turn{at: 101 * time.Second, do: tokens(2, "a2", "r2", 0), want: "4 page.0 a2"},
			turn{at: 101 * time.Second, do: status(3, 401)},
			turn{at: 102 * time.Second, do: pageOf(4, 7), want: "= 2 login id=7 status=401 out refresh_rejected"})},
	}
}

// spaEras are scripts of logouts, replays, and logins that follow each other.
func spaEras() []script {
	return []script{
		{"logout, replay", plain(), in(
			turn{do: Logout, want: "2 logout.0 a1 r1"},
			turn{do: Page, want: "= 3 login id=0 status=0 out no_credential"},
			turn{do: status(2, 204), want: "= 2 done id=0 status=204 out"},
			turn{do: Replay, want: "3 page.0 a1"},
			turn{do: pageOf(3, 7), want: "= 4 page id=7 status=200 out"},
			turn{do: Replay, want: "4 page.0 a1"},
			turn{do: status(4, 401), want: "= 5 login id=0 status=401 out rejected"})},
		{"a failed logout is done here", plain(), in(
			turn{do: Logout, want: "2 logout.0 a1 r1"},
			turn{do: cut(2), want: "= 2 done id=0 status=0 out network"})},
		{"a logout is repeated with the credentials of its login", patient(plain()), in(
			turn{do: Logout, want: "2 logout.0 a1 r1"},
			turn{do: Login, want: "3 login.0"},
			turn{do: tokens(3, "a2", "r2", 0), want: "= 3 done id=0 status=200"},
			turn{do: cut(2), want: "4 logout.0 again1 wait=1s a1 r1"},
			turn{do: status(4, 503), want: "5 logout.0 again2 wait=2s a1 r1"},
			turn{do: status(5, 503), want: "= 2 done id=0 status=503 network"})},
		{"a replay never renews and changes nothing", renewing(SingleFlight, 1), in(
			turn{do: Logout, want: "2 logout.0 a1 r1"},
			turn{do: status(2, 204), want: "= 2 done id=0 status=204 out"},
			turn{do: Login, want: "3 login.0"},
			turn{do: tokens(3, "a2", "r2", 0), want: "= 3 done id=0 status=200"},
			turn{do: Replay, want: "4 page.0 a1"},
			turn{do: status(4, 401), want: "= 4 login id=0 status=401 rejected"},
			turn{do: Page, want: "5 page.0 a2"},
			turn{do: pageOf(5, 7), want: "= 5 page id=7 status=200"})},
		{"a rejection of an earlier login ends no later one", renewing(SingleFlight, 1), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: Login, want: "3 login.0"},
			turn{do: tokens(3, "a2", "r2", 0), want: "= 3 done id=0 status=200"},
			turn{do: status(2, 401), want: "= 2 login id=0 status=401 rejected"})},
		{"a renewal for an earlier login decides nothing", renewing(SingleFlight, 1), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: status(2, 401), want: "3 refresh.0 r1"},
			turn{do: Login, want: "4 login.0"},
			turn{do: tokens(4, "a2", "r2", 0), want: "= 3 done id=0 status=200"},
			turn{do: Page, want: "5 page.0 a2"},
			turn{do: status(5, 401)},
			turn{do: tokens(3, "a9", "r9", 0), want: "6 refresh.0 r2\n= 2 login id=0 status=200 rejected"},
			turn{do: tokens(6, "a3", "r3", 0), want: "7 page.0 again1 a3"},
			turn{do: pageOf(7, 7), want: "= 4 page id=7 status=200"})},
		{"another tab's lost login is the reason", renewing(SingleFlight, 1), in(
			turn{do: Page, want: "2 page.0 a1"},
			turn{do: Page, want: "3 page.0 a1"},
			turn{do: status(2, 401), want: "4 refresh.0 r1"},
			turn{do: cut(4), want: "= 2 login id=0 status=0 out refresh_network"},
			turn{do: status(3, 401), want: "= 3 login id=0 status=401 out refresh_network"})},
	}
}

func TestHeld(t *testing.T) {
	c := converse(t, Config{Kind: SPA}, in())
	require.Equal(t, "a1", c.Held())
	require.True(t, c.LoggedIn())
	require.False(t, c.CanReplay())
	c.Begin(Action{Kind: Logout}, 0)
	require.True(t, c.CanReplay())
	require.Empty(t, c.Held())
	require.False(t, c.LoggedIn())
}

func TestBackOffDoesNotOverflow(t *testing.T) {
	c := New(Config{Backoff: time.Hour})
	require.Equal(t, 8*time.Hour, c.backOff(3))
	require.Equal(t, never, c.backOff(100))
}
