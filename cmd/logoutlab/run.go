package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	"github.com/logoutlab/logoutlab/harness"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/shard"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/reports"
)

type runFlags struct {
	planFlags
	ciFlags
	out      string
	compare  bool
	parallel int
	slow     int
	memory   int64
	seeds    *result.Seeds // nil: not given
	baseline string        // file; "": not given
	shard    shard.Shard   // zero: not given
}

func newRun() *cobra.Command {
	var flags runFlags
	cmd := &cobra.Command{
		Use:   "run NAME[/VARIANT]|GROUP|FILE[/VARIANT]... | --all",
		Short: "Run scenarios, judge every action, write the report",
		Long: `Run brings each variant's system up, lets its users act under load, injects its
faults, judges every action and checks the variant's expectations. Without
/VARIANT all variants run. GROUP is culprits, incidents or architectures, and stands for all of
its scenarios; --all means the culprits.

The output directory gets report.html, junit.xml, summary.json, summary.md and,
for each variant, SCENARIO/VARIANT/history.jsonl.gz and result.json (and, where
the history is not of all users, judged.json: what the whole run came to). Ctrl-C
stops cleanly: what happened so far is judged and reported, and the variants
that were not run are named. A second Ctrl-C ends the program at once.

With --seeds, each variant runs once for every seed. Its result.json is that of
the run that stands for all (the first that fails, else the first that is
unknown, else the first), with the mean of each rate, its 95 % interval and its
extremes under "replications"; each seed's own history and result are in
SCENARIO/VARIANT/seed-N. A variant passes if every seed does, fails if any fails,
and is unknown otherwise. Results do not depend on --parallel.

With --baseline, each variant is held against what was stored of it (logoutlab
baseline) by an exact test: a change for the worse that noise does not explain is
told with its cause, and the exit code is 1. Version, substrate, seeds and all of
the scenario but its architecture must be those of the baseline. Only users are counted, once each. On a real
substrate runs of one seed differ, so that a change can only be told by a dozen
seeds or more: give both --seeds 1..20. With too few the exit code is 2. In virtual
time a run repeats to the byte, and only a change of the architecture counts.

In a job of GitHub Actions, what is not as expected becomes annotations, at the
expectation's line in your file, and the page for people is added to the job's
summary (see --annotations).

With --shard 2/4, every fourth variant runs here, from the second on; logoutlab
merge makes one result of all four directories.`,
		Example:           "  logoutlab run culprits/memory-sessions/broken --json\n  logoutlab run my-scenario.yaml --seed 7 --out results\n  logoutlab run culprits/memory-sessions --substrate sim --seeds 1..20\n  logoutlab run incidents --substrate sim\n  logoutlab run --all",
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.run(cmd, args)
		},
	}
	flags.planFlags.add(cmd)
	flags.ciFlags.add(cmd)
	fl := cmd.Flags()
	flags.parallel = 1
	fl.Var(&value[string]{&flags.out, "", "DIR", readGiven("names of directories, new or empty")}, "out", "new directory for the results (default: "+outDefault+"/DATE-TIME)")
	fl.BoolVar(&flags.compare, "compare", false, "compare the catalogue's architectures too, in virtual time, and put the matrix into the report")
	fl.Var(&value[int]{&flags.parallel, "1", "N", readParallel}, "parallel", "how many runs go on at the same time (default with --seeds on sim: as many as there are cores)")
	complete(cmd, "parallel")
	fl.Var(&value[*result.Seeds]{&flags.seeds, "", "A..B", readSeeds}, "seeds", "run each variant with every seed from A to B, and tell means with their 95 % intervals")
	complete(cmd, "seeds")
	fl.Var(&value[string]{&flags.baseline, "", "FILE", readGiven("files that `logoutlab baseline` wrote")}, "baseline", "hold the run against this stored one: exit 1 if it is worse")
	fl.Var(&value[shard.Shard]{&flags.shard, "", "I/N", readShard}, "shard", "run only the I-th of N parts of what is named; logoutlab merge makes one result of all")
	complete(cmd, "shard")
	flags.memory = run.HalfOfMemory(os.DirFS("/"))
	fl.Var(&value[int64]{&flags.memory, "half of what the machine or the container has", "SIZE", readMemory}, "memory", "sim: refuse runs that would take more memory than this (300MiB, 2GiB)")
	complete(cmd, "memory")
	flags.slow = 1
	fl.Var(&value[int]{&flags.slow, "1", "N", readRetries}, "retry-slow", "how often a variant runs again, alone, if the machine was too slow for it")
	complete(cmd, "retry-slow")
	return cmd
}

