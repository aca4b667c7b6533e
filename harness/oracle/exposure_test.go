package oracle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
)

// TestExposure: how long credentials outlive their logout is what was seen of it,
// whatever is promised.
func TestExposure(t *testing.T) {
	for _, promise := range []history.Promise{{}, {Revocation: time.Minute}} {
		var rec tape
		rec.login(1, "app-1", "s")
		rec.logout(1, "app-1", "s")
		over := rec.now
		for range 2 {
			rec.now += 10 * time.Second
			rec.replay(1, "app-2", "s", true)
		}
		latest := rec.now - 3*ms // it began that much before its page was shown
		rec.now += 10 * time.Second
		rec.replay(1, "app-1", "s", false)
		rec.login(2, "app-1", "s2")
		rec.logout(2, "app-1", "s2")
		rec.replay(2, "app-1", "s2", false)
		rec.login(3, "app-1", "s3")
		rec.logout(3, "app-1", "s3") // and nobody tries
		j := rec.judge(t, promise)
		require.Equal(t, Exposure{Tried: 2, Accepted: 1, Total: latest - over}, j.Exposure)

		rec.login(1, "app-1", "s4") // its logout is another
		rec.logout(1, "app-1", "s4")
		rec.now += 5 * time.Second
		rec.replay(1, "app-2", "s4", true)
		again := rec.judge(t, promise).Exposure
		require.Equal(t, [2]int{3, 2}, [2]int{again.Tried, again.Accepted})
		require.InDelta(t, 5*time.Second, again.Total-j.Exposure.Total, float64(10*ms))
	}
}

// TestLoginsOverTime: logins are counted when they are over, also where the
// buckets have been widened.
func TestLoginsOverTime(t *testing.T) {
	var rec tape
	for user := range 3 {
		rec.login(user+1, "app-1", "s")
		rec.now += time.Hour
	}
	n := 0
	for _, b := range rec.judge(t, history.Promise{}).Series.Buckets {
		n += b.Logins
	}
	require.Equal(t, 3, n)
}
