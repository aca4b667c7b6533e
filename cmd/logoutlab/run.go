package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/reports"
)

type runFlags struct {
	planFlags
	out      string
	json     bool
	parallel int
}

func newRun() *cobra.Command {
	var flags runFlags
	cmd := &cobra.Command{
		Use:   "run NAME[/VARIANT]|FILE[/VARIANT]... | --all",
		Short: "Run scenarios, judge every action, write the report",
		Long: `Run brings each variant's system up, lets its users act under load, injects its
faults, judges every action and checks the variant's expectations. Without
/VARIANT all variants run.

The output directory gets report.html, junit.xml, summary.json and, for each
variant, SCENARIO/VARIANT/history.jsonl.gz and result.json. Ctrl-C stops
cleanly: what happened so far is judged and reported.`,
		Example:           "  logoutlab run culprits/memory-sessions/broken --json\n  logoutlab run my-scenario.yaml --seed 7 --out results\n  logoutlab run --all",
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.run(cmd, args)
		},
	}
	flags.add(cmd)
	fl := cmd.Flags()
	fl.StringVar(&flags.out, "out", "", "new directory for the results (default: "+outDefault+"/DATE-TIME)")
	fl.BoolVar(&flags.json, "json", false, "print the result (an array for several variants) on standard output")
	fl.IntVar(&flags.parallel, "parallel", 1, "how many variants run at the same time")
	return cmd
}

func (f *runFlags) run(cmd *cobra.Command, args []string) error {
	if f.parallel < 1 || f.parallel > 64 {
		return fmt.Errorf("--parallel %d: accepted are 1 to 64", f.parallel)
	}
	plans, sub, err := f.plans(args)
	if err != nil {
		return err
	}
	started := time.Now()
	dir, err := makeOut(f.out, started)
	if err != nil {
		return err
	}
	judged, runErr := f.runAll(cmd, plans, sub, dir)
	suite := suiteOf(judged, started, cmd)
	if err := writeAll(dir, suite); err != nil {
		runErr = errors.Join(runErr, err)
	}
	if err := f.print(cmd.OutOrStdout(), judged, len(plans)); err != nil {
		runErr = errors.Join(runErr, &run.InfrastructureError{Err: err})
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "report: %s\n", filepath.Join(dir, "report.html"))
	if runErr != nil {
		return runErr
	}
	if len(judged) < len(plans) {
		return outcomeError(exitUnknown)
	}
	return verdictOf(resultsOf(judged))
}

// runAll runs the plans, a few at a time, and returns what was judged, in the
// order of the plans. After an interruption no further plan is started.
func (f *runFlags) runAll(cmd *cobra.Command, plans []*plan.Plan, sub substrate.Substrate, dir string) ([]*run.Judged, error) {
	ctx := cmd.Context()
	shown := newProgress(cmd.ErrOrStderr(), len(plans))
	done := make([]*run.Judged, len(plans))
	failed := make([]error, len(plans))
	var group errgroup.Group
	group.SetLimit(f.parallel)
	for i, p := range plans {
		group.Go(func() error {
			if ctx.Err() == nil {
				done[i], failed[i] = f.runOne(ctx, p, sub, dir, shown)
			}
			return nil
		})
	}
	_ = group.Wait()
	shown.close()
	var judged []*run.Judged
	for _, j := range done {
		if j != nil {
			judged = append(judged, j)
		}
	}
	return judged, errors.Join(failed...)
}

func (f *runFlags) runOne(ctx context.Context, p *plan.Plan, sub substrate.Substrate, dir string, shown *progress) (*run.Judged, error) {
	name := p.Scenario.Name + "/" + p.Variant.Name
	on, finish := shown.watch(name, len(p.Slots()))
	home := filepath.Join(dir, p.Scenario.Name, p.Variant.Name)
	j, err := run.Run(ctx, run.Options{Plan: p, Substrate: sub, Dir: home, Version: fullVersion(), Flags: f.changed(), OnProgress: on})
	if err != nil {
		finish(nil, err)
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	finish(j.Result, nil)
	return j, writeNew(filepath.Join(home, "result.json"), func(w *os.File) error { return encode(w, j.Result) })
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

// writeAll writes the files that sum a suite up.
func writeAll(dir string, s reports.Suite) error {
	var errs []error
	for name, write := range writers {
		errs = append(errs, writeNew(filepath.Join(dir, name), func(f *os.File) error { return write(f, s) }))
	}
	return errors.Join(errs...)
}

// writers makes each of the files that sum a suite up.
var writers = map[string]func(io.Writer, reports.Suite) error{
	"report.html":  reports.HTML,
	"junit.xml":    reports.JUnit,
	"summary.json": reports.Summary,
	"summary.md":   reports.Markdown,
}
