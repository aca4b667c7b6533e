package app

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// desk is an [Admission] that goroutines queue at.
type desk struct {
	clock func() time.Duration
	bound Bounds

	mu     sync.Mutex
	core   *Admission
	turn   map[Ticket]chan struct{} // of those who wait, closed when they may begin
	closed chan struct{}            // nobody begins any more
}

func newDesk(b Bounds, clock func() time.Duration) *desk {
	return &desk{clock: clock, bound: b, core: NewAdmission(b), turn: map[Ticket]chan struct{}{}, closed: make(chan struct{})}
}

// outcome is how queueing ended.
type outcome uint8

const (
	begin outcome = iota // with a place, to be given back by leave
	full                 // the queue has no room
	late                 // it has waited too long
	gone                 // the client has, or the process is about to
)

// enter queues until the request may begin, or may not.
func (d *desk) enter(ctx context.Context) (Ticket, outcome) {
	d.mu.Lock()
	if d.over() {
		d.mu.Unlock()
		return 0, gone
	}
	t, entry := d.core.Offer(d.clock())
	turn := make(chan struct{})
	if entry == Wait {
		d.turn[t] = turn
	}
	d.mu.Unlock()
	switch entry {
	case Serve:
		return t, begin
	case Refuse:
		return 0, full
	}
	return t, d.wait(ctx, t, turn)
}

// wait waits for one's turn.
func (d *desk) wait(ctx context.Context, t Ticket, turn chan struct{}) outcome {
	patience := time.NewTimer(forever)
	defer patience.Stop()
	if d.bound.Patience > 0 {
		patience.Reset(d.bound.Patience)
	}
	for waits := true; waits; {
		select {
		case <-turn:
			waits = false
		case <-ctx.Done():
			waits = false
		case <-d.closed:
			return gone
		case <-patience.C:
			if d.expire(t) {
				return late
			}
			patience.Reset(time.Millisecond) // by the clock it is not so late yet, or it has its turn
		}
	}
	if d.ended() || ctx.Err() != nil {
		d.leave(t)
		return gone
	}
	return begin
}

// forever is longer than any run.
const forever = time.Duration(1<<63 - 1)

// expire tells whether a request has waited too long.
func (d *desk) expire(t Ticket) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.core.Expire(t, d.clock()) {
		return false
	}
	delete(d.turn, t)
	return true
}

// leave gives a place back, to the one who has waited longest.
func (d *desk) leave(t Ticket) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.turn, t)
	if next := d.core.Leave(t); next != 0 {
		close(d.turn[next])
		delete(d.turn, next)
	}
}

// close lets nobody begin any more. It tells whether it was the first to.
func (d *desk) close() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over() {
		return false
	}
	close(d.closed)
	return true
}

// ended tells whether the process is about to end.
func (d *desk) ended() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.over()
}

// over needs the lock.
func (d *desk) over() bool {
	select {
	case <-d.closed:
		return true
	default:
		return false
	}
}

// End lets no request begin any more, those that wait included: the process is
// being ended. What its stores fail in from now on is not their doing.
func (a *App) End() { a.desk.close() }

// admitted has requests wait for a place, if there is a bound. The request is
// read first: as long as something of it is unread, net/http does not notice
// that its client has gone.
func (a *App) admitted(op auth.Op, do http.HandlerFunc) http.HandlerFunc {
	if a.o.Bounds.Capacity == 0 {
		return do
	}
	return func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // a form that cannot be read has no fields
		t, how := a.desk.enter(r.Context())
		switch {
		case how == begin:
			defer a.desk.leave(t)
			do(w, r)
		case how == gone:
			panic(http.ErrAbortHandler)
		case how == full && a.o.OnOverload != nil:
			if a.desk.close() {
				a.o.OnOverload()
			}
			panic(http.ErrAbortHandler)
		default:
			at, clock := a.now()
			a.answer(w, r, op, auth.Decision{Reason: auth.ReasonOverload}, auth.Grant{}, at, clock)
		}
	}
}
