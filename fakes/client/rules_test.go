package client

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// whys are the words of this file's tables.
var whys = [...]string{
	0: "", WhyDomain: "domain", WhyPath: "path", WhySecure: "secure", WhySameSite: "samesite",
	WhyPrefix: "prefix", WhyOverlays: "overlays", WhyShadowed: "shadowed",
}

func origin(t *testing.T, s string) Origin {
	t.Helper()
	o, err := ParseOrigin(s)
	require.NoError(t, err)
	return o
}

// context reads "[POST|frame] to [from]": without more a navigation by GET that
// the user types.
func context(t *testing.T, s string) *place {
	t.Helper()
	c := Context{TopLevel: true}
	words := strings.Fields(s)
	switch words[0] {
	case "POST":
		c.Unsafe, words = true, words[1:]
	case "frame":
		c.TopLevel, words = false, words[1:]
	}
	c.To = origin(t, words[0])
	if len(words) > 1 {
		c.From = origin(t, words[1])
	}
	return placeOf(c)
}

func parse(t *testing.T, line string) *SetCookie {
	t.Helper()
	sc, err := ParseSetCookie(line)
	require.NoError(t, err)
	return &sc
}

// TestStorage goes through section 5.7 of RFC 6265bis.
func TestStorage(t *testing.T) {
	const www = "https://www.example.test"
	for _, tt := range []struct{ from, set, want string }{
		// The Domain attribute.
		{www, "a=1", ""},
		{www, "a=1; Domain=example.test", ""},
		{www, "a=1; Domain=.example.test", ""},
		{www, "a=1; Domain=WWW.Example.Test", ""},
		{www, "a=1; Domain=app.example.test", "domain"},
		{www, "a=1; Domain=x.www.example.test", "domain"},
		{www, "a=1; Domain=ample.test", "domain"},
		{www, "a=1; Domain=test", "domain"},
		{"https://shop.co.uk", "a=1; Domain=co.uk", "domain"},
		{"https://me.github.io", "a=1; Domain=github.io", "domain"},
		{"https://github.io", "a=1; Domain=github.io", ""},
		{"https://192.0.2.1", "a=1; Domain=192.0.2.1", ""},
		{"https://192.0.2.1", "a=1; Domain=0.2.1", "domain"},
		// Secure.
		{"http://www.example.test", "a=1", ""},
		{"http://www.example.test", "a=1; Secure", "secure"},
		{"http://localhost", "a=1; Secure", ""},
		{"http://app.localhost", "a=1; Secure", ""},
		{"http://127.0.0.1", "a=1; Secure", ""},
		{"http://[::1]", "a=1; Secure", ""},
		{"http://127.example.test", "a=1; Secure", "secure"},
		// SameSite=None wants Secure.
		{www, "a=1; SameSite=None", "secure"},
		{www, "a=1; SameSite=None; Secure", ""},
		// SameSite from another site: a navigation may set it, a frame may not.
		{www + " https://other.test", "a=1; SameSite=Strict", ""},
		{"POST " + www + " https://other.test", "a=1; SameSite=Lax", ""},
		{"frame " + www + " https://other.test", "a=1; SameSite=Lax", "samesite"},
		{"frame " + www + " https://other.test", "a=1", "samesite"},
		{"frame " + www + " https://other.test", "a=1; SameSite=None; Secure", ""},
		{"frame " + www + " https://app.example.test", "a=1; SameSite=Strict", ""},
		{"frame " + www + " http://www.example.test", "a=1; SameSite=Lax", "samesite"},
		// Prefixes.
		{www, "__Secure-a=1; Secure", ""},
		{www, "__Secure-a=1", "prefix"},
		{www, "__SECURE-a=1", "prefix"},
		{"http://localhost", "__Secure-a=1; Secure", ""},
		{"http://www.example.test", "__Secure-a=1; Secure", "secure"},
		{www, "__Host-a=1; Secure; Path=/", ""},
		{www, "__Host-a=1; Secure", "prefix"},
		{www, "__Host-a=1; Path=/", "prefix"},
		{www, "__Host-a=1; Secure; Path=/app", "prefix"},
		{www, "__Host-a=1; Secure; Path=/; Domain=www.example.test", "prefix"},
		{www, "__host-a=1; Secure", "prefix"},
		{www, "=__Host-a=1; Secure; Path=/", "prefix"},
	} {
		j := newJar(time.Time{})
		got := j.set(parse(t, tt.set), context(t, tt.from), "/login", 0)
		require.Equal(t, tt.want, whys[got], "%s sets %s", tt.from, tt.set)
		require.Equal(t, tt.want == "", len(j.cookies) == 1)
	}
}

