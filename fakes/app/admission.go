package app

import (
	"slices"
	"time"
)

// Bounds are what one process of a node takes on at most.
type Bounds struct {
	Capacity int           // requests that it works on at once; 0: no bound
	Queue    int           // further ones that wait, the first come first
	Patience time.Duration // how long one waits; 0: no limit
}

// Entry says what becomes of a request that comes in.
type Entry uint8

// The entries.
const (
	Serve  Entry = iota // it has a place: work on it
	Wait                // until [Admission.Leave] of another names it
	Refuse              // the queue is full
)

// Ticket is what a request is known by that has a place, or waits for one.
// Tickets count from 1; 0 is none.
type Ticket uint64

// Admission decides which requests a process works on. As other cores it reads
// no clock, and is for one goroutine at a time.
type Admission struct {
	bounds Bounds
	busy   int
	queue  []waiting // by ticket
	last   Ticket
}

// waiting is a request in the queue.
type waiting struct {
	ticket Ticket
	until  time.Duration
}

// NewAdmission is the admission of a process that has nothing to do yet.
func NewAdmission(b Bounds) *Admission { return &Admission{bounds: b} }

// Offer takes a request in that comes at now. Whoever does not get Refuse leaves
// in the end: by [Admission.Leave], or because [Admission.Expire] says so.
func (a *Admission) Offer(now time.Duration) (Ticket, Entry) {
	switch {
	case a.bounds.Capacity == 0 || a.busy < a.bounds.Capacity:
		a.busy++
		a.last++
		return a.last, Serve
	case len(a.queue) < a.bounds.Queue:
		a.last++
		a.queue = append(a.queue, waiting{a.last, now + a.bounds.Patience})
		return a.last, Wait
	}
	return 0, Refuse
}

// Leave lets go of a request that is answered, or that nobody waits for any
// more. If its place was one of those that are worked on, next is the request
// that has waited longest and takes it; 0 if none does.
func (a *Admission) Leave(t Ticket) (next Ticket) {
	if i, waits := a.find(t); waits {
		a.queue = slices.Delete(a.queue, i, i+1)
		return 0
	}
	if len(a.queue) == 0 {
		a.busy--
		return 0
	}
	next = a.queue[0].ticket
	a.queue = a.queue[1:]
	return next
}

// Expire tells whether a request still waits whose patience has ended by now.
// Then it is out of the queue, and to be refused.
func (a *Admission) Expire(t Ticket, now time.Duration) bool {
	i, waits := a.find(t)
	if !waits || a.bounds.Patience == 0 || now < a.queue[i].until {
		return false
	}
	a.queue = slices.Delete(a.queue, i, i+1)
	return true
}

// find is where a ticket waits.
func (a *Admission) find(t Ticket) (i int, waits bool) {
	return slices.BinarySearchFunc(a.queue, t, func(w waiting, t Ticket) int { return int(int64(w.ticket) - int64(t)) })
}
