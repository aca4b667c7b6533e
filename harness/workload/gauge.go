package workload

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// Gauge is a load tool's account of a run in virtual time, in whole numbers:
// what vegeta is for real time. Gauges of parts of a run add up to that of the
// run, in any order. The zero Gauge is ready.
type Gauge struct {
	hits      int
	successes int
	late      time.Duration // of all actions
	slots     bool          // there was one
	first     time.Duration // slot
	last      time.Duration
	latencies Latencies
}

// Slot notes when an action is due.
func (g *Gauge) Slot(at time.Duration) {
	if !g.slots {
		g.slots, g.first, g.last = true, at, at
	}
	g.first, g.last = min(g.first, at), max(g.last, at)
}

// Begun notes how long after its slot an action began.
func (g *Gauge) Begun(late time.Duration) { g.late += late }

// Over counts an action with the status that it ended with (0: without an
// answer), and how long after its slot that was.
func (g *Gauge) Over(status int, latency time.Duration) {
	g.hits++
	if status >= 200 && status < 400 {
		g.successes++
	}
	g.latencies.Add(latency)
}

// Merge adds what another gauge of the same run has counted.
func (g *Gauge) Merge(o *Gauge) {
	g.hits += o.hits
	g.successes += o.successes
	g.late += o.late
	if o.slots {
		g.Slot(o.first)
		g.Slot(o.last)
	}
	g.latencies.Merge(&o.latencies)
}

// Load is what was measured. In virtual time nobody is too slow: the achieved
// rate is the planned one.
func (g *Gauge) Load(interrupted bool) history.Load {
	l := history.Load{
		Hits: g.hits, Interrupted: interrupted,
		P50: inMS(g.latencies.Quantile(50)), P95: inMS(g.latencies.Quantile(95)), P99: inMS(g.latencies.Quantile(99)),
	}
	if g.hits > 0 {
		l.SuccessRatio = float64(g.successes) / float64(g.hits)
		l.Late = g.late / time.Duration(g.hits)
	}
	if span := g.last - g.first; span > 0 {
		l.PlannedRate = float64(g.hits) / span.Seconds()
		l.AchievedRate = l.PlannedRate
	}
	return l
}

func inMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
