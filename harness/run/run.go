package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/workload"
)

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
	Dir        string // history and result go here; must not hold any
	Version    string
	History    string                  // [Full] or [Affected]; "": full, but of a large plan in virtual time
	OnProgress func(workload.Progress) // may be nil
}

// Run runs a plan and returns its judged history, which it saves with the
// result. When ctx ends early, users finish what they are doing and the history
// is judged as far as it goes. Where the disk does not take history or result, the
// run is judged all the same and comes with the error. The error is an
// [InfrastructureError], or a [substrate.RefusedError] if the user's own
// configuration is at fault.
func Run(ctx context.Context, o Options) (*Judged, error) {
	clock, create := substrate.NewClock(), history.Create
	if v, ok := o.Substrate.(substrate.Virtual); ok {
		clock.Epoch, create = v.Epoch(), history.CreateRepeatable
	}
	if o.keeps() == Affected {
		return runAffected(ctx, o, clock)
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, &InfrastructureError{err}
	}
	path := filepath.Join(o.Dir, HistoryFile)
	record, err := create(path, Header(ctx, o, clock))
	if err != nil {
		return nil, &InfrastructureError{err}
	}
	if err := act(ctx, o, clock, record); err != nil {
		err = errors.Join(err, record.Close())
		var refused *substrate.RefusedError
		if errors.As(err, &refused) {
			return nil, err
		}
		return nil, &InfrastructureError{err}
	}
	if err := record.Close(); err != nil {
		return unsaved(path, record, err)
	}
	j, err := JudgeFile(path)
	if err != nil {
		return nil, &InfrastructureError{err}
	}
	if err := Save(o.Dir, j.Result); err != nil {
		return j, &InfrastructureError{err}
	}
	return j, nil
}

// unsaved judges a history that the disk did not take as a whole.
func unsaved(path string, record *history.Recorder, why error) (*Judged, error) {
	failure := &InfrastructureError{fmt.Errorf("write %s: %w", path, why)}
	r, err := record.Reader()
	if err != nil {
		return nil, failure
	}
	j, err := judge(path, r)
	if err != nil {
		return nil, failure
	}
	return j, failure
}

// act runs the plan, and records the end if it comes to one.
func act(ctx context.Context, o Options, clock substrate.Clock, record *history.Recorder) error {
	load, end, err := play(ctx, o, clock, record)
	if end > 0 {
		record.Append(&history.Event{At: end, Type: history.End, Load: &load})
	}
	return err
}

// play runs the plan in the substrate's own time, or in ours. end is when users
// were done; 0 if they never began.
func play(ctx context.Context, o Options, clock substrate.Clock, record *history.Recorder) (load history.Load, end time.Duration, err error) {
	switch s := o.Substrate.(type) {
	case substrate.Virtual:
		return s.Play(ctx, o.Plan, record, o.OnProgress)
	case substrate.Real:
		return playReal(ctx, s, o, clock, record)
	}
	return load, 0, fmt.Errorf("substrate %s can neither start a system nor play a plan", o.Substrate.Name())
}

// playReal brings the system up, runs workload and faults side by side, and
// takes it down again.
func playReal(ctx context.Context, on substrate.Real, o Options, clock substrate.Clock, record *history.Recorder) (load history.Load, end time.Duration, err error) {
	cluster, err := on.Start(ctx, o.Plan, clock, record)
	if err != nil {
		return load, 0, err
	}
	guard, err := fault.NewGuard(fault.All(), o.Plan.Variant.Faults, cluster, clock.Now, record)
	if err != nil {
		return load, 0, errors.Join(err, cluster.Close())
	}
	announced, _ := cluster.(substrate.Announced)
	proxyProtocol := announced != nil && announced.ProxyProtocol()
	secure, endTLS, err := openTLS(o.Plan.Variant.Architecture.Hosts, cluster.URL(), proxyProtocol)
	if err != nil {
		return load, 0, errors.Join(err, cluster.Close())
	}

	start := clock.Now()
	faulty, calm := context.WithCancel(ctx)
	faults := make(chan error, 1)
	go func() { faults <- guard.Run(faulty, start) }()
	load = workload.Drive(ctx, workload.Options{
		Plan: o.Plan, URL: cluster.URL(), Clock: clock.Now, Start: start, Record: record, OnState: o.OnProgress,
		ProxyProtocol: proxyProtocol, TLS: secure,
	})
	end = clock.Now()
	if m, ok := cluster.(substrate.Metered); ok {
		load.Store = m.StoreUse()
	}
	calm()
	return load, end, errors.Join(<-faults, endTLS(), cluster.Close())
}
