package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/logoutlab/logoutlab/harness"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/reports"
)

// work builds the plans; those of the first seed, if there are several. What
// is wrong with one would be wrong with all: no check looks at the seed.
func (f *runFlags) work(args []string) (planned, error) {
	if f.seeds == nil {
		return f.plans(args)
	}
	if f.seed != nil {
		return planned{}, errors.New("--seed names one seed, --seeds several: give one of the two")
	}
	first := f.planFlags
	first.seed = &f.seeds.First
	work, err := first.plans(args)
	if err != nil {
		return planned{}, err
	}
	var errs []error
	var seen string
	for _, p := range work.plans {
		if s := p.Scenario; s.Seed != nil && s.File != seen {
			seen = s.File
			errs = append(errs, fmt.Errorf("%s pins its seed (seed: %d), and --seeds gives others: leave --seeds out, or the seed in a copy of the file", s.File, *s.Seed))
		}
	}
	return work, errors.Join(errs...)
}

// runs runs the plans, each with its seed or with all seeds, and gathers what
// became of each variant.
func (f *runFlags) runs(ctx context.Context, cmd *cobra.Command, work planned, dir string, against *held) ([]*run.Judged, []reports.NotRun, error) {
	if f.seeds == nil {
		judged, missing, err := sum(f.runAll(ctx, cmd.ErrOrStderr(), work, dir))
		for _, j := range judged {
			against.take(j)
		}
		return judged, missing, err
	}
	shown := newProgress(cmd.ErrOrStderr(), len(work.plans)*f.seeds.Count())
	defer shown.close()
	defer announce(ctx, shown, work)()
	all := make([]*replicas, len(work.plans))
	for i, p := range work.plans {
		all[i] = newReplicas(p, work, *f.seeds, dir, against)
	}
	f.runSeeds(ctx, shown, all, f.workers(cmd, work))
	return sumSeeds(all, shown)
}

// workers is how many runs go on at the same time. Those in virtual time do
// not disturb each other.
func (f *runFlags) workers(cmd *cobra.Command, work planned) int {
	if _, virtual := work.substrate.(substrate.Virtual); virtual && !cmd.Flags().Changed("parallel") {
		return runtime.GOMAXPROCS(0)
	}
	return f.parallel
}

// runSeeds runs every variant with every seed, a few at a time, and then those
// that were too much for the machine. After an interruption no further run is
// started, nor of a variant of which one could not be run.
func (f *runFlags) runSeeds(ctx context.Context, shown *progress, all []*replicas, workers int) {
	var group errgroup.Group
	group.SetLimit(workers)
	for _, r := range all {
		for i := range r.seeds.Count() {
			group.Go(func() error {
				if ctx.Err() == nil && !r.failed() {
					r.run(ctx, shown, r.seeds.At(i), f.slow > 0)
				}
				return nil
			})
		}
	}
	_ = group.Wait()
	for _, r := range all {
		slices.SortFunc(r.slow, func(a, b *try) int { return cmp.Compare(a.options.Plan.Seed, b.options.Plan.Seed) })
		for _, t := range r.slow {
			for t.slow() && t.before < f.slow && ctx.Err() == nil {
				shown.onceMore(t.name())
				t.again(ctx, shown)
			}
			r.take(t)
		}
	}
}

// replicas is a variant's runs with several seeds, as far as they are kept: a
// few figures of each, and one whole run of each outcome.
type replicas struct {
	options run.Options // of the first seed; Dir is the variant's
	making  plan.Options
	seeds   result.Seeds
	against *held

	mu    sync.Mutex // guards what follows
	each  []result.Replica
	whole map[result.Outcome]*run.Judged // that of the lowest seed
	slow  []*try                         // too much for the machine: to run again
	errs  map[uint64]error               // by seed
}

