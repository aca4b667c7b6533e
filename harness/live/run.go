package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/tlsfront"
)

// Options is what to keep up.
type Options struct {
	Session   string // see [CheckName]
	Name      string // of the variant, as on the command line
	Plan      *plan.Plan
	Substrate substrate.Real
	Out       io.Writer // is told what is up, and that it is gone
	Follow    bool      // and what nodes do meanwhile
}

// system is what is up.
type system struct {
	Options
	clock   substrate.Clock
	cluster substrate.Cluster
	front   *tlsfront.Front // nil: no page is at https
	ctx     context.Context // ends when the system is to be taken down
	end     context.CancelFunc
	callers sync.WaitGroup
	faulty  sync.WaitGroup // faults at work

	gone chan struct{} // closed when nothing is left, and what follows is set
	said string
	err  error

	mu     sync.Mutex // guards what follows, and the lines on Out
	about  string     // what is up; "" before and after
	faults map[int]scenario.Fault
	last   int // number of the latest fault
}

// Run brings the system up, says what it is, and keeps it up until ctx ends or
// [Down] asks for it; nothing is left of it then. The error is a [TakenError],
// or of the start or the end.
func Run(ctx context.Context, o Options) error {
	door, err := listen(o.Session)
	if err != nil {
		return err
	}
	s := &system{Options: o, clock: substrate.NewClock(), gone: make(chan struct{}), faults: map[int]scenario.Fault{}}
	s.ctx, s.end = context.WithCancel(ctx)
	defer s.end()
	s.callers.Go(func() { s.answer(door) })
	s.said, s.err = s.live()
	if s.err == nil {
		s.tell(s.said + "\n")
	}
	close(s.gone)
	_ = door.Close() // it is closed for good either way
	s.callers.Wait()
	return s.err
}

// live is the system's life. It returns what there is to say at its end.
func (s *system) live() (said string, err error) {
	began := time.Now()
	s.cluster, err = s.Substrate.Start(s.ctx, s.Plan, s.clock, s)
	switch {
	case err != nil && s.ctx.Err() != nil:
		return fmt.Sprintf("%s: ended before it was up (%v)", s.Session, err), nil
	case err != nil:
		return "", err
	}
	if s.front, err = s.openTLS(); err != nil {
		return "", errors.Join(err, s.cluster.Close())
	}
	about := s.describe(time.Since(began))
	s.tell(about)
	s.mu.Lock()
	s.about = about
	s.mu.Unlock()
	<-s.ctx.Done()
	return s.takeDown()
}

// takeDown ends the faults first: they may hold what is the system's.
func (s *system) takeDown() (string, error) {
	began := time.Now()
	s.mu.Lock()
	s.about = "" // no fault begins any more
	s.mu.Unlock()
	s.faulty.Wait()
	all := s.parts()
	var err error
	if s.front != nil {
		err = s.front.Close()
	}
	if err = errors.Join(err, s.cluster.Close()); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s is down, after %.2f s; removed: %s", s.Session, time.Since(began).Seconds(), all), nil
}

// parts names all that there is.
func (s *system) parts() string {
	var names []string
	network := ""
	for _, p := range s.places() {
		names = append(names, p.Part)
		if p.Container != "" {
			network = ", and their network"
		}
	}
	return strings.Join(names, ", ") + network
}

func (s *system) places() []substrate.Place {
	if l, ok := s.cluster.(substrate.Located); ok {
		return l.Places()
	}
	return nil
}

func (s *system) tell(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = io.WriteString(s.Out, text) // a reader who has gone away ends no system
}
