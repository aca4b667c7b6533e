package fault

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
)

// TestRestartedApps: by the apps' own word, each of the fault that it names.
func TestRestartedApps(t *testing.T) {
	opened := func(at time.Duration, read, after string) history.Event {
		return history.Event{At: at, Type: history.Action, Kind: history.KindPage, Read: read, After: after}
	}
	h := history.Header{Faults: []history.PlannedFault{
		{Name: "app_restart", Params: map[string]string{"after": history.AfterOSUpdate}},
		{Name: "app_restart", Params: map[string]string{"after": history.AfterReboot}},
		{Name: "app_restart", Params: map[string]string{"after": history.AfterLockedStart}},
	}}
	events := []history.Event{}
	for i := range h.Faults {
		events = append(events, history.Event{At: 10 * second, Type: history.Fault, Fault: "app_restart", Index: i, State: history.PhaseInject})
	}
	events = append(events,
		opened(11*second, "", ""),
		opened(12*second, history.ReadGone, history.AfterOSUpdate),
		opened(13*second, history.ReadFound, history.AfterOSUpdate),
		opened(14*second, history.ReadUnreadable, history.AfterReboot),
	)
	got, vacuous, err := Receipts(h, history.Of(events...))
	require.NoError(t, err)
	require.Equal(t, []bool{false, false, true}, vacuous)
	require.Equal(t, []result.Receipt{{DecisionsChanged: 1, Rejections: 1, SessionsLost: 1, Marks: 2}, {DecisionsChanged: 1, Rejections: 1, SessionsLost: 1, Marks: 1}, {}}, got)
}
