package fault

import (
	"context"
	"errors"
	"fmt"
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
	time   Time
	record Recorder
	means  Mechanic // nil: nothing is said
}

// Mechanic is a cluster that says by what means it does what a fault asks for.
// The means are recorded with the fault.
type Mechanic interface {
	Mechanism(f scenario.Fault) string
}

// mechanism is what the means go by among the params of a fault's events.
const mechanism = "mechanism"

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
	g := &Guard{clock: clock, time: timeOf(cluster), record: record}
	g.means, _ = cluster.(Mechanic)
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
	tasks := make([]Task, len(g.faults))
	for i := range g.faults {
		tasks[i] = g.time.Go(ctx, func(ctx context.Context) error { return g.live(ctx, i, start) })
	}
	var errs []error
	for _, t := range tasks {
		errs = append(errs, t.Wait())
	}
	return errors.Join(errs...)
}

// live is the life of one fault.
func (g *Guard) live(ctx context.Context, i int, start time.Duration) error {
	f := &g.faults[i]
	if !g.time.Sleep(ctx, start+f.plan.At-g.clock()) {
		return nil
	}
	if err := g.inject(ctx, i, f); err != nil {
		return errors.Join(err, g.recover(i, f))
	}
	if f.plan.For > 0 {
		g.time.Sleep(ctx, start+f.plan.At+f.plan.For-g.clock())
	} else {
		g.time.Sleep(ctx, forever)
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
	if g.means != nil {
		if means := g.means.Mechanism(f.plan); means != "" {
			p[mechanism] = means
		}
	}
	g.record.Append(&history.Event{
		At: g.clock(), Type: history.Fault, Fault: f.plan.Name, Index: i,
		State: phase, Node: p["node"], Params: p,
	})
}
