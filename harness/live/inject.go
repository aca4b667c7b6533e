package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// settled is how long a fault that is not taken back is looked after.
const settled = 100 * time.Millisecond

// inject injects a fault, and takes it back when its time is over or ctx ends.
// What happens is told to say.
func (s *system) inject(ctx context.Context, text string, say func(string)) error {
	number, f, err := s.begin(text)
	if err != nil {
		return &RefusedError{err}
	}
	defer s.finish(number)
	life := &life{fault: f, say: say, pass: s, began: time.Now()}
	if i := slices.IndexFunc(scenario.FaultSpecs(), func(s scenario.FaultSpec) bool { return s.Name == f.Name && !s.Lasts }); i >= 0 {
		life.final = true
		f.For = f.Params.Overlap + settled
	}
	if life.over() {
		life.fault.For, f.For = settled, settled
	}
	guard, err := fault.NewGuard(fault.All(), []scenario.Fault{f}, s.cluster, s.clock.Now, life)
	if err != nil {
		return err
	}
	return guard.Run(ctx, s.clock.Now())
}

// begin reads a fault and counts it among those at work.
func (s *system) begin(text string) (number int, f scenario.Fault, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.about == "" {
		return 0, f, errors.New(s.Session + " is on its way up, or down")
	}
	var active []scenario.Fault
	for _, f := range s.faults {
		active = append(active, f)
	}
	if f, err = parse(s.Plan, s.Substrate, text, active); err != nil {
		return 0, f, err
	}
	s.faulty.Add(1)
	s.last++
	s.faults[s.last] = scenario.Fault{Name: f.Name, Params: f.Params} // for as long as it is there
	return s.last, f, nil
}

func (s *system) finish(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faulty.Done()
	delete(s.faults, number)
}

// life tells of a fault's life.
type life struct {
	fault scenario.Fault
	say   func(string)
	pass  fault.Recorder
	final bool // it is not taken back

	mu        sync.Mutex // guards what follows
	began     time.Time
	effective bool
}

// Append takes what the fault's guard records.
func (l *life) Append(e *history.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	took := time.Since(l.began).Round(time.Millisecond)
	switch e.State {
	case history.PhaseEffective:
		l.effective = true
		l.say(fmt.Sprintf("injected, within %v: %s", took, l.fault.Text()))
		if by := e.Params["mechanism"]; by != "" {
			l.say("by: " + by)
		}
		l.say("ends: " + l.back())
	case history.PhaseRecover:
		if l.effective && !l.final && !l.over() {
			l.say(fmt.Sprintf("ended after %v: it is taken back", took))
		}
	}
	l.pass.Append(e)
}

// over says that the fault came to its end by itself: it happens once.
func (l *life) over() bool {
	switch l.fault.Name {
	case "node_restart", "connection_cut", "balancer_reload":
		return l.fault.Params.Every == 0 && l.fault.Params.Idle == 0
	}
	return false
}

func (l *life) back() string {
	switch {
	case l.over():
		return "it is over"
	case l.final:
		return "by itself; it is not taken back"
	case l.fault.For > 0:
		return fmt.Sprintf("after %s, or by Ctrl-C here", scenario.FormatDuration(l.fault.For))
	}
	return "by Ctrl-C here"
}
