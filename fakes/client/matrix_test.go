package client

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/client/browsertest"
)

const (
	www, wwwPlain = "https://www.example.test", "http://www.example.test"
	app, appPlain = "https://app.example.test", "http://app.example.test"
	idp, idpPlain = "https://login.idp.test", "http://login.idp.test"
	local         = "http://localhost"
)

// kind is a cookie of the matrix: its name's prefix and its attributes.
type kind struct{ prefix, attributes string }

func (k kind) line(i int) string {
	return fmt.Sprintf("%sc%d=v; %s", k.prefix, i, k.attributes)
}

// kinds are the attributes in all combinations that touch each other.
func kinds() []kind {
	var out []kind
	add := func(prefix string, attributes ...string) {
		out = append(out, kind{prefix, strings.Join(slices.DeleteFunc(attributes, func(s string) bool { return s == "" }), "; ")})
	}
	secure := []string{"", "Secure"}
	for _, domain := range []string{"", "Domain=example.test", "Domain=www.example.test", "Domain=app.example.test", "Domain=test"} {
		for _, s := range secure {
			for _, site := range []string{"", "SameSite=Strict", "SameSite=Lax", "SameSite=None"} {
				add("", "Path=/", domain, s, site)
			}
		}
	}
	for _, path := range []string{"", "Path=/show", "Path=/show/", "Path=/sho", "Path=/deep", "Path=deep"} {
		for _, s := range secure {
			add("", path, s)
		}
	}
	for _, prefix := range []string{"__Secure-", "__Host-", "__host-"} {
		for _, domain := range []string{"", "Domain=www.example.test"} {
			for _, path := range []string{"", "Path=/", "Path=/show"} {
				for _, s := range secure {
					add(prefix, path, domain, s)
				}
			}
		}
	}
	return out
}

// flows are the ways to pages at https (or at http, with origins as given).
func flows(www, app, idp string) []flow {
	found, other, keep := http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect
	return []flow{
		{name: "address typed", to: www},
		{name: "address of the subdomain typed", to: app},
		{name: "address of a deeper page typed", to: www, path: "deep"},
		{name: "link, same host", from: www, how: "link", to: www},
		{name: "link, from a sibling host", from: app, how: "link", to: www},
		{name: "link, to a sibling host", from: www, how: "link", to: app},
		{name: "link, from another site", from: idp, how: "link", to: www},
		{name: "form, same host", from: www, how: "post", to: www},
		{name: "form, from a sibling host", from: app, how: "post", to: www},
		{name: "form, from another site", from: idp, how: "post", to: www},
		{name: "sign-in: link, and back by another site's redirect", from: www, how: "link", via: idp, code: found, to: www},
		{name: "sign-in: another site's link, redirected by us", from: idp, how: "link", via: www, code: found, to: www},
		{name: "sign-in: another site's form, redirected by us (303)", from: idp, how: "post", via: www, code: other, to: www},
		{name: "another site's form, sent on as POST (307)", from: idp, how: "post", via: www, code: keep, to: www},
		{name: "our form, sent on as POST by another site (307)", from: www, how: "post", via: idp, code: keep, to: www},
		{name: "frame, same host", from: www, how: "frame", to: www},
		{name: "frame, in a sibling host's page", from: app, how: "frame", to: www},
		{name: "frame, in another site's page", from: idp, how: "frame", to: www},
		{name: "fetch, same host", from: www, how: "fetch", to: www},
		{name: "fetch, from a sibling host", from: app, how: "fetch", to: www},
		{name: "fetch, to a sibling host", from: www, how: "fetch", to: app},
		{name: "fetch, from another site", from: idp, how: "fetch", to: www},
	}
}

// across are the ways between http and https; the browser makes no frames and
// fetches of http in pages of https.
func across() []flow {
	return []flow{
		{name: "link, from https to http", from: www, how: "link", to: wwwPlain},
		{name: "link, from http to https", from: wwwPlain, how: "link", to: www},
		{name: "form, from http to https", from: wwwPlain, how: "post", to: www},
		{name: "frame of https in http", from: wwwPlain, how: "frame", to: www},
		{name: "fetch of https from http", from: wwwPlain, how: "fetch", to: www},
		{name: "http, typed", to: wwwPlain},
	}
}

// row is a flow with what Chromium sent of each cookie.
type row struct {
	by   string // the origin that set the cookies
	flow flow
	sent map[string]bool
}

