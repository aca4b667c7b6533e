package parts

import (
	"sync"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// IDs draws ids from a stream, for any number of goroutines.
type IDs struct {
	mu     sync.Mutex
	stream *plan.Stream
}

var _ auth.IDs = (*IDs)(nil)

// NewIDs takes a stream over.
func NewIDs(s *plan.Stream) *IDs { return &IDs{stream: s} }

// NewID is the next id.
func (s *IDs) NewID() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stream.Uint64()
}
