package app

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// memory is that of what is on the way to a process, such as a firewall: how
// long it knows a connection that carries no request.
type memory struct{ after atomic.Int64 } // nanoseconds; 0: for ever

var errForgotten = errors.New("the connection has been idle for too long")

// silence is how long a connection has carried no request.
type silence struct {
	memory *memory

	mu    sync.Mutex
	since time.Time // zero: it carries one
}

// mark notes what a connection does from now on. One that carries several
// requests is idle when the last of them is answered.
func (s *silence) mark(state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateIdle:
		s.since = time.Now()
	case http.StateActive:
		s.since = time.Time{}
	}
}

// forgotten tells whether the connection has been idle for longer than it is
// remembered.
func (s *silence) forgotten() bool {
	after := time.Duration(s.memory.after.Load())
	if after == 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.since.IsZero() && time.Since(s.since) >= after
}

// ForgetIdle lets what is on the way to the process forget connections that
// have carried no request for so long, from before it is called too: one is
// reset when the next request comes over it, of which the process does not
// hear. It holds for processes that are started anew; 0 ends it.
func (p *Process) ForgetIdle(after time.Duration) { p.memory.after.Store(int64(after)) }
