package workload

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// The states that a user can be in when the next slot comes.
const (
	fresh     = "never logged in"
	loggedIn  = "logged in"
	loggedOut = "logged out" // with a copy of the credentials
	again     = "logged in again, with a copy"
)

// userIn brings a user into a state.
func userIn(state string) *user {
	c := client.New(client.Config{User: 1})
	do := func(kind client.ActionKind) {
		step := c.Begin(client.Action{ID: 1, Kind: kind}, 0)
		c.OnResponse(client.Response{Seq: step.Send[0].Seq, Status: http.StatusSeeOther,
			Set: []client.SetCookie{{Name: "sid", Path: "/", Value: client.Value{Text: "x"}}}}, 0)
	}
	if state != fresh {
		do(client.Login)
	}
	if state == loggedOut || state == again {
		do(client.Logout)
	}
	if state == again {
		do(client.Login)
	}
	return &user{client: c}
}

func TestWhatAUserCanDo(t *testing.T) {
	const login, page, logout, replay = history.KindLogin, history.KindPage, history.KindLogout, history.KindReplay
	for _, c := range []struct{ state, planned, want string }{
		{fresh, login, login}, {fresh, page, login}, {fresh, logout, login}, {fresh, replay, login},
		{loggedIn, login, page}, {loggedIn, page, page}, {loggedIn, logout, logout}, {loggedIn, replay, page},
		{loggedOut, login, login}, {loggedOut, page, login}, {loggedOut, logout, login}, {loggedOut, replay, replay},
		{again, login, page}, {again, page, page}, {again, logout, logout}, {again, replay, page},
	} {
		require.Equal(t, c.want, Decide(userIn(c.state).client, c.planned), "%s, planned: %s", c.state, c.planned)
	}
}

func TestEachHitGetsASlotOfItsOwn(t *testing.T) {
	const slots = 200
	c := &crew{o: Options{URL: "http://127.0.0.1:1"}, slots: make([]plan.Slot, slots)}
	var mu sync.Mutex
	seen := map[string]int{}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				var hit vegeta.Target
				if c.next(&hit) != nil {
					return
				}
				mu.Lock()
				seen[hit.Header.Get(slotHeader)]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	require.Len(t, seen, slots)
	for n := range slots {
		require.Equal(t, 1, seen[strconv.Itoa(n)])
	}
	require.ErrorIs(t, c.next(&vegeta.Target{}), vegeta.ErrNoTargets)
}

func TestHitWithoutASlotIsRefused(t *testing.T) {
	r, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:1", nil)
	require.NoError(t, err)
	_, err = (&crew{}).RoundTrip(r)
	require.ErrorContains(t, err, "hit without a slot")
}

func TestPaceKeepsTheTimetable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		slots := []plan.Slot{{At: time.Second}, {At: 4 * time.Second}, {At: 4 * time.Second}, {At: time.Hour}}
		pace := &timetable{slots: slots, late: time.Second / 2, stop: ctx}
		began := time.Now()
		released := func(hits uint64) time.Duration {
			wait, stop := pace.Pace(time.Since(began), hits)
			require.False(t, stop)
			require.Zero(t, wait)
			return time.Since(began)
		}
		require.Equal(t, time.Second/2, released(0))
		require.Equal(t, 3500*time.Millisecond, released(1))
		require.Equal(t, 3500*time.Millisecond, released(2))
		time.Sleep(2 * time.Hour)
		require.Equal(t, 2*time.Hour+3500*time.Millisecond, released(3), "late hits are not held back")
		_, stop := pace.Pace(time.Since(began), 4)
		require.True(t, stop, "after the last slot")
		require.InDelta(t, 4.0/3600, pace.Rate(0), 1e-9)
		require.Zero(t, (&timetable{}).Rate(0))
	})
}

func TestInterruptionEndsTheWaitForTheNextSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		_, stop := (&timetable{slots: []plan.Slot{{At: time.Hour}}, stop: ctx}).Pace(0, 0)
		require.True(t, stop)
		require.Equal(t, time.Minute, time.Since(began))
		_, stop = (&timetable{slots: []plan.Slot{{}}, stop: ctx}).Pace(0, 0)
		require.True(t, stop, "nothing begins after the interruption, though it is due")
	})
}

func TestFiguresOfTheLoad(t *testing.T) {
	const s = time.Second
	at := func(times ...time.Duration) (slots []plan.Slot) {
		for _, d := range times {
			slots = append(slots, plan.Slot{At: d})
		}
		return slots
	}
	began := time.Now()
	hit := func(at, took time.Duration) *vegeta.Result {
		return &vegeta.Result{Code: 200, Timestamp: began.Add(at), Latency: took}
	}
	for name, c := range map[string]struct {
		hits              []*vegeta.Result
		slots             []plan.Slot
		interrupted       bool
		planned, achieved float64
	}{
		"as planned":                 {[]*vegeta.Result{hit(0, s/2), hit(4*s, s/2)}, at(0, 4*s), false, 0.5, 0.5},
		"less jitter than the plan":  {[]*vegeta.Result{hit(0, 0), hit(3*s, 0)}, at(0, 4*s), false, 0.5, 0.5},
		"the answers take their own": {[]*vegeta.Result{hit(0, 0), hit(4*s, 4*s)}, at(0, 4*s), false, 0.5, 0.25},
		"behind the plan":            {[]*vegeta.Result{hit(0, 0), hit(8*s, 0)}, at(0, 4*s), false, 0.5, 0.25},
		"interrupted half way":       {[]*vegeta.Result{hit(0, 0), hit(2*s, 0)}, at(0, 2*s, 4*s, 8*s), true, 0.5, 1},
		"interrupted at once":        {nil, at(4*s, 4*s), true, 0.5, 0},
		"one hit":                    {[]*vegeta.Result{hit(0, 0)}, at(0, 4*s), true, 0.5, 0},
		"all at the same time":       {[]*vegeta.Result{hit(0, 0), hit(0, 0)}, at(4*s, 4*s), false, 0.5, 0},
		"one slot":                   {[]*vegeta.Result{hit(0, 0)}, at(4 * s), false, 0, 0},
		"no slots":                   {nil, nil, false, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var m vegeta.Metrics
			for _, h := range c.hits {
				m.Add(h)
			}
			m.Close()
			team := &crew{}
			team.lag.raise(7)
			team.lag.raise(3)
			l := load(&m, team, c.slots, c.interrupted)
			require.Equal(t, len(c.hits), l.Hits)
			require.InDelta(t, c.planned, l.PlannedRate, 1e-9)
			require.InDelta(t, c.achieved, l.AchievedRate, 1e-9)
			require.Equal(t, c.interrupted, l.Interrupted)
			require.EqualValues(t, 7, l.MaxLag)
			for _, figure := range []float64{l.SuccessRatio, l.P50, l.P95, l.P99, l.PlannedRate, l.AchievedRate} {
				require.False(t, math.IsNaN(figure) || math.IsInf(figure, 0), "%+v cannot be written", l)
			}
		})
	}
}
