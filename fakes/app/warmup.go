package app

import "time"

// WarmUp is how a process that has just started becomes as fast as it can be:
// its caches are empty, its code is not compiled, its connections are not open.
// The zero WarmUp is that of a process which is warm.
type WarmUp struct {
	Work time.Duration // of a page that is begun at the start
	Over time.Duration // until it takes no longer than ever
}

// At is how long a page takes to make that is begun when the process is so old,
// and that takes this long once the process is warm. In between it becomes
// shorter along a straight line.
func (w WarmUp) At(age, warm time.Duration) time.Duration {
	if age >= w.Over {
		return warm
	}
	left := float64(w.Over-max(age, 0)) / float64(w.Over)
	return warm + time.Duration(left*float64(w.Work-warm))
}