// cell is one that differs.
type cell struct{ by, flow, cookie, model, browser string }

// TestChromium holds the jar against Chromium: all kinds of cookies, set by
// pages of several origins, on all ways.
func TestChromium(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := browsertest.Start(t, s.hosts())
	began := time.Now()
	var rows []row
	var differ []cell
	cells := 0
	for _, by := range []struct {
		origin string
		flows  []flow
	}{
		{www, slices.Concat(flows(www, app, idp), across())},
		{wwwPlain, slices.Concat(flows(wwwPlain, appPlain, idpPlain), across())},
		{local, []flow{{name: "address typed", to: local}, {name: "link, same host", from: local, how: "link", to: local},
			{name: "frame, in another site's page", from: idpPlain, how: "frame", to: local}}},
	} {
		b.Forget(t)
		j := newJar(time.Time{})
		var lines []string
		for i, k := range kinds() {
			lines = append(lines, k.line(i))
		}
		s.set(t, b, &j, by.origin, lines)
		for n, f := range by.flows {
			got := row{by.origin, f, names(f.travel(t, s, b, fmt.Sprintf("%d-%d", len(rows), n)))}
			rows = append(rows, got)
			model := j.look(f.context(t), f.target("x"), 0)
			for i, k := range kinds() {
				cells++
				name := fmt.Sprintf("%sc%d", k.prefix, i)
				want := slices.ContainsFunc(model.cookies, func(c Cookie) bool { return c.Name == name })
				if want != got.sent[name] {
					differ = append(differ, cell{by.origin, f.name, k.line(i), sent(want), sent(got.sent[name])})
				}
			}
		}
	}
	scripts := 0
	for _, c := range conversations() {
		b.Forget(t)
		want, got := c.converse(t, s, b)
		scripts += len(want)
		for i := range want {
			if want[i] != got[i] {
				differ = append(differ, cell{c.name, c.steps[i], "", want[i], got[i]})
			}
		}
	}
	printTable(t, rows)
	fmt.Printf("\n%s\n%d cells and %d steps of %d conversations, in %.1f s: %d differ\n",
		b.Version(t), cells, scripts, len(conversations()), time.Since(began).Seconds(), len(differ))
	for _, c := range differ {
		if why := listed(c); why != "" {
			fmt.Printf("listed: %s | %s | %s: the model %q, Chromium %q: %s\n", c.by, c.flow, c.cookie, c.model, c.browser, why)
			continue
		}
		t.Errorf("%s | %s | %s: the model says %q, Chromium %q", c.by, c.flow, c.cookie, c.model, c.browser)
	}
	require.Greater(t, cells, 1000)
}

// TestChromiumLaxPost: a cookie without SameSite goes with another site's POST
// while it is young. Chromium has a switch that makes its two minutes ten seconds.
func TestChromiumLaxPost(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	h := s.hosts()
	h.Flags = map[string]any{"enable-features": "ShortLaxAllowUnsafeThreshold"}
	b := browsertest.Start(t, h)
	j := newJar(time.Time{})
	s.set(t, b, &j, www, []string{"none=v; Path=/", "lax=v; Path=/; SameSite=Lax"})
	form := flow{from: idp, how: "post", to: www}
	require.Equal(t, "none=v", form.travel(t, s, b, "young"))
	require.Equal(t, "none=v", header(j.look(form.context(t), "/show/", laxPost-1).cookies))
	time.Sleep(11 * time.Second)
	require.Empty(t, form.travel(t, s, b, "old"))
	require.Empty(t, header(j.look(form.context(t), "/show/", laxPost).cookies))
}

func sent(yes bool) string {
	if yes {
		return "sent"
	}
	return "not sent"
}

// listed says of a cell that differs what the specification wants and what the
// browser does; "" if it is not known.
func listed(c cell) string {
	if c.by == replaced && c.model == "a=show; a=again; b=root" && c.browser == "a=show; b=root; a=again" {
		return "a cookie that is set again keeps its time of creation, and with it its place in the header (RFC 6265bis section 5.7); " +
			"in Chromium it does so only with the same value"
	}
	return ""
}

