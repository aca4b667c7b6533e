package client

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPathMatch(t *testing.T) {
	for _, tt := range []struct {
		request, cookie string
		want            bool
	}{
		{"/page/1", "/", true}, {"/page/1", "/page", true}, {"/page/1", "/page/", true}, {"/page", "/page", true},
		{"/pages", "/page", false}, {"/", "/page", false}, {"/page", "/page/", false},
	} {
		require.Equal(t, tt.want, pathMatch(tt.request, tt.cookie), tt)
	}
	require.Equal(t, "/", defaultPath("/login"))
	require.Equal(t, "/page", defaultPath("/page/1"))
}

func TestPaths(t *testing.T) {
	require.Equal(t, "/login", Path(OpLogin, 0))
	require.Equal(t, "/login", Path(OpLoginForm, 0))
	require.Equal(t, "/logout", Path(OpLogout, 0))
	require.Equal(t, "/", Path(OpHome, 0))
	require.Equal(t, "/refresh", Path(OpRefresh, 0))
	require.Equal(t, "/page/12", Path(OpPage, 12))
}

func TestJar(t *testing.T) {
	start := time.Date(2031, time.January, 1, 0, 0, 0, 0, time.UTC)
	table := []struct {
		name string
		set  []string
		at   time.Duration
		want string // at /page/1
	}{
		{"overwritten by name and path", []string{"a=1; Path=/", "b=2; Path=/", "a=3; Path=/"}, 0, "a=3 b=2"},
		{"one name, two paths: the longer first", []string{"a=1; Path=/", "a=2; Path=/page", "a=3; Path=/page/1"}, 0, "a=3 a=2 a=1"},
		{"cleared on its own path alone", []string{"a=1; Path=/", "a=; Path=/page; Max-Age=0"}, 0, "a=1"},
		{"cleared", []string{"a=1", "b=2", "a=; Max-Age=0"}, 0, "b=2"},
		{"clearing nothing", []string{"a=; Max-Age=0"}, 0, ""},
		{"another path", []string{"a=1; Path=/refresh"}, 0, ""},
		{"before Max-Age", []string{"a=1; Max-Age=10"}, 9 * time.Second, "a=1"},
		{"at Max-Age", []string{"a=1; Max-Age=10"}, 10 * time.Second, ""},
		{"before Expires", []string{"a=1; Expires=1 Jan 2031 00:00:10"}, 9 * time.Second, "a=1"},
		{"at Expires", []string{"a=1; Expires=1 Jan 2031 00:00:10"}, 10 * time.Second, ""},
		{"expired from the start", []string{"a=1", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, 0, ""},
		{"Max-Age goes before Expires", []string{"a=1; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, 5 * time.Second, "a=1"},
		{"Secure is no matter on a developer's own machine", []string{"a=1; Secure; SameSite=None"}, 0, "a=1"},
		{"no longer than 400 days", []string{"a=1; Expires=1 Jan 2099 00:00:00"}, maxAge, ""},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			j := newJar(start)
			for _, s := range tt.set {
				j.present(usual.home, OpPage, 1, 0) // so that a stale snapshot would show
				sc, err := ParseSetCookie(s)
				require.NoError(t, err)
				require.Zero(t, j.set(&sc, usual.login, "/login", 0))
			}
			j.present(usual.home, OpPage, 1, 0)
			var got []string
			for _, c := range j.present(usual.home, OpPage, 1, tt.at).cookies {
				got = append(got, c.Name+"="+c.Value.Text)
			}
			require.Equal(t, tt.want, strings.Join(got, " "))
		})
	}
}

func TestJarWithoutEpochStillExpires(t *testing.T) {
	j := newJar(time.Time{})
	for _, s := range []string{"a=1", "b=2; Expires=1 Jan 2035 00:00:00", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"} {
		sc, err := ParseSetCookie(s)
		require.NoError(t, err)
		require.Zero(t, j.set(&sc, usual.login, "/login", 0))
	}
	require.Equal(t, []Cookie{{Name: "b", Value: text("2")}}, j.present(usual.home, OpPage, 1, 0).cookies)
}
