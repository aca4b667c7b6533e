package sim

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/harness/fault"
)

// forever is longer than any run.
const forever = time.Duration(1<<63 - 1)

// schedule is virtual time: what is to happen, in its order. Whatever it calls
// runs to its end, or to its next wait, before anything else does.
type schedule struct {
	now      time.Duration
	count    uint64 // of the entries put down so far
	agenda   agenda
	current  *task
	sleeping []*task
	waits    []*wait
}

var _ fault.Time = (*schedule)(nil)

// Now is the present moment.
func (s *schedule) Now() time.Duration { return s.now }

// after puts down what is to happen in some time.
func (s *schedule) after(d time.Duration, what func()) {
	s.count++
	s.agenda.push(entry{at: s.now + max(d, 0), order: s.count, what: what})
}

// next is when the next entry is due.
func (s *schedule) next() (time.Duration, bool) {
	if len(s.agenda) == 0 {
		return 0, false
	}
	return s.agenda[0].at, true
}

// step does what is due next, and lets those go on who waited for it.
func (s *schedule) step() {
	e := s.agenda.pop()
	s.now = e.at
	e.what()
	s.settle()
}

// settle resumes tasks whose wait is over.
func (s *schedule) settle() {
	for i := 0; i < len(s.waits); i++ {
		if w := s.waits[i]; w.until() {
			s.waits = slices.Delete(s.waits, i, i+1)
			s.resume(w.task)
			i = -1
		}
	}
}

// task is a coroutine.
type task struct {
	schedule *schedule
	next     func() (struct{}, bool)
	yield    func(struct{}) bool
	cancel   context.CancelFunc
	ctx      context.Context // of the sleep that it is in
	naps     int             // sleeps so far
	over     bool
	err      error
}

var _ fault.Task = (*task)(nil)

// wait is a task that goes on as soon as something is so.
type wait struct {
	task  *task
	until func() bool
}

// Go starts a coroutine, which runs at once until it waits.
func (s *schedule) Go(ctx context.Context, what func(ctx context.Context) error) fault.Task {
	ctx, cancel := context.WithCancel(ctx)
	t := &task{schedule: s, cancel: cancel}
	t.next, _ = iter.Pull(func(yield func(struct{}) bool) {
		t.yield = yield
		t.err = what(ctx)
		t.over = true
		cancel()
	})
	s.resume(t)
	return t
}

func (s *schedule) resume(t *task) {
	before := s.current
	s.current = t
	t.next()
	s.current = before
}

// Sleep waits, or returns false if ctx ends before. Only a task may sleep.
func (s *schedule) Sleep(ctx context.Context, d time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	t := s.current
	t.naps++
	t.ctx = ctx
	s.sleeping = append(s.sleeping, t)
	if nap := t.naps; d < forever-s.now {
		s.after(d, func() {
			if t.ctx != nil && t.naps == nap {
				s.wake(t)
			}
		})
	}
	t.yield(struct{}{})
	return ctx.Err() == nil
}

func (s *schedule) wake(t *task) {
	t.ctx = nil
	s.sleeping = slices.DeleteFunc(s.sleeping, func(o *task) bool { return o == t })
	s.resume(t)
}

// rouse wakes the sleepers whose context has ended.
func (s *schedule) rouse() {
	for {
		i := slices.IndexFunc(s.sleeping, func(t *task) bool { return t.ctx.Err() != nil })
		if i < 0 {
			return
		}
		s.wake(s.sleeping[i])
	}
}

// await lets the present task wait until something is so.
func (s *schedule) await(until func() bool) {
	if until() {
		return
	}
	s.waits = append(s.waits, &wait{s.current, until})
	s.current.yield(struct{}{})
}

// Wait waits for the task's end.
func (t *task) Wait() error {
	t.schedule.await(func() bool { return t.over })
	t.cancel()
	return t.err
}

// Stop tells the task to end, and waits.
func (t *task) Stop() error {
	t.cancel()
	t.schedule.rouse()
	return t.Wait()
}

// entry is something to happen.
type entry struct {
	at    time.Duration
	order uint64
	what  func()
}

func (e *entry) before(o *entry) bool {
	return e.at < o.at || e.at == o.at && e.order < o.order
}

// agenda is a heap of four children a node: the first is due first.
type agenda []entry

const children = 4

func (a *agenda) push(e entry) {
	h := append(*a, e)
	i := len(h) - 1
	for i > 0 {
		parent := (i - 1) / children
		if !e.before(&h[parent]) {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = e
	*a = h
}

func (a *agenda) pop() entry {
	h := *a
	first, last := h[0], h[len(h)-1]
	h[len(h)-1] = entry{}
	h = h[:len(h)-1]
	*a = h
	if len(h) == 0 {
		return first
	}
	i := 0
	for {
		least := children*i + 1
		if least >= len(h) {
			break
		}
		for c := least + 1; c < min(children*i+children+1, len(h)); c++ {
			if h[c].before(&h[least]) {
				least = c
			}
		}
		if !h[least].before(&last) {
			break
		}
		h[i] = h[least]
		i = least
	}
	h[i] = last
	return first
}