// printTable writes the matrix's core: what goes where, of cookies that are for the
// host alone, and of one for the parent domain.
func printTable(t *testing.T, rows []row) {
	t.Helper()
	core := []kind{
		{"", "Path=/"}, {"", "Path=/; SameSite=Strict"}, {"", "Path=/; SameSite=Lax"}, {"", "Path=/; SameSite=None"},
		{"", "Path=/; Secure"}, {"", "Path=/; Secure; SameSite=Strict"}, {"", "Path=/; Secure; SameSite=Lax"},
		{"", "Path=/; Secure; SameSite=None"}, {"", "Path=/; Domain=example.test"}, {"__Host-", "Path=/; Secure"},
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "| set by | the way to the page | none | Strict | Lax | None | Secure | Secure Strict | Secure Lax | Secure None | Domain=parent | __Host- |")
	fmt.Fprintln(w, "|"+strings.Repeat(" --- |", 2+len(core)))
	all := kinds()
	for _, r := range rows {
		line := "| " + r.by + "\t| " + r.flow.name + "\t|"
		for _, k := range core {
			i := slices.Index(all, k)
			require.GreaterOrEqual(t, i, 0, k)
			mark := "-"
			if r.sent[fmt.Sprintf("%sc%d", k.prefix, i)] {
				mark = "sent"
			}
			line += " " + mark + "\t|"
		}
		fmt.Fprintln(w, line)
	}
	require.NoError(t, w.Flush())
}

// conversation is a script for one jar. A step is "ORIGIN sets LINE | LINE",
// "ORIGIN sets LINE in a frame of ORIGIN", "... fetched by ORIGIN",
// "... by a form of ORIGIN", or "ORIGIN/path": an address typed, whose Cookie
// header is compared as a whole.
type conversation struct {
	name  string
	steps []string
}

// replaced is the name of a conversation in which Chromium and the
// specification differ.
const replaced = "longer paths first, then the older; set again with another value"

func conversations() []conversation {
	sets := func(origin, lines string) string { return origin + " sets " + lines }
	return []conversation{
		{"again with the same value", []string{
			sets(www, "a=root; Path=/ | b=root; Path=/"), sets(www, "a=root; Path=/; SameSite=Lax"), www + "/show/"}},
		{replaced, []string{
			sets(www, "a=root; Path=/ | a=show; Path=/show | b=root; Path=/"), www + "/show/", sets(www, "a=again; Path=/"), www + "/show/"}},
		{"one name, host-only and for the domain", []string{
			sets(www, "a=host; Path=/"), sets(www, "a=domain; Path=/; Domain=example.test"), www + "/show/", app + "/show/"}},
		{"the same Domain replaces, with or without the dot", []string{
			sets(www, "a=1; Path=/; Domain=example.test"), sets(www, "a=2; Path=/; Domain=.example.test"), www + "/show/"}},
		{"Secure cookies are left alone", []string{
			sets(www, "a=secure; Path=/; Secure"), sets(wwwPlain, "a=plain; Path=/"), www + "/show/", wwwPlain + "/show/"}},
		{"also from a path below", []string{
			sets(www, "a=secure; Path=/; Secure"), sets(wwwPlain, "a=plain; Path=/show"), www + "/show/", wwwPlain + "/show/"}},
		{"but not from a path above", []string{
			sets(www, "a=secure; Path=/show; Secure"), sets(wwwPlain, "a=plain; Path=/"), www + "/show/", wwwPlain + "/show/"}},
		{"nor on another host", []string{
			sets(www, "a=secure; Path=/; Secure"), sets(appPlain, "a=plain; Path=/"), app + "/show/", www + "/show/"}},
		{"a parent's Secure cookie is left alone too", []string{
			sets(www, "a=secure; Path=/; Secure; Domain=example.test"), sets(appPlain, "a=plain; Path=/"), app + "/show/", appPlain + "/show/"}},
		{"expired by Max-Age, on its own path alone", []string{
			sets(www, "a=1; Path=/ | b=1; Path=/"), sets(www, "a=; Path=/show; Max-Age=0 | b=; Path=/; Max-Age=0"), www + "/show/"}},
		{"expired by Expires", []string{
			sets(www, "a=1; Path=/"), sets(www, "a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"), www + "/show/"}},
		{"Max-Age goes before Expires", []string{
			sets(www, "a=1; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"), www + "/show/"}},
		{"not expired without its Domain", []string{
			sets(www, "a=1; Path=/; Domain=example.test"), sets(www, "a=; Path=/; Max-Age=0"), www + "/show/"}},
		{"set in another site's frame", []string{
			sets(www, "a=1; Path=/ | b=1; Path=/; SameSite=Lax | c=1; Path=/; SameSite=Strict | d=1; Path=/; SameSite=None; Secure") + " in a frame of " + idp, www + "/show/"}},
		{"set in a sibling's frame", []string{
			sets(www, "a=1; Path=/ | b=1; Path=/; SameSite=Lax | c=1; Path=/; SameSite=Strict") + " in a frame of " + app, www + "/show/"}},
		{"set by a fetch of another site", []string{
			sets(www, "a=1; Path=/ | b=1; Path=/; SameSite=Strict | d=1; Path=/; SameSite=None; Secure") + " fetched by " + idp, www + "/show/"}},
		{"set where another site's form leads", []string{
			sets(www, "a=1; Path=/ | b=1; Path=/; SameSite=Lax | c=1; Path=/; SameSite=Strict") + " by a form of " + idp, www + "/show/"}},
		{"a cookie without a name", []string{sets(www, "=alone; Path=/ | alone2; Path=/"), www + "/show/"}},
		{"without a name, but as if it had one", []string{sets(www, "=__Host-a=1; Path=/; Secure | __Secure-b; Path=/; Secure"), www + "/show/"}},
		{"upper and lower case are different names", []string{sets(www, "a=1; Path=/ | A=2; Path=/"), www + "/show/"}},
		{"attributes in odd spelling", []string{
			sets(www, "a=1; PATH=/ ;SECURE ; sameSITE=lax | b=1; Path=/; Secure=false | c=1; Path=/; SameSite=Sometimes"), www + "/show/", wwwPlain + "/show/"}},
		{"the last of two attributes counts", []string{sets(www, "a=1; Path=/; Path=/deep | b=1; Path=/deep; Path=/"), www + "/show/"}},
		{"a public suffix", []string{sets("https://me.github.io", "a=1; Path=/; Domain=github.io | b=1; Path=/"), "https://me.github.io/show/", "https://you.github.io/show/"}},
		{"a public suffix's own cookie", []string{sets("https://github.io", "a=1; Path=/; Domain=github.io"), "https://github.io/show/", "https://you.github.io/show/"}},
		{"an address has no parent", []string{sets("http://127.0.0.1", "a=1; Path=/; Domain=127.0.0.1 | b=1; Path=/; Domain=0.0.1 | c=1; Path=/; Secure"), "http://127.0.0.1/show/"}},
		{"names below localhost", []string{sets("http://app.localhost", "a=1; Path=/; Secure | b=1; Path=/; Domain=localhost"), "http://app.localhost/show/"}},
	}
}

