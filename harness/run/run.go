package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/workload"
)

// HistoryFile is the name of a run's history in its directory.
const HistoryFile = "history.jsonl.gz"

// InfrastructureError says that the system under test could not be brought up
// or its faults could not be injected: nothing about the design was learnt.
type InfrastructureError struct{ Err error }

// Error tells what failed.
func (e *InfrastructureError) Error() string { return e.Err.Error() }

// Unwrap gives the failure itself.
func (e *InfrastructureError) Unwrap() error { return e.Err }

// Options is how to run a plan.
type Options struct {
	Plan       *plan.Plan
	Substrate  substrate.Substrate
	Dir        string // the history goes here; must not hold one
	Version    string
	Flags      []string                // further flags of the command that repeats the run
	OnProgress func(workload.Progress) // may be nil
}

// Run runs a plan and returns its judged history. When ctx ends early, users
// finish what they are doing and the history is judged as far as it goes.
func Run(ctx context.Context, o Options) (*Judged, error) {
	clock := substrate.NewClock()
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, &InfrastructureError{err}
	}
	path := filepath.Join(o.Dir, HistoryFile)
	record, err := history.Create(path, header(o, clock))
	if err != nil {
		return nil, &InfrastructureError{err}
	}
	if err := act(ctx, o, clock, record); err != nil {
		return nil, &InfrastructureError{errors.Join(err, record.Close())}
	}
	if err := record.Close(); err != nil {
		return nil, &InfrastructureError{fmt.Errorf("write %s: %w", path, err)}
	}
	return JudgeFile(path)
}

// act brings the system up, runs workload and faults side by side, and takes
// it down again.
func act(ctx context.Context, o Options, clock substrate.Clock, record *history.Recorder) error {
	cluster, err := o.Substrate.Start(ctx, o.Plan, clock, record)
	if err != nil {
		return err
	}
	guard, err := fault.NewGuard(fault.All(), o.Plan.Variant.Faults, cluster, clock.Now, record)
	if err != nil {
		return errors.Join(err, cluster.Close())
	}

	start := clock.Now()
	faulty, calm := context.WithCancel(ctx)
	faults := make(chan error, 1)
	go func() { faults <- guard.Run(faulty, start) }()
	load := workload.Drive(ctx, workload.Options{
		Plan: o.Plan, URL: cluster.URL(), Clock: clock.Now, Start: start, Record: record, OnState: o.OnProgress,
	})
	end := clock.Now()
	calm()
	err = errors.Join(<-faults, cluster.Close())
	record.Append(&history.Event{At: end, Type: history.End, Load: &load})
	return err
}