func newReplicas(p *plan.Plan, work planned, seeds result.Seeds, dir string, against *held) *replicas {
	return &replicas{
		options: run.Options{
			Plan: p, Substrate: work.substrate, Version: harness.Version(), History: work.history,
			Dir: filepath.Join(dir, p.Scenario.Name, p.Variant.Name),
		},
		making: work.options, seeds: seeds, against: against,
		whole: map[result.Outcome]*run.Judged{}, errs: map[uint64]error{},
	}
}

// seedDir is the directory of one seed's run in its variant's.
func seedDir(seed uint64) string { return fmt.Sprintf("seed-%d", seed) }

// run runs the variant with one seed; the plan is made only now. What was too
// much for the machine is put aside if it may run again.
func (r *replicas) run(ctx context.Context, shown *progress, seed uint64, again bool) {
	making := r.making
	making.Seed = seed
	t := &try{options: r.options, several: true}
	t.options.Dir = filepath.Join(r.options.Dir, seedDir(seed))
	p, err := plan.Build(r.options.Plan.Scenario, r.options.Plan.Variant.Name, making)
	if err != nil {
		r.fail(seed, err)
		return
	}
	t.options.Plan = p
	t.run(ctx, shown)
	if again && t.slow() {
		r.mu.Lock()
		r.slow = append(r.slow, t)
		r.mu.Unlock()
		return
	}
	r.take(t)
}

// take keeps what is needed of a run.
func (r *replicas) take(t *try) {
	seed := t.options.Plan.Seed
	if t.err != nil {
		r.fail(seed, t.err)
	}
	if t.judged == nil {
		return
	}
	r.against.take(t.judged)
	r.keep(t.judged)
}

// keep keeps what is needed of a judged run.
func (r *replicas) keep(j *run.Judged) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.each = append(r.each, result.NewReplica(j.Result, j.Judgement, seedDir(j.Result.Seed)+"/"+run.ResultFile))
	if kept := r.whole[j.Result.Outcome]; kept == nil || j.Result.Seed < kept.Result.Seed {
		r.whole[j.Result.Outcome] = j
	}
}

func (r *replicas) fail(seed uint64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs[seed] = err
}

func (r *replicas) failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.errs) > 0
}

// err is the failure with the lowest seed.
func (r *replicas) err() error {
	var first error
	var lowest uint64
	for seed, err := range r.errs {
		if first == nil || seed < lowest {
			first, lowest = err, seed
		}
	}
	return first
}

// judged is what the runs came to, which it saves; nil if there was none.
func (r *replicas) judged() (*run.Judged, error) {
	j, err := r.sum(r.options.RepeatSeeds(r.seeds))
	if j == nil || err != nil {
		return nil, err
	}
	if err := run.Save(r.options.Dir, j.Result); err != nil {
		return j, &run.InfrastructureError{Err: err}
	}
	return j, nil
}

// sum is what the runs came to; nil if there was none. repeat is the command
// that makes them again.
func (r *replicas) sum(repeat string) (*run.Judged, error) {
	if len(r.each) == 0 {
		return nil, nil
	}
	all := result.Replicate(r.seeds, r.each)
	all.Repeat = repeat
	for _, j := range r.whole {
		if j.Result.Seed == all.Shown() {
			out := *j
			out.Result = all.Of(j.Result)
			return &out, nil
		}
	}
	return nil, fmt.Errorf("seed %d was judged, and is not kept", all.Shown())
}

// sumSeeds gathers what was judged, what was not run, and what failed, and
// says how each variant came out.
func sumSeeds(all []*replicas, shown *progress) (judged []*run.Judged, missing []reports.NotRun, err error) {
	var errs []error
	for _, r := range all {
		failure := r.err()
		j, err := r.judged()
		errs = append(errs, failure, err)
		if j != nil {
			judged = append(judged, j)
			shown.say(fmt.Sprintf("%s/%s, seeds %s: %s", j.Result.Scenario, j.Result.Variant, r.seeds, outcomeLine(j.Result, "")))
			continue
		}
		n := notRun(r.options, failure)
		n.Repeat = r.options.RepeatSeeds(r.seeds)
		missing = append(missing, n)
	}
	return judged, missing, errors.Join(errs...)
}
