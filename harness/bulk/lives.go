package bulk

import (
	"cmp"
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

const forever = time.Duration(1<<63 - 1)

// machine is all that happens to one node, known beforehand.
type machine struct {
	lives  []life // by boot; the first is number 1
	clocks []setting
	now    int // the life that the latest question was about
}

// life is one process of a node, from its start to its end.
type life struct {
	from, to time.Duration
	heard    time.Duration // the latest word of it, where users are played one by one
}

// setting is what a clock is ahead from a moment on.
type setting struct{ at, offset time.Duration }

// change is a fault that comes or goes.
type change struct {
	at    time.Duration
	fault *scenario.Fault
	over  bool
}

// machines plays the plan's faults on nodes that nobody uses.
func machines(p *plan.Plan) []machine {
	all := make([]machine, p.Variant.Architecture.Nodes)
	for i := range all {
		all[i].lives = []life{{to: forever}}
	}
	for _, c := range changes(p.Variant.Faults) {
		for i := range all {
			if n := c.fault.Params.Node; n < 0 || n == i {
				all[i].suffer(c)
			}
		}
	}
	return all
}

func changes(faults []scenario.Fault) []change {
	var all []change
	for i := range faults {
		f := &faults[i]
		all = append(all, change{at: f.At, fault: f})
		if f.For > 0 {
			all = append(all, change{at: f.At + f.For, fault: f, over: true})
		}
	}
	slices.SortStableFunc(all, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	return all
}

func (m *machine) suffer(c change) {
	latest := &m.lives[len(m.lives)-1]
	switch {
	case c.fault.Name == "clock_skew" && c.over:
		m.clocks = append(m.clocks, setting{c.at, 0})
	case c.fault.Name == "clock_skew":
		m.clocks = append(m.clocks, setting{c.at, c.fault.Params.Offset})
	case !c.over && latest.to == forever:
		latest.to = c.at
	case c.over && latest.to != forever:
		m.lives = append(m.lives, life{from: c.at, to: forever})
	}
}

// offset is what the node's clock is ahead at a moment.
func (m *machine) offset(at time.Duration) time.Duration {
	for i := len(m.clocks) - 1; i >= 0; i-- {
		if m.clocks[i].at <= at {
			return m.clocks[i].offset
		}
	}
	return 0
}

// life is the number of the process that runs at a moment, and when it will
// end; false if none runs.
func (m *machine) life(at time.Duration) (boot int, until time.Duration, ok bool) {
	for at < m.lives[m.now].from {
		m.now--
	}
	for m.now+1 < len(m.lives) && at >= m.lives[m.now+1].from {
		m.now++
	}
	l := m.lives[m.now]
	return m.now + 1, l.to, at < l.to
}
