package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness"
	"github.com/logoutlab/logoutlab/harness/compare"
	"github.com/logoutlab/logoutlab/harness/matrix"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/reports"
	"github.com/logoutlab/logoutlab/scenarios"
)

const compareHelp = `Compare runs architectures under faults, each under each, with the same users at
the same moments, and draws the matrix: spurious logouts per million valid
actions, how long credentials outlive a logout, the cause, and what each
architecture costs. Without names it takes those of the catalogue, and every
fault. Of a file of your own the architecture is taken, and its faults are left
out; name it beside "architectures" to see it among them.

report.html, compare.json and summary.md are written to a new directory, and in
real time the history of each cell.

Exit codes: 0 every cell is measured, or cannot be; 2 some are not; 3 bad usage;
4 the infrastructure failed.`

// compareFlags are the flags of compare.
type compareFlags struct {
	substrateFlags
	faults   []string
	seed     *uint64
	users    int
	duration time.Duration
	compress float64
	parallel int
	out      string
	json     bool
}

func newCompare() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare [architectures | NAME[/VARIANT] | FILE[/VARIANT]]...",
		Short: "Compare architectures under faults: who logs users out, why, and at what price",
		Long:  compareHelp,
		Example: "  logoutlab compare\n" +
			"  logoutlab compare architectures my-scenario.yaml --faults node-kill,store-down\n" +
			"  logoutlab compare redis-sessions jwt-jwks-short --faults my-faults.yaml --substrate loopback",
		ValidArgsFunction: completeScenarios,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	w := compare.Workload()
	fl := cmd.Flags()
	f.substrateFlags.add(cmd, "sim", "sim", "loopback", "container")
	fl.StringSliceVar(&f.faults, "faults", nil, "names of the catalogue, or FILE[/NAME] of your own, with commas between (default: all of the catalogue); none is always there")
	fl.Var(&value[*uint64]{&f.seed, "1", "N", readSeed}, "seed", "the seed that every random choice follows from, in every cell")
	fl.Var(&value[int]{&f.users, fmt.Sprint(w.Users), "N", readUsers}, "users", "number of users in each cell")
	fl.Var(&value[time.Duration]{&f.duration, scenario.FormatDuration(w.Duration), "DURATION", readFor}, "for", "how long the users act, in scenario time")
	fl.Var(&value[float64]{&f.compress, "auto", "K", readCompress}, "compress", "loopback, container: how many times faster than the scenario's durations")
	fl.Var(&value[int]{&f.parallel, "", "N", readParallel}, "parallel", "runs at the same time (default: one for each core in virtual time, otherwise 1)")
	fl.Var(&value[string]{&f.out, "", "DIR", readGiven("names of directories, new or empty")}, "out", "directory to write to; must be new or empty (default: a new one below "+outDefault+")")
	fl.BoolVar(&f.json, "json", false, "print compare.json in place of the table")
	for _, name := range []string{"seed", "users", "for", "parallel"} {
		complete(cmd, name)
	}
	complete(cmd, "compress", "auto")
	complete(cmd, "faults", faultNames()...)
	return cmd
}

// faultNames are those of the catalogue, for completion.
func faultNames() []string {
	sets, _ := scenarios.Faults() // a test demands that they can be read
	names := []string{matrix.None}
	for _, s := range sets {
		names = append(names, s.Name)
	}
	return names
}

func (f *compareFlags) run(cmd *cobra.Command, args []string) error {
	o, err := f.options(args)
	if err != nil {
		return err
	}
	o.OnCell = func(p compare.Progress) {
		fmt.Fprintf(cmd.ErrOrStderr(), "[%d/%d] %s under %s: %s\n", p.Done, p.Of, p.Architecture, p.Cell.Fault, reports.MatrixCell(p.Cell))
	}
	plans, err := compare.Plan(o)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := prepare(ctx, o.On, plans.Variants()); err != nil {
		return err
	}
	dir, err := makeOut(f.out, time.Now())
	if err != nil {
		return err
	}
	m, failed := plans.Run(ctx, dir)
	if err := reports.WriteMatrix(dir, m); err != nil {
		failed = errors.Join(failed, &run.InfrastructureError{Err: err})
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "report: %s\n", filepath.Join(dir, reports.Page))
	if err := f.tell(cmd.OutOrStdout(), m); err != nil {
		failed = errors.Join(failed, &run.InfrastructureError{Err: fmt.Errorf("standard output: %w", err)})
	}
	switch {
	case failed != nil:
		return failed
	case ctx.Err() != nil:
		missing, of := m.Missing()
		return fmt.Errorf("interrupted: %d of %d cells were not measured%w", missing, of, outcomeError(exitUnknown))
	case !m.Complete():
		return outcomeError(exitUnknown)
	}
	return nil
}

// architectures compares those of the catalogue in virtual time, for the report of
// other runs.
func (f *runFlags) architectures(ctx context.Context, cmd *cobra.Command, dir string) (*matrix.Matrix, error) {
	all := compareFlags{substrateFlags: substrateFlags{substrate: "sim"}, seed: f.seed}
	o, err := all.options(nil)
	if err != nil {
		return nil, err
	}
	plans, err := compare.Plan(o)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "architectures under faults, in virtual time: %d runs\n", plans.Runs())
	m, err := plans.Run(ctx, dir)
	if unwritten := reports.WriteMatrixJSON(dir, m); unwritten != nil {
		err = errors.Join(err, &run.InfrastructureError{Err: unwritten})
	}
	fmt.Fprintln(cmd.ErrOrStderr(), m.Headline)
	return m, err
}

// options reads all that is asked for. It starts nothing.
func (f *compareFlags) options(args []string) (o compare.Options, err error) {
	if o.On, err = f.substrateOf(); err != nil {
		return o, err
	}
	if f.substrate == "sim" && f.compress > 1 {
		return o, errors.New("--compress divides real time, of which the simulator needs none: leave it out")
	}
	if len(args) == 0 {
		args = []string{scenarios.Architectures}
	}
	sel, err := choose(args, false)
	if err != nil {
		return o, err
	}
	for _, s := range sel {
		for _, v := range s.variants {
			o.Designs = append(o.Designs, compare.Design{Scenario: s.scenario, Variant: v})
		}
	}
	o.Seed, o.Compress, o.Users, o.For = 1, f.compress, f.users, f.duration
	if f.seed != nil {
		o.Seed = *f.seed
	}
	o.Version, o.Parallel = harness.Version(), f.atOnce(o.On)
	if f.faults != nil && len(f.faults) == 0 {
		return o, fmt.Errorf("--faults names none: %w", accepted(strings.Join(faultNames(), ", ")+", with commas between; all without --faults"))
	}
	o.Faults, err = scenarios.ChooseFaults(f.faults)
	return o, err
}

// atOnce is how many runs go at the same time.
func (f *compareFlags) atOnce(sub substrate.Substrate) int {
	_, virtual := sub.(substrate.Virtual)
	switch {
	case f.parallel > 0:
		return f.parallel
	case virtual:
		return runtime.GOMAXPROCS(0)
	}
	return 1
}

func (f *compareFlags) tell(w io.Writer, m *matrix.Matrix) error {
	if f.json {
		return encode(w, m)
	}
	var text strings.Builder
	reports.MatrixText(&text, m)
	_, err := io.WriteString(w, text.String())
	return err
}
