package workload

import (
	"cmp"
	"context"
	"net/http"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// Recorder is where the users' side of the history goes.
type Recorder interface{ Append(e *history.Event) }

// Options is what [Drive] needs to know.
type Options struct {
	Plan    *plan.Plan
	URL     string               // scheme and address of the system under test, no path
	Clock   func() time.Duration // the run's clock
	Start   time.Duration        // when, on that clock, the plan's time 0 is
	Record  Recorder
	OnState func(Progress) // called after every action, from many goroutines; may be nil
	Workers uint64         // how many actions may be under way at once; 0: 1024

	ProxyProtocol bool // see [Dialer]
	TLS           *TLS // nil: no page is at https
}

// Progress counts what happened so far.
type Progress struct {
	Done, Total int
	LoggedOut   int // actions that left a user at the login page, the load generator's view
}

// Drive lets all users of the plan act, and returns what the load generator
// itself measured. It ends early, without error, when ctx does: actions under
// way are finished first.
func Drive(ctx context.Context, o Options) history.Load {
	slots := o.Plan.Slots()
	workers := cmp.Or(o.Workers, 1024)
	crew := newCrew(o, slots)
	defer crew.close()

	attacker := vegeta.NewAttacker(
		vegeta.Client(&http.Client{Transport: crew, CheckRedirect: lastResponse}),
		vegeta.Workers(min(64, workers)),
		vegeta.MaxWorkers(workers),
	)
	pace := &timetable{slots: slots, late: o.Clock() - o.Start, stop: ctx}
	var metrics vegeta.Metrics
	for r := range attacker.Attack(crew.next, pace, 0, o.Plan.Scenario.Name) {
		metrics.Add(r)
	}
	metrics.Close()
	return load(&metrics, crew, slots, ctx.Err() != nil)
}

// lastResponse keeps vegeta's client from following redirects: the users'
// clients do, as their kind demands.
func lastResponse(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func load(m *vegeta.Metrics, c *crew, slots []plan.Slot, interrupted bool) history.Load {
	l := history.Load{
		Hits:         int(m.Requests),
		SuccessRatio: m.Success,
		P50:          ms(m.Latencies.P50),
		P95:          ms(m.Latencies.P95),
		P99:          ms(m.Latencies.P99),
		MaxLag:       time.Duration(c.lag.Load()),
		Interrupted:  interrupted,
	}
	if m.Requests > 0 {
		l.Late = time.Duration(c.late.Load() / int64(m.Requests))
	}
	if n := len(slots); n > 1 && slots[n-1].At > 0 {
		l.PlannedRate = float64(n) / slots[n-1].At.Seconds()
		if took := attackTime(m, slots, interrupted); took > 0 {
			l.AchievedRate = float64(m.Requests) / took.Seconds()
		}
	}
	return l
}

// attackTime is how long the hits took to be made. The wait for the last
// answers is not the generator's doing, unless it is a long one; a run that
// was not interrupted had all of the timetable's time.
func attackTime(m *vegeta.Metrics, slots []plan.Slot, interrupted bool) time.Duration {
	switch {
	case m.Wait >= time.Second:
		return m.Duration + m.Wait
	case interrupted:
		return m.Duration
	}
	return max(m.Duration, slots[len(slots)-1].At-slots[0].At)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// timetable is a vegeta.Pacer that releases the n-th hit at the n-th slot.
type timetable struct {
	slots []plan.Slot
	late  time.Duration // how long after the plan's time 0 the attack began
	stop  context.Context
}

var _ vegeta.Pacer = (*timetable)(nil)

// Pace waits for the next slot, and stops after the last or when the run is
// interrupted. It returns no wait for vegeta to do, whose sleep nothing ends:
// the next slot may be minutes away.
func (t *timetable) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	if hits >= uint64(len(t.slots)) || t.stop.Err() != nil {
		return 0, true
	}
	wait := t.slots[hits].At - t.late - elapsed
	if wait <= 0 {
		return 0, false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return 0, false
	case <-t.stop.Done():
		return 0, true
	}
}

// Rate is the mean rate of the whole plan, in hits a second.
func (t *timetable) Rate(time.Duration) float64 {
	n := len(t.slots)
	if n == 0 || t.slots[n-1].At == 0 {
		return 0
	}
	return float64(n) / t.slots[n-1].At.Seconds()
}

// highest is a maximum that many goroutines raise.
type highest struct{ atomic.Int64 }

func (h *highest) raise(v int64) {
	for old := h.Load(); v > old && !h.CompareAndSwap(old, v); old = h.Load() {
	}
}
