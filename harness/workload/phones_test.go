package workload

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// TestPhones: a restart is between the actions before and after its time, once,
// and on as many phones as the plan says.
func TestPhones(t *testing.T) {
	restart := func(percent int) *plan.Plan {
		return &plan.Plan{Seed: 7, Variant: scenario.Variant{Faults: []scenario.Fault{
			{Name: "node_kill", At: time.Second},
			{Name: scenario.AppRestart, At: 5 * time.Second, Params: scenario.Params{After: history.AfterOSUpdate, Percent: percent}},
		}}}
	}
	struck := func(p *plan.Plan, user int, last, now time.Duration) bool {
		c := client.New(client.Config{Kind: client.SPA, Storage: client.AppData, User: user})
		step := c.Begin(client.Action{ID: 1, Kind: client.Login}, 0)
		c.OnResponse(client.Response{Seq: step.Send[0].Seq, Status: 200, Body: client.BodyTokens, Access: client.Value{Text: "a"}}, 0)
		NewPhones(p).Restart(c, user, last, now)
		out := c.Begin(client.Action{ID: 2, Kind: client.Page, Page: 1}, now).Outcomes
		if len(out) == 0 {
			return false
		}
		e := Ended(now, user, history.KindPage, out[0])
		require.Equal(t, history.GaveUpStorage, e.GaveUp)
		require.Equal(t, history.ReadGone, e.Read)
		require.Equal(t, history.AfterOSUpdate, e.After)
		return true
	}
	for _, c := range []struct {
		last, now time.Duration
		want      bool
	}{{0, 4, false}, {0, 5, true}, {4, 6, true}, {5, 6, false}, {6, 9, false}} {
		require.Equal(t, c.want, struck(restart(100), 1, c.last*time.Second, c.now*time.Second), "%+v", c)
	}
	count := 0
	for user := range 10000 {
		if struck(restart(30), user+1, 0, 9*time.Second) {
			count++
		}
	}
	require.InDelta(t, 3000, count, 150)
}