// TestRetrieval goes through section 5.8.3. All cookies are set by a page at
// https://www.example.test.
func TestRetrieval(t *testing.T) {
	const www, other = "https://www.example.test", "https://other.test"
	for _, tt := range []struct {
		set, to string
		at      time.Duration
		want    string // sent, then what became of the others
	}{
		{"a=1", www, 0, "a=1"},
		{"a=1", "https://app.example.test", 0, "a domain"},
		{"a=1", "https://x.www.example.test", 0, "a domain"},
		{"a=1; Domain=example.test", "https://app.example.test", 0, "a=1"},
		{"a=1; Domain=example.test", "https://example.test", 0, "a=1"},
		{"a=1; Domain=example.test", "https://notexample.test", 0, "a domain"},
		{"a=1; Domain=www.example.test", "https://app.example.test", 0, "a domain"},
		{"a=1; Domain=www.example.test", "https://x.www.example.test", 0, "a=1"},
		{"a=1; Path=/app", www, 0, "a path"},
		{"a=1; Path=/page", www, 0, "a=1"},
		// A cookie without Secure goes over both.
		{"a=1", "http://www.example.test", 0, "a=1"},
		{"a=1; Secure", "http://www.example.test", 0, "a secure"},
		// SameSite.
		{"a=1; SameSite=Strict", www + " https://app.example.test", 0, "a=1"},
		{"a=1; SameSite=Strict", www + " " + other, 0, "a samesite"},
		{"a=1; SameSite=Strict", www + " http://www.example.test", 0, "a samesite"},
		{"a=1; SameSite=Strict", www, 0, "a=1"},
		{"a=1; SameSite=Lax", www + " " + other, 0, "a=1"},
		{"a=1; SameSite=Lax", "POST " + www + " " + other, 0, "a samesite"},
		{"a=1; SameSite=Lax", "POST " + www + " " + www, 0, "a=1"},
		{"a=1; SameSite=Lax", "frame " + www + " " + other, 0, "a samesite"},
		{"a=1", www + " " + other, 0, "a=1"},
		{"a=1", "frame " + www + " " + other, 0, "a samesite"},
		{"a=1", "POST " + www + " " + other, laxPost - 1, "a=1"},
		{"a=1", "POST " + www + " " + other, laxPost, "a samesite"},
		{"a=1; SameSite=None; Secure", "frame " + www + " " + other, 0, "a=1"},
		{"a=1; SameSite=None; Secure", "POST " + www + " " + other, time.Hour, "a=1"},
		// Two of one name: the longer path first, then the older.
		{"a=1; Path=/ | a=2; Path=/page", www, 0, "a=2 a=1 a shadowed"},
		{"a=1; Path=/ | a=2; Path=/; Domain=example.test", www, 0, "a=1 a=2 a shadowed"},
		{"a=1; Path=/ | b=1; Path=/ | a=2; Path=/", www, 0, "a=2 b=1"},
		{"a=1; Path=/ | a=2; Path=/; Domain=example.test", "https://app.example.test", 0, "a=2 a domain"},
	} {
		j := newJar(time.Time{})
		to := context(t, tt.to)
		for line := range strings.SplitSeq(tt.set, " | ") {
			require.Zero(t, j.set(parse(t, line), context(t, www), "/login", 0))
		}
		j.present(to, OpPage, 1, 0) // what is kept of it must not be too old, either
		v := j.present(to, OpPage, 1, tt.at)
		var got []string
		for _, c := range v.cookies {
			got = append(got, c.Name+"="+c.Value.Text)
		}
		if v.way != nil {
			for _, f := range v.way.Fates {
				got = append(got, f.Name+" "+whys[f.Why])
			}
		}
		require.Equal(t, tt.want, strings.Join(got, " "), "%s to %s after %v", tt.set, tt.to, tt.at)
	}
}

// TestSecureCookiesAreLeftAlone is section 5.7 on cookies that come without TLS
// and would hide a Secure one.
func TestSecureCookiesAreLeftAlone(t *testing.T) {
	for _, tt := range []struct{ from, set, want string }{
		{"http://www.example.test", "a=2; Path=/app", "overlays"},
		{"http://www.example.test", "a=2; Path=/app/x", "overlays"},
		{"http://www.example.test", "a=2; Path=/app; Domain=example.test", "overlays"},
		{"http://www.example.test", "a=2; Path=/app; Max-Age=0", "overlays"},
		{"http://www.example.test", "a=2; Path=/", ""},
		{"http://www.example.test", "b=2; Path=/app", ""},
		{"http://api.example.test", "a=2; Path=/app", ""},
		{"https://www.example.test", "a=2; Path=/app", ""},
	} {
		j := newJar(time.Time{})
		require.Zero(t, j.set(parse(t, "a=1; Secure; Path=/app"), context(t, "https://www.example.test"), "/", 0))
		got := j.set(parse(t, tt.set), context(t, tt.from), "/", 0)
		require.Equal(t, tt.want, whys[got], "%s sets %s", tt.from, tt.set)
	}
}

func TestOrigins(t *testing.T) {
	for _, s := range []string{"", "www.example.test", "ftp://a.test", "http://", "http://a.test:80", "http://a.test/x", "http://u@a.test"} {
		_, err := ParseOrigin(s)
		require.Error(t, err, s)
	}
	require.Equal(t, "https://a.test", origin(t, "https://A.test").String())
	require.Empty(t, Origin{}.String())
	for o, site := range map[string]string{
		"https://a.b.example.test": "https://example.test", "http://x.shop.co.uk": "http://shop.co.uk",
		"https://me.github.io": "https://me.github.io", "http://192.0.2.1": "http://192.0.2.1", "http://localhost": "http://localhost",
	} {
		require.Equal(t, site, origin(t, o).site())
	}
}
