package history

import (
	"iter"
	"slices"
	"sync"
)

// Memory keeps events in memory, in append order. The zero value is ready;
// its methods may be called from many goroutines.
type Memory struct {
	mu     sync.Mutex
	events []Event
}

var _ Sink = (*Memory)(nil)

// Append records a copy of e.
func (m *Memory) Append(e *Event) {
	m.mu.Lock()
	m.events = append(m.events, *e)
	m.mu.Unlock()
}

// Events yields what was appended before the call.
func (m *Memory) Events() iter.Seq2[Event, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Of(slices.Clip(m.events)...)
}

// Of yields the given events.
func Of(events ...Event) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for i := range events {
			if !yield(events[i], nil) {
				return
			}
		}
	}
}