// converse plays the steps in both, and returns what each sent at every step.
func (c conversation) converse(t *testing.T, s *site, b *browsertest.Browser) (model, browser []string) {
	t.Helper()
	j := newJar(time.Time{})
	for i, step := range c.steps {
		at := time.Duration(i) * time.Millisecond
		from, rest, sets := strings.Cut(step, " sets ")
		if !sets {
			u, err := url.Parse(step)
			require.NoError(t, err)
			f := flow{to: u.Scheme + "://" + u.Host}
			id := fmt.Sprintf("c%p-%d", &j, i)
			browser = append(browser, f.travel(t, s, b, id))
			model = append(model, header(j.look(f.context(t), u.Path, at).cookies))
			continue
		}
		f := flow{to: from, path: "set"}
		for words, how := range map[string]string{" in a frame of ": "frame", " fetched by ": "fetch", " by a form of ": "post"} {
			if lines, by, ok := strings.Cut(rest, words); ok {
				rest, f.from, f.how = lines, by, how
			}
		}
		lines := strings.Split(rest, " | ")
		address := from + "/set?" + url.Values{"line": lines}.Encode()
		if f.from == "" {
			b.Open(t, address)
		} else {
			b.Open(t, f.from+"/page")
			b.Do(t, fmt.Sprintf(scripts[f.how], address))
			time.Sleep(300 * time.Millisecond) // until the answer is in
		}
		for _, line := range lines {
			j.set(parse(t, line), f.context(t), "/set", at)
		}
		model, browser = append(model, ""), append(browser, "")
	}
	return model, browser
}

// header is the Cookie header of these cookies.
func header(cookies []Cookie) string {
	var all []string
	for _, c := range cookies {
		pair := c.Name + "=" + c.Value.Text
		if c.Name == "" {
			pair = c.Value.Text
		}
		all = append(all, pair)
	}
	return strings.Join(all, "; ")
}