func (f *runFlags) run(cmd *cobra.Command, args []string) error {
	work, err := f.work(args)
	if err == nil && f.shard != (shard.Shard{}) {
		err = f.divide(cmd, &work)
	}
	if err != nil {
		return f.refused(cmd.ErrOrStderr(), err)
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	if err := f.affordable(cmd, work); err != nil {
		return err
	}
	if err := work.prepare(ctx); err != nil {
		return err
	}
	against, err := f.hold(ctx, work)
	if err != nil {
		return err
	}
	against.note(cmd.ErrOrStderr())
	started := time.Now()
	dir, unwritable, err := f.makeOut(cmd.ErrOrStderr(), started)
	if err != nil {
		return err
	}
	judged, missing, err := f.runs(ctx, cmd, work, dir, against)

	suite := suiteOf(judged, slices.Concat(missing, work.excluded))
	if f.compare && ctx.Err() == nil {
		var failed error
		suite.Matrix, failed = f.architectures(ctx, cmd, dir)
		err = errors.Join(err, failed)
	}
	suite.Started, suite.Command, suite.Gate, suite.Shard = started, commandLine(cmd), against.compare(), work.shard
	err = errors.Join(err, unwritable, f.write(cmd, dir, suite), f.print(cmd.OutOrStdout(), judged, len(work.plans)))
	return f.end(cmd, suite, err)
}

// makeOut makes the directory for the results. Where it cannot be written to,
// they go to a temporary one; unwritable says so, and is for the end.
func (f *runFlags) makeOut(stderr io.Writer, now time.Time) (dir string, unwritable, err error) {
	dir, err = makeOut(f.out, now)
	var infra *run.InfrastructureError
	if !errors.As(err, &infra) {
		return dir, nil, err
	}
	dir, other := os.MkdirTemp("", "logoutlab-")
	if other != nil {
		return "", nil, errors.Join(err, other)
	}
	fmt.Fprintf(stderr, "logoutlab: %v: results go to %s\n", err, dir)
	return dir, err, nil
}

// write writes the reports, and says how it went. Where they cannot be written,
// standard output gets one of them, unless it gets the results.
func (f *runFlags) write(cmd *cobra.Command, dir string, suite reports.Suite) error {
	unwritten := reports.WriteFiles(dir, suite)
	conclude(cmd.ErrOrStderr(), dir, suite, unwritten == nil)
	if unwritten == nil {
		return nil
	}
	failure := &run.InfrastructureError{Err: unwritten}
	if f.json || f.tap {
		return failure
	}
	return errors.Join(failure, reports.Markdown(cmd.OutOrStdout(), suite))
}

// end tells what came of the comparison, and sums all up as an exit: err, or a
// failure, or what is unknown.
func (f *runFlags) end(cmd *cobra.Command, suite reports.Suite, err error) error {
	err = errors.Join(err, f.tell(cmd, suite))
	worse := tellComparison(f.plainOut(cmd), suite.Gate)
	t := suite.Totals()
	switch {
	case err != nil:
		return err
	case worse == outcomeError(exitFails), t.Fail > 0 && t.NotRun == 0:
		return outcomeError(exitFails)
	case t.Unknown > 0, t.Pass == 0, suite.Matrix != nil && !suite.Matrix.Complete():
		return outcomeError(exitUnknown)
	}
	return worse
}

// affordable refuses what memory has no room for.
func (f *runFlags) affordable(cmd *cobra.Command, work planned) error {
	if _, virtual := work.substrate.(substrate.Virtual); !virtual {
		if cmd.Flags().Changed("memory") {
			return errors.New("--memory is for --substrate sim, whose runs are as large as memory allows: leave it out")
		}
		return nil
	}
	runs, atOnce := len(work.plans), f.parallel
	if f.seeds != nil {
		runs, atOnce = runs*f.seeds.Count(), f.workers(cmd, work)
	}
	all := make([]run.Options, len(work.plans))
	for i, p := range work.plans {
		all[i] = run.Options{Plan: p, Substrate: work.substrate, History: work.history}
	}
	return run.CheckMemory(all, min(runs, atOnce), f.memory)
}

// runAll runs the plans, a few at a time, and then those that were too much for
// the machine. It returns what became of each, in their order. After an
// interruption no further plan is started.
func (f *runFlags) runAll(ctx context.Context, stderr io.Writer, work planned, dir string) []*try {
	shown := newProgress(stderr, len(work.plans))
	defer shown.close()
	defer announce(ctx, shown, work)()
	tries := make([]*try, len(work.plans))
	var group errgroup.Group
	group.SetLimit(f.parallel)
	for i, p := range work.plans {
		home := filepath.Join(dir, p.Scenario.Name, p.Variant.Name)
		tries[i] = &try{options: run.Options{Plan: p, Substrate: work.substrate, Dir: home, Version: harness.Version(), History: work.history}}
		group.Go(func() error {
			if ctx.Err() == nil {
				tries[i].run(ctx, shown)
			}
			return nil
		})
	}
	_ = group.Wait()
	for _, t := range tries {
		for t.slow() && t.before < f.slow && ctx.Err() == nil {
			shown.onceMore(t.name())
			t.again(ctx, shown)
		}
	}
	return tries
}

// announce says what is left out, and of an interruption when it comes, until
// it is stopped.
func announce(ctx context.Context, shown *progress, work planned) (stop func() bool) {
	for _, n := range work.excluded {
		shown.say(fmt.Sprintf("left out: %s/%s: %s", n.Scenario, n.Variant, n.Why))
	}
	return context.AfterFunc(ctx, func() {
		shown.say("interrupted: users finish what they are doing, and the report is written; once more ends at once")
	})
}

// conclude says how it went, where the results are and how to look at them, if
// there are reports.
func conclude(w io.Writer, dir string, s reports.Suite, reported bool) {
	t := s.Totals()
	fmt.Fprintf(w, "%d as expected, %d not, %d unknown", t.Pass, t.Fail, t.Unknown)
	if t.NotRun > 0 {
		fmt.Fprintf(w, " (%d of them not run)", t.NotRun)
	}
	if t.Excluded > 0 {
		fmt.Fprintf(w, ", %d left out", t.Excluded)
	}
	if !reported {
		fmt.Fprintln(w)
		return
	}
	page := filepath.Join(dir, reports.Page)
	if abs, err := filepath.Abs(page); err == nil {
		page = (&url.URL{Scheme: "file", Path: filepath.ToSlash(abs)}).String()
	}
	fmt.Fprintf(w, "\nresults: %s\nreport:  %s (open it in a browser)\n", dir, page)
}

// commandLine is the command that does all of it again, but for some flags: into
// a directory of its own, and without the address of a Redis, which may hold a password.
func commandLine(cmd *cobra.Command, without ...string) string {
	words := append(strings.Fields(cmd.CommandPath()), cmd.Flags().Args()...)
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch {
		case f.Name == "out", slices.Contains(without, f.Name):
		case f.Name == "redis":
			words = append(words, "--redis", "URL")
		case f.Value.String() == "true":
			words = append(words, "--"+f.Name)
		default:
			words = append(words, "--"+f.Name, f.Value.String())
		}
	})
	return run.Shell(words...)
}

// print writes the results to standard output: one object for one variant, an
// array for several.
func (f *runFlags) print(w io.Writer, judged []*run.Judged, planned int) error {
	if !f.json {
		return nil
	}
	results := resultsOf(judged)
	if planned == 1 && len(results) == 1 {
		return encode(w, results[0])
	}
	return encode(w, results)
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func resultsOf(judged []*run.Judged) []*result.Result {
	out := make([]*result.Result, 0, len(judged))
	for _, j := range judged {
		out = append(out, j.Result)
	}
	return out
}
