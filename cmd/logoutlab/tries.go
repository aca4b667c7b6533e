package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/reports"
)

// try is what became of a plan: a judged run, an error or, if the suite was
// interrupted before it began, neither.
type try struct {
	options run.Options
	judged  *run.Judged
	err     error
	before  int  // tries of the same plan that came to nothing
	several bool // it is one of a variant's seeds
}

// toldError is the failure of a run, which was told when it came up: the end
// only reminds of it.
type toldError struct {
	name string
	err  error
}

// Error names the run.
func (e *toldError) Error() string {
	return e.name + " could not be run, or not be saved: see above, or the report"
}

// Unwrap gives the failure itself.
func (e *toldError) Unwrap() error { return e.err }

const interrupted = "interrupted before it began"

func (t *try) name() string {
	name := t.options.Plan.Scenario.Name + "/" + t.options.Plan.Variant.Name
	if t.several {
		name += fmt.Sprintf(", seed %d", t.options.Plan.Seed)
	}
	return name
}

// run runs the plan. If the interruption comes while its system is still being
// started, its turn never came.
func (t *try) run(ctx context.Context, shown *progress) {
	on, finish := shown.watch(t.name(), t.options.Plan.Count)
	t.options.OnProgress = on
	t.judged, t.err = run.Run(ctx, t.options)
	switch {
	case t.err != nil && errors.Is(t.err, context.Canceled) && ctx.Err() != nil:
		t.err = nil
		finish("not run: " + interrupted)
	case t.err != nil && t.judged != nil:
		finish(outcomeLine(t.judged.Result, "; but it could not be saved: "+t.err.Error()))
		t.err = &toldError{t.name(), t.err}
	case t.err != nil:
		finish("failed: " + t.err.Error())
		t.err = &toldError{t.name(), t.err}
	default:
		finish(outcomeLine(t.judged.Result, ""))
	}
}

// slow tells whether the machine was too slow for the plan.
func (t *try) slow() bool { return t.err == nil && t.judged != nil && t.judged.Result.Load.Behind }

// again runs the plan once more. What the last try left is kept beside it.
func (t *try) again(ctx context.Context, shown *progress) {
	t.before++
	if t.err = run.SetAside(t.options.Dir, t.before); t.err == nil {
		t.run(ctx, shown)
	}
}

// sum gathers what was judged, what was not run, and what failed.
func sum(tries []*try) (judged []*run.Judged, missing []reports.NotRun, err error) {
	var errs []error
	for _, t := range tries {
		errs = append(errs, t.err)
		if t.judged != nil {
			judged = append(judged, t.judged)
			continue
		}
		missing = append(missing, notRun(t.options, t.err))
	}
	return judged, missing, errors.Join(errs...)
}

// notRun says why there is nothing to report of a plan: err, or without one
// that its turn never came.
func notRun(o run.Options, err error) reports.NotRun {
	n := reports.NotRun{Scenario: o.Plan.Scenario.Name, Variant: o.Plan.Variant.Name, Why: interrupted, Repeat: o.Repeat()}
	if err != nil {
		n.Why, n.Failed = err.Error(), true
	}
	if told := (*toldError)(nil); errors.As(err, &told) {
		n.Why = told.name + ": " + told.err.Error()
	}
	return n
}
