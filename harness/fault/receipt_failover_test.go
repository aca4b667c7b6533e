package fault

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
)

// TestFailoverLosesTheLag: what was written before the replica took over may be
// lost, though the fault had begun; what was written after it may not.
func TestFailoverLosesTheLag(t *testing.T) {
	note := func(at time.Duration, state string) history.Event {
		return history.Event{At: at, Type: history.Fault, Fault: "store_failover", State: state}
	}
	h := history.Header{Faults: []history.PlannedFault{{Name: "store_failover"}}}
	got, vacuous, err := Receipts(h, history.Of(
		created(1*second, "app-1", "before"),
		note(10*second, history.PhaseInject),
		created(15*second, "app-1", "behind"),
		loggedOut(16*second, "app-2", "before"),
		note(20*second, history.PhaseEffective),
		created(21*second, "app-1", "after"),
		decided(22*second, "app-2", history.ReasonUnknownSess, 0, session("behind")),
		decided(23*second, "app-2", history.ReasonOK, 0, session("before")),
		decided(24*second, "app-2", history.ReasonUnknownSess, 0, session("after")),
	))
	require.NoError(t, err)
	require.Equal(t, []bool{false}, vacuous)
	require.Equal(t, []result.Receipt{{DecisionsChanged: 2, Rejections: 1, SessionsLost: 1, Marks: 2}}, got)
}
