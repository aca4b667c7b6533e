package client

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHosts: where requests go, and which cookies go with them.
func TestHosts(t *testing.T) {
	www, app := Origin{true, "www.example.test"}, Origin{true, "app.example.test"}
	c := New(Config{User: 7, Hosts: Hosts{Home: www, Other: app, OtherEvery: 2}})
	r := c.Begin(Action{ID: 1, Kind: Login}, 0).Send[0]
	require.Equal(t, www, r.Way.To)
	c.OnResponse(cookies(r.Seq, 303, "sid=s1; Path=/"), 0)

	r = c.Begin(Action{ID: 2, Kind: Page, Page: 1}, 0).Send[0]
	require.Equal(t, www, r.Way.To)
	require.Equal(t, []Cookie{{"sid", text("s1")}}, r.Cookies)
	require.Empty(t, r.Way.Fates)
	c.OnResponse(pageOf(r.Seq, 7), 0)

	r = c.Begin(Action{ID: 3, Kind: Page, Page: 2}, 0).Send[0]
	require.Equal(t, app, r.Way.To)
	require.Empty(t, r.Cookies)
	require.Equal(t, []Fate{{"sid", WhyDomain}}, r.Way.Fates)
	r = c.OnResponse(toLogin(r.Seq), 0).Send[0]
	require.Equal(t, OpLoginForm, r.Op)
	require.Equal(t, app, r.Way.To, "Location is relative")
	require.True(t, c.OnResponse(form(r.Seq), 0).Outcomes[0].LoggedOut)

	r = c.Begin(Action{ID: 4, Kind: Login}, 0).Send[0]
	require.Equal(t, www, r.Way.To)
	out := c.OnResponse(cookies(r.Seq, 303, "sid=s2; Domain=example.org"), 0).Outcomes[0]
	require.Equal(t, []Fate{{"sid", WhyDomain}}, out.Fates)
}

// TestSignIn: what a sign-in elsewhere leads to is still a navigation of that
// other site.
func TestSignIn(t *testing.T) {
	hosts := Hosts{Home: Origin{true, "www.example.test"}, SignIn: Origin{true, "idp.test"}}
	begin := func(set string) (*Client, Request) {
		c := New(Config{User: 7, Hosts: hosts})
		r := c.Begin(Action{ID: 1, Kind: Login}, 0).Send[0]
		step := c.OnResponse(cookies(r.Seq, 303, set), 0)
		require.Empty(t, step.Outcomes)
		require.Equal(t, OpHome, step.Send[0].Op)
		return c, step.Send[0]
	}
	c, r := begin("sid=s; Path=/; SameSite=Lax")
	require.Equal(t, []Cookie{{"sid", text("s")}}, r.Cookies)
	out := c.OnResponse(pageOf(r.Seq, 7), 0).Outcomes[0]
	require.Equal(t, Outcome{Action: 1, Shown: ShownDone, Identity: 7, Status: 303}, out)

	c, r = begin("sid=s; Path=/; SameSite=Strict")
	require.Empty(t, r.Cookies)
	require.Equal(t, []Fate{{"sid", WhySameSite}}, r.Way.Fates)
	out = c.OnResponse(status(r.Seq, 401), 0).Outcomes[0]
	require.Equal(t, Outcome{Action: 1, Shown: ShownLogin, Status: 401, LoggedOut: true, GaveUp: Rejected}, out)
	require.False(t, c.LoggedIn())

	c, r = begin("sid=s; Path=/; SameSite=Strict")
	r = c.OnResponse(toLogin(r.Seq), 0).Send[0]
	require.Equal(t, OpLoginForm, r.Op)
	out = c.OnResponse(form(r.Seq), 0).Outcomes[0]
	require.Equal(t, ShownLogin, out.Shown)
	require.True(t, out.LoggedOut)

	c, r = begin("sid=s; Path=/")
	out = c.OnResponse(cut(r.Seq), 0).Outcomes[0]
	require.Equal(t, ShownError, out.Shown)
	require.False(t, out.LoggedOut)
}

// TestKeptFromBefore: a cookie of an earlier release goes first, by its path.
func TestKeptFromBefore(t *testing.T) {
	c := New(Config{User: 7, Kept: []SetCookie{{Name: "sid", Path: "/page", Value: text("old")}}})
	r := c.Begin(Action{ID: 1, Kind: Login}, 0).Send[0]
	require.Empty(t, r.Cookies)
	c.OnResponse(cookies(r.Seq, 303, "sid=new; Path=/"), 0)
	r = c.Begin(Action{ID: 2, Kind: Page, Page: 1}, 0).Send[0]
	require.Equal(t, []Cookie{{"sid", text("old")}, {"sid", text("new")}}, r.Cookies)
	require.Equal(t, []Fate{{"sid", WhyShadowed}}, r.Way.Fates)
}
