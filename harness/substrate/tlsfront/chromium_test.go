package tlsfront_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/client/browsertest"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
	"github.com/logoutlab/logoutlab/harness/substrate/tlsfront"
	"github.com/logoutlab/logoutlab/scenarios"
)

// TestChromiumLogsIn lets a real browser use the systems of the scenarios about
// cookies: with the bug it ends at the login, with each cure it does not.
func TestChromiumLogsIn(t *testing.T) {
	for _, name := range []string{"cookie-domain", "cookie-path", "cookie-samesite", "cookie-secure"} {
		s, _, err := scenarios.Load("culprits/" + name)
		require.NoError(t, err)
		for _, v := range s.Variants {
			t.Run(name+"/"+v.Name, func(t *testing.T) {
				p, err := plan.Build(s, v.Name, plan.Options{Seed: 1, Compress: 1})
				require.NoError(t, err)
				in := visit(t, p)
				require.Equal(t, harmless(v), in, "is the user logged in, in the browser?")
			})
		}
	}
}

// harmless tells whether the scenario says that nobody is harmed.
func harmless(v scenario.Variant) bool { return v.Expect[0].Bound.String() == "0" }

// visit logs in with Chromium, as the plan's users do, opens every kind of page
// and tells whether all of them were the user's own.
func visit(t *testing.T, p *plan.Plan) bool {
	clock := substrate.NewClock()
	system, err := (&loopback.Substrate{}).Start(context.Background(), p, clock, &history.Memory{})
	require.NoError(t, err)
	defer func() { require.NoError(t, system.Close()) }()
	u, err := url.Parse(system.URL())
	require.NoError(t, err)
	front, err := tlsfront.Open([]string{"any.test"}, func(ctx context.Context, _ net.IP) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, front.Close()) }()
	b := browsertest.Start(t, browsertest.Hosts{HTTP: u.Host, HTTPS: front.Addr(), Certificate: front.Certificate()})

	a := p.Variant.Architecture
	home := a.Hosts.Home
	if path := a.Cookie.EarlierPath; path != "" {
		b.Open(t, home+"/healthz")
		b.Do(t, fmt.Sprintf("document.cookie = 'sid=%s; path=%s'", app.FormatSession(0xe<<60+1), path))
	}
	form := home
	if a.Hosts.SignIn != "" {
		form = a.Hosts.SignIn // any page of that site will do: it is its form that counts
	}
	b.Open(t, form+"/login")
	b.Do(t, fmt.Sprintf(`{ document.body.dataset.user = "before"; const f = document.forms.login; f.action = %q; f.user.value = "u1"; f.password.value = %q; f.submit(); }`,
		home+"/login", app.Password(1)))
	if landed := own(t, b, home, "/"); a.Hosts.SignIn != "" && !landed {
		b.Do(t, fmt.Sprintf(`document.body.dataset.user = "before"; location.href = %q`, home+"/page/1"))
		require.True(t, own(t, b, home, "/page/1"), "a link of the application's own page helps")
		return false
	}
	pages := []string{home + "/page/1"}
	if a.Hosts.Other != "" {
		pages = append(pages, a.Hosts.Other+"/page/4")
	}
	for _, page := range pages {
		b.Open(t, home+"/healthz")
		b.Do(t, fmt.Sprintf(`location.href = %q`, page))
		at, err := url.Parse(page)
		require.NoError(t, err)
		if !own(t, b, at.Scheme+"://"+at.Host, at.Path) {
			return false
		}
	}
	return true
}

// own waits until the browser is at the page, or was sent to the login, and
// tells whether it shows the user's data.
func own(t *testing.T, b *browsertest.Browser, origin, path string) bool {
	users := origin + path + "#u1"
	at := b.Until(t, `document.readyState === "complete" && document.body ? location.origin + location.pathname + "#" + (document.body.dataset.user || "") : ""`,
		func(at string) bool { return at == users || at == origin+"/login#" })
	return at == users
}
