package fault

import (
	"context"
	"time"
)

// Time is how faults wait. Those of a cluster that is [Timed] wait in the
// cluster's own time, all others in real time.
type Time interface {
	// Now is the time since some moment in the past.
	Now() time.Duration
	// Sleep waits, or returns false if ctx has ended by then.
	Sleep(ctx context.Context, d time.Duration) bool
	// Go does something beside its caller.
	Go(ctx context.Context, what func(ctx context.Context) error) Task
}

// Task is something that goes on beside its caller.
type Task interface {
	// Wait returns its error when it is over.
	Wait() error
	// Stop ends its context, and waits.
	Stop() error
}

// Timed is a cluster that has a time of its own.
type Timed interface{ Time() Time }

func timeOf(cluster any) Time {
	if t, ok := cluster.(Timed); ok {
		return t.Time()
	}
	return realTime{began: time.Now()}
}

// forever is longer than any run.
const forever = time.Duration(1<<63 - 1)

// realTime is the time that all of us live in.
type realTime struct{ began time.Time }

// Now is the time since began.
func (r realTime) Now() time.Duration { return time.Since(r.began) }

// Sleep waits with a timer.
func (realTime) Sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// Go starts a goroutine.
func (realTime) Go(ctx context.Context, what func(ctx context.Context) error) Task {
	ctx, cancel := context.WithCancel(ctx)
	t := &goroutine{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(t.done)
		t.err = what(ctx)
	}()
	return t
}

// goroutine is a task in real time.
type goroutine struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

// Wait waits for its end.
func (t *goroutine) Wait() error {
	<-t.done
	t.cancel()
	return t.err
}

// Stop tells it to end, and waits.
func (t *goroutine) Stop() error {
	t.cancel()
	return t.Wait()
}
