package proxy

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/balancer"
)

func TestAppChange(t *testing.T) {
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	const past, future = "Expires=Tue, 31 Dec 2024 23:59:59 GMT", "Expires=Wed, 01 Jan 2025 00:00:01 GMT"
	for _, tc := range []struct {
		name  string
		lines []string
		want  balancer.AppChange
	}{
		{"nothing", nil, balancer.AppUntouched},
		{"another cookie", []string{"sid2=1"}, balancer.AppUntouched},
		{"names are case-sensitive", []string{"SID=1"}, balancer.AppUntouched},
		{"set", []string{"sid=1; Path=/"}, balancer.AppSet},
		{"set for a time", []string{"sid=1; Max-Age=5"}, balancer.AppSet},
		{"expires later", []string{"sid=1; " + future}, balancer.AppSet},
		{"expired", []string{"sid=; " + past}, balancer.AppCleared},
		{"Max-Age 0", []string{"sid=; Max-Age=0"}, balancer.AppCleared},
		{"Max-Age precedes Expires", []string{"sid=1; Max-Age=5; " + past}, balancer.AppSet},
		{"the last line holds", []string{"sid=; Max-Age=0", "sid=2", "x=; Max-Age=0"}, balancer.AppSet},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, appChange(http.Header{"Set-Cookie": tc.lines}, "sid", now))
		})
	}
}

func TestMaxAgeIsRoundedUp(t *testing.T) {
	for d, want := range map[time.Duration]int{0: 0, 1: 1, time.Second: 1, 3600 * time.Millisecond: 4} {
		require.Equal(t, want, wholeSeconds(d))
	}
}
