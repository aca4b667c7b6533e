package fault

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Recorder is where a guard writes the lives of its faults.
type Recorder interface{ Append(e *history.Event) }

// Guard runs faults at their times, takes each back exactly once on every way
// out, and records inject, effective and recover.
type Guard struct {
	faults []guarded
	clock  func() time.Duration
	record Recorder
}

type guarded struct {
	plan  scenario.Fault
	fault Fault
	state state
}

type state uint8

const (
	planned state = iota
	injected
	recovered
)

// NewGuard builds the faults against a running cluster. The faults' times are
// on the run's clock.
func NewGuard(reg Registry, faults []scenario.Fault, cluster any, clock func() time.Duration, record Recorder) (*Guard, error) {
	g := &Guard{clock: clock, record: record}
	for _, f := range faults {
		built, err := reg.Build(f, cluster)
		if err != nil {
			return nil, err
		}
		g.faults = append(g.faults, guarded{plan: f, fault: built})
	}
	return g, nil
}

// Run injects each fault at start plus its own time and takes it back when its
// time is over, or when ctx ends. It returns when all are taken back.
func (g *Guard) Run(ctx context.Context, start time.Duration) error {
	errs := make([]error, len(g.faults))
	var wg sync.WaitGroup
	for i := range g.faults {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = g.live(ctx, i, start)
		}()
	}
	wg.Wait()
	return errors.Join(errs...)
}

// live is the life of one fault.
func (g *Guard) live(ctx context.Context, i int, start time.Duration) error {
	f := &g.faults[i]
	if !sleep(ctx, start+f.plan.At-g.clock()) {
		return nil
	}
	if err := g.inject(ctx, i, f); err != nil {
		return errors.Join(err, g.recover(i, f))
	}
	if f.plan.For > 0 {
		sleep(ctx, start+f.plan.At+f.plan.For-g.clock())
	} else {
		<-ctx.Done()
	}
	return g.recover(i, f)
}

func (g *Guard) inject(ctx context.Context, i int, f *guarded) error {
	if f.state != planned {
		return fmt.Errorf("fault %s: injected twice", f.plan.Name)
	}
	f.state = injected
	g.note(i, f, history.PhaseInject)
	if err := f.fault.Inject(ctx); err != nil {
		return fmt.Errorf("fault %s: inject: %w", f.plan.Name, err)
	}
	g.note(i, f, history.PhaseEffective)
	return nil
}

// recover uses a context of its own: a fault is taken back even when the run
// was interrupted.
func (g *Guard) recover(i int, f *guarded) error {
	if f.state != injected {
		return fmt.Errorf("fault %s: recovered without being injected", f.plan.Name)
	}
	f.state = recovered
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := f.fault.Recover(ctx)
	g.note(i, f, history.PhaseRecover)
	if err != nil {
		return fmt.Errorf("fault %s: recover: %w", f.plan.Name, err)
	}
	return nil
}

func (g *Guard) note(i int, f *guarded, phase string) {
	p := f.plan.Words()
	g.record.Append(&history.Event{
		At: g.clock(), Type: history.Fault, Fault: f.plan.Name, Index: i,
		State: phase, Node: p["node"], Params: p,
	})
}
