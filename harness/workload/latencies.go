package workload

import (
	"maps"
	"slices"
	"time"
)

// maxDistinct is how many different latencies are told apart.
const maxDistinct = 1 << 16

// Latencies counts latencies. It is exact as long as there are no more than
// maxDistinct different ones; beyond that all are rounded down to a multiple of
// the least power of two, in nanoseconds, that leaves so many. So it says the
// same in whatever order they came, and of whatever parts it was merged. The
// zero Latencies is ready.
type Latencies struct {
	counts map[time.Duration]int // in units of 2^shift ns
	shift  uint
	n      int

	recent [16]several // not in counts yet
}

// several is a latency that came a number of times of late.
type several struct {
	latency time.Duration
	times   int
}

// Those that come up again and again each have their place.
const spread = 0x9e3779b97f4a7c15

// Add counts a latency.
func (l *Latencies) Add(d time.Duration) {
	l.n++
	s := &l.recent[uint64(d)*spread>>60]
	if s.latency == d {
		s.times++
		return
	}
	if s.times > 0 {
		l.put(s.latency>>l.shift, s.times)
	}
	*s = several{d, 1}
}

func (l *Latencies) flush() {
	for i := range l.recent {
		if s := &l.recent[i]; s.times > 0 {
			l.put(s.latency>>l.shift, s.times)
			s.times = 0
		}
	}
}

func (l *Latencies) put(unit time.Duration, n int) {
	if l.counts == nil {
		l.counts = map[time.Duration]int{}
	}
	l.counts[unit] += n
	for len(l.counts) > maxDistinct {
		l.coarsen(l.shift + 1)
	}
}

// coarsen rounds further down.
func (l *Latencies) coarsen(shift uint) {
	if shift <= l.shift {
		return
	}
	coarse := make(map[time.Duration]int, len(l.counts)/2)
	for unit, n := range l.counts {
		coarse[unit>>(shift-l.shift)] += n
	}
	l.counts, l.shift = coarse, shift
}

// Merge adds what another one has counted.
func (l *Latencies) Merge(o *Latencies) {
	l.flush()
	o.flush()
	l.coarsen(o.shift)
	l.n += o.n
	for unit, n := range o.counts {
		l.put(unit<<o.shift>>l.shift, n)
	}
}

// Quantile is the least latency that so many of a hundred do not exceed; 0 if
// there are none.
func (l *Latencies) Quantile(percent int) time.Duration {
	l.flush()
	rank := (l.n*percent + 99) / 100
	for _, unit := range slices.Sorted(maps.Keys(l.counts)) {
		if rank -= l.counts[unit]; rank <= 0 {
			return unit << l.shift
		}
	}
	return 0
}
