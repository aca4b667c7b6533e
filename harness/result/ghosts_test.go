package result

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
)

// ghost_seconds is a mean of logouts after which credentials were tried, in
// scenario time, and unknown where none were.
func TestGhostSeconds(t *testing.T) {
	for _, c := range []struct {
		name              string
		seen              oracle.Exposure
		bound             string
		holds, unmeasured bool
		observed          string
	}{
		{"2 s at ten times the speed, over four logouts", oracle.Exposure{Tried: 4, Accepted: 1, Total: 2 * time.Second}, "< 5s", false, false, "5000ms"},
		{"at the bound", oracle.Exposure{Tried: 4, Accepted: 1, Total: 2 * time.Second}, "<= 5s", true, false, "5000ms"},
		{"never accepted", oracle.Exposure{Tried: 4}, "0s", true, false, "0ms"},
		{"never tried", oracle.Exposure{}, "0s", false, true, "no credentials were used after their logout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Result{Ghosts: GhostsOf(c.seen, 10)}
			got := check(history.Expectation{Metric: "ghost_seconds", Bound: c.bound}, "", r, &oracle.Judgement{})
			require.Equal(t, c.holds, got.Holds)
			require.Equal(t, c.unmeasured, got.Unmeasured)
			require.Equal(t, c.observed, got.Observed)
		})
	}
}
