package shrink

import (
	"cmp"
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// spans are durations that are easily read, shortest first; parts of a second
// are tried when none of those will do.
var spans = []time.Duration{
	time.Second, 2 * time.Second, 3 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 20 * time.Second,
	30 * time.Second, 45 * time.Second, time.Minute, 90 * time.Second, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute,
	5 * time.Minute, 6 * time.Minute, 8 * time.Minute, 10 * time.Minute, 15 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour,
	2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

var partsOfASecond = []time.Duration{500 * time.Millisecond, 200 * time.Millisecond, 100 * time.Millisecond, 50 * time.Millisecond, 20 * time.Millisecond}

// instead are the durations that may take the place of one: shorter ones that
// are easily read, or any part of a second for one that is none.
func instead(d time.Duration) []time.Duration {
	all := slices.DeleteFunc(slices.Clone(spans), func(s time.Duration) bool { return s >= d })
	if d%time.Second == 0 || slices.Contains(partsOfASecond, d) {
		return all
	}
	return append(all, partsOfASecond...)
}

// lessTime shortens each pause between two moments at which anything happens,
// and the run after the last of them.
func (s *search) lessTime() {
	for i := range s.moments() {
		from, pause := s.pause(i)
		to := instead(pause)
		if i == 0 && pause > 0 { // nobody has to wait for the first
			to = append([]time.Duration{0}, to...)
		}
		for _, d := range to {
			if s.change(func(c *candidate) { c.pull(from+pause, pause-d) }) {
				break
			}
		}
	}
	s.end()
}

// end lets the run end soon after the last moment, on a whole second.
func (s *search) end() {
	if d := s.best.variant.Workload.Duration; d%time.Second != 0 {
		s.change(func(c *candidate) { c.variant.Workload.Duration = d.Truncate(time.Second) + time.Second })
	}
	last := s.moments()[len(s.moments())-1].Truncate(time.Second)
	for _, more := range spans {
		if end := last + more; end < s.best.variant.Workload.Duration && s.change(func(c *candidate) { c.variant.Workload.Duration = end }) {
			return
		}
	}
}

// moments are those of actions and faults, in order, each once.
func (s *search) moments() []time.Duration {
	var all []time.Duration
	for _, a := range s.best.variant.Script {
		all = append(all, a.At)
	}
	for _, f := range s.best.variant.Faults {
		all = append(all, f.At)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// pause is the time before a moment, and when it begins. It is 0 if there are
// fewer moments by now.
func (s *search) pause(i int) (from, pause time.Duration) {
	all := s.moments()
	if i >= len(all) {
		return 0, 0
	}
	if i > 0 {
		from = all[i-1]
	}
	return from, all[i] - from
}

// pull lets everything from a moment on happen earlier.
func (c *candidate) pull(from, by time.Duration) {
	for i := range c.variant.Script {
		if a := &c.variant.Script[i]; a.At >= from {
			a.At -= by
		}
	}
	for i := range c.variant.Faults {
		if f := &c.variant.Faults[i]; f.At >= from {
			f.At -= by
		}
	}
	c.variant.Workload.Duration = max(c.variant.Workload.Duration-by, time.Second)
}

// fewerFaults leaves faults out, and makes those that stay strike once, for a
// shorter time, and at one node.
func (s *search) fewerFaults() {
	least(s.best.variant.Faults, func(some []scenario.Fault) bool {
		return s.change(func(c *candidate) { c.variant.Faults = some })
	})
	for i := range s.best.variant.Faults {
		s.once(i)
		s.changeFault(i, s.best.variant.Faults[i].For > 0, func(f *scenario.Fault) { f.For = 0 })
		for _, d := range instead(s.best.variant.Faults[i].For) {
			if s.changeFault(i, true, func(f *scenario.Fault) { f.For = d }) {
				break
			}
		}
		for n := range s.best.variant.Architecture.Nodes {
			if s.changeFault(i, everywhere(s.best.variant.Faults[i]), func(f *scenario.Fault) { f.Params.Node = n }) {
				break
			}
		}
	}
}

// everywhere tells whether a fault is on all nodes, where one could do.
func everywhere(f scenario.Fault) bool { return f.Words()["node"] == scenario.NodeName(-1) }

// strikes is how many of a repeated fault are tried one by one.
const strikes = 1000

// once replaces a fault that is repeated by one of its strikes.
func (s *search) once(i int) {
	first := s.best.variant.Faults[i]
	every := first.Params.Every
	if every == 0 {
		return
	}
	end := s.best.variant.Workload.Duration
	if first.For > 0 {
		end = min(end, first.At+first.For)
	}
	for n, at := 0, first.At; at < end && n < strikes; n, at = n+1, at+every {
		if s.changeFault(i, true, func(f *scenario.Fault) { f.At, f.For, f.Params.Every = at, 0, 0 }) {
			return
		}
	}
}

// sooner lets faults strike earlier: half-way between two actions, or at once.
func (s *search) sooner() {
	for i := range s.best.variant.Faults {
		var before time.Duration
		for _, a := range s.inOrder() {
			at := before + (a.At-before)/2
			if before == 0 {
				at = 0
			}
			if s.changeFault(i, at < s.best.variant.Faults[i].At, func(f *scenario.Fault) { f.At = at }) {
				break
			}
			before = a.At
		}
	}
}

func (s *search) inOrder() []scenario.Action {
	return slices.SortedStableFunc(slices.Values(s.best.variant.Script), func(a, b scenario.Action) int { return cmp.Compare(a.At, b.At) })
}

func (s *search) changeFault(i int, when bool, how func(*scenario.Fault)) bool {
	return when && s.change(func(c *candidate) { how(&c.variant.Faults[i]) })
}
