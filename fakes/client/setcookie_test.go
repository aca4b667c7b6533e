package client

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseSetCookie(t *testing.T) {
	day := time.Date(2031, time.November, 6, 8, 49, 37, 0, time.UTC)
	table := []struct {
		in   string
		want SetCookie
	}{
		{"sid=abc", SetCookie{Name: "sid", Value: text("abc")}},
		{" sid = a b ; ", SetCookie{Name: "sid", Value: text("a b")}},
		{"sid=", SetCookie{Name: "sid"}},
		{"=abc", SetCookie{Value: text("abc")}},
		{"abc", SetCookie{Value: text("abc")}},
		{`sid="a=b"`, SetCookie{Name: "sid", Value: text(`"a=b"`)}},
		{"s=1; Path=/app; DOMAIN=.Example.com; secure; HttpOnly; SameSite=lax",
			SetCookie{Name: "s", Value: text("1"), Path: "/app", Domain: "example.com", Secure: true, HTTPOnly: true, SameSite: "Lax"}},
		{"s=1; SameSite=Sometimes", SetCookie{Name: "s", Value: text("1")}},
		{"s=1; Path=/a; Path=/b", SetCookie{Name: "s", Value: text("1"), Path: "/b"}},
		{"s=1; Path=/a; Path=b", SetCookie{Name: "s", Value: text("1")}},
		{"s=1; Path=/" + strings.Repeat("a", 1024), SetCookie{Name: "s", Value: text("1")}},
		{"s=1; Max-Age=60", SetCookie{Name: "s", Value: text("1"), HasMaxAge: true, MaxAge: time.Minute}},
		{"s=1; Max-Age=0", SetCookie{Name: "s", Value: text("1"), HasMaxAge: true}},
		{"s=1; Max-Age=-5", SetCookie{Name: "s", Value: text("1"), HasMaxAge: true}},
		{"s=1; Max-Age=1.5", SetCookie{Name: "s", Value: text("1")}},
		{"s=1; Max-Age=+5", SetCookie{Name: "s", Value: text("1")}},
		{"s=1; Max-Age=-", SetCookie{Name: "s", Value: text("1")}},
		{"s=1; Max-Age=60; Max-Age=x", SetCookie{Name: "s", Value: text("1"), HasMaxAge: true, MaxAge: time.Minute}},
		{"s=1; Max-Age=99999999999999999999", SetCookie{Name: "s", Value: text("1"), HasMaxAge: true, MaxAge: maxAge}},
		{"s=1; Expires=Thu, 06 Nov 2031 08:49:37 GMT", SetCookie{Name: "s", Value: text("1"), Expires: day}},
		{"s=1; Expires=tomorrow; Unknown=x", SetCookie{Name: "s", Value: text("1")}},
	}
	for _, tt := range table {
		got, err := ParseSetCookie(tt.in)
		require.NoError(t, err, tt.in)
		require.Equal(t, tt.want, got, tt.in)
	}
}

func TestParseSetCookieRefuses(t *testing.T) {
	for in, want := range map[string]error{
		"":                                  errEmpty,
		" = ; Path=/":                       errEmpty,
		"a=b\n":                             errControl,
		"a=b; Path=/\x00":                   errControl,
		"a=" + strings.Repeat("b", maxPair): errLong,
	} {
		_, err := ParseSetCookie(in)
		require.ErrorIs(t, err, want, "%q", in)
	}
}

func TestParseDate(t *testing.T) {
	want := time.Date(1994, time.November, 6, 8, 49, 37, 0, time.UTC)
	for _, in := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT",  // RFC 9110
		"Sunday, 06-Nov-94 08:49:37 GMT", // RFC 850
		"Sun Nov  6 08:49:37 1994",       // asctime
		"8:49:37 6 november 1994",
		"1994th 6th Nov 08:49:37x",
	} {
		got, ok := parseDate(in)
		require.True(t, ok, in)
		require.Equal(t, want, got, in)
	}
	for _, in := range []string{
		"", "Nov 1994 08:49:37", "6 Nov 08:49:37", "6 1994 08:49:37", "6 Nov 1994",
		"31 Feb 2031 00:00:00", "0 Nov 1994 00:00:00", "6 Nov 1600 00:00:00", "32 Nov 1994 00:00:00",
		"6 Nov 1994 24:00:00", "6 Nov 1994 00:60:00", "6 Nov 1994 00:00:60", "6 Nov 19945 00:00:00",
		"6 Nov 1994 123:00:00", "6 Nov 1994 00:00",
	} {
		_, ok := parseDate(in)
		require.False(t, ok, in)
	}
	for in, year := range map[string]int{"70": 1970, "99": 1999, "00": 2000, "69": 2069, "100": 0} {
		got, ok := parseDate("6 Nov " + in + " 00:00:00")
		require.Equal(t, year != 0, ok, in)
		if ok {
			require.Equal(t, year, got.Year(), in)
		}
	}
}

// format writes a cookie so that it reads as the same cookie.
func format(c SetCookie) string {
	s := c.Name + "=" + c.Value.Text
	for key, val := range map[string]string{"Path": c.Path, "Domain": c.Domain, "SameSite": c.SameSite} {
		if val != "" {
			s += "; " + key + "=" + val
		}
	}
	if c.HasMaxAge {
		s += fmt.Sprintf("; Max-Age=%d", c.MaxAge/time.Second)
	}
	if !c.Expires.IsZero() {
		s += "; Expires=" + c.Expires.Format("02 Jan 2006 15:04:05")
	}
	if c.Secure {
		s += "; Secure"
	}
	if c.HTTPOnly {
		s += "; HttpOnly"
	}
	return s
}

func FuzzParseSetCookie(f *testing.F) {
	for _, s := range []string{
		"sid=abc; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax", "a", "=", "a=b;Expires=Sun, 06 Nov 1994 08:49:37 GMT",
		"a=b; domain=..x; max-age=-1", "a=b\x7f",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseSetCookie(s)
		if err != nil {
			return
		}
		if strings.HasPrefix(c.Domain, ".") {
			c.Domain = "" // one leading dot is cut at each reading
		}
		again, err := ParseSetCookie(format(c))
		require.NoError(t, err)
		require.Equal(t, c, again)
	})
}
