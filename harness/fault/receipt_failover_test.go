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

// TestFullStore: a store that would rather refuse than forget is met by those
// whom it refused; one that was refused after its logout anyhow lost nothing.
func TestFullStore(t *testing.T) {
	note := func(at time.Duration, state string) history.Event {
		return history.Event{At: at, Type: history.Fault, Fault: "store_evict", State: state}
	}
	down := func(at time.Duration, change func(*history.Event)) history.Event {
		return decided(at, "app-2", history.ReasonStoreDown, 0, change)
	}
	h := history.Header{Faults: []history.PlannedFault{{Name: "store_evict"}}}
	got, vacuous, err := Receipts(h, history.Of(
		created(1*second, "app-1", "s"), created(2*second, "app-1", "out"),
		loggedOut(3*second, "app-1", "out"),
		down(4*second, session("s")), // for something else
		note(10*second, history.PhaseInject),
		note(10*second, history.PhaseEffective),
		down(11*second, session("s")),
		down(12*second, session("out")),
		decided(13*second, "app-2", history.ReasonOK, 0, session("s")),
		note(20*second, history.PhaseRecover),
		down(21*second, session("s")), // for something else
	))
	require.NoError(t, err)
	require.Equal(t, []bool{false}, vacuous)
	require.Equal(t, []result.Receipt{{DecisionsChanged: 2, Rejections: 1, Marks: 3}}, got)
}

// TestUncheckedWhileTheStoreIsDown: what was accepted unchecked met the fault,
// which changed something only for who had left.
func TestUncheckedWhileTheStoreIsDown(t *testing.T) {
	note := func(at time.Duration, state string) history.Event {
		return history.Event{At: at, Type: history.Fault, Fault: "store_down", State: state}
	}
	h := history.Header{Faults: []history.PlannedFault{{Name: "store_down"}}}
	got, vacuous, err := Receipts(h, history.Of(
		created(1*second, "app-1", "s"), created(2*second, "app-1", "out"),
		loggedOut(3*second, "app-1", "out"),
		note(10*second, history.PhaseInject),
		note(10*second, history.PhaseEffective),
		decided(11*second, "app-2", history.ReasonOKUnchecked, 0, session("s")),
		decided(12*second, "app-2", history.ReasonOKUnchecked, 0, session("out")),
		note(20*second, history.PhaseRecover),
	))
	require.NoError(t, err)
	require.Equal(t, []bool{false}, vacuous)
	require.Equal(t, []result.Receipt{{DecisionsChanged: 1, Marks: 2}}, got)
}
