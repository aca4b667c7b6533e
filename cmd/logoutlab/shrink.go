package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/shrink"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

const shrinkHelp = `Shrink reduces what a saved history of --substrate sim came from to the
smallest plan that still shows the same: the most frequent kind of harm with its
main cause. It leaves out users, actions, faults and time, runs what remains in
virtual time, and keeps it if it still shows the harm. What is left is a
scenario file with a script of who does what when, and with its seed.

Exit codes: 0 there is such a file; 1 nobody was harmed in the run; 2
interrupted; 3 the history cannot be read or is not of the simulator, or the
file exists; 4 the file cannot be written.`

func newShrink() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:     "shrink HISTORY|RUNDIR",
		Short:   "Reduce a run to the smallest one that shows the same harm",
		Long:    shrinkHelp,
		Example: "  logoutlab shrink results/node-kill/broken --out small.yaml\n  logoutlab run small.yaml --substrate sim",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return shrinkTo(cmd, args[0], out) },
	}
	cmd.Flags().Var(&value[string]{&out, "", "FILE", readGiven("names of new files")}, "out", "new file for the scenario (default: standard output)")
	return cmd
}

func shrinkTo(cmd *cobra.Command, path, out string) error {
	p, err := planOfHistory(path)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(out); out != "" && !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return err
		}
		return fmt.Errorf("%s exists already: move it away, or name another file with --out", out)
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	told := cmd.ErrOrStderr()
	s, err := shrink.Shrink(ctx, shrink.Options{Plan: p, On: &sim.Substrate{}, Version: harness.Version(),
		OnStep: func(what string, left shrink.Size) { fmt.Fprintf(told, "  %-16s %s\n", what, sized(left)) }})
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s%w", interrupted, outcomeError(exitUnknown))
	case errors.Is(err, shrink.ErrHarmless):
		return fmt.Errorf("%w%w", err, outcomeError(exitFails))
	case err != nil:
		return err
	}
	fmt.Fprintf(told, "%s (%s): from %s to %s, %d requests in all, after %d runs\n", s.Harm.Metric, s.Harm.Cause, sized(s.From), sized(s.To), s.Result.Requests, s.Runs)
	if out == "" {
		_, err = cmd.OutOrStdout().Write(s.Text)
		return err
	}
	if err := writeNew(out, "another file with --out", func(f *os.File) error { _, err := f.Write(s.Text); return err }); err != nil {
		return err
	}
	fmt.Fprintf(told, "repeat: %s\n", run.Shell("logoutlab", "run", out, "--substrate", "sim"))
	return nil
}

// sized says how large a plan is.
func sized(s shrink.Size) string {
	return strings.Join([]string{
		several(s.Users, "user"), several(s.Actions, "action"), several(s.Faults, "fault"), scenario.FormatDuration(s.Duration),
	}, ", ")
}

func several(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// planOfHistory makes the plan of the one history of the simulator at a path
// again.
func planOfHistory(path string) (*plan.Plan, error) {
	found, err := histories(path)
	if err != nil {
		return nil, err
	}
	if len(found) > 1 {
		return nil, fmt.Errorf("%s holds %d histories: name one of them, such as %s", path, len(found), found[0])
	}
	s, err := readSaved(found[0])
	if err != nil {
		return nil, err
	}
	work, err := plansOf(s.header.Repeat)
	if err != nil {
		return nil, fmt.Errorf("%s: its plan cannot be made again: %w", s.path, err)
	}
	p := work.plans[0]
	if p.Digest() != s.header.PlanHash {
		return nil, fmt.Errorf("%s: the scenario is not what it was: run it again, and ask about the new history", s.path)
	}
	if most := work.substrate.Limits().MaxRequests; p.Requests() > float64(most) {
		return nil, fmt.Errorf("%s: it has about %.0f requests, and runs of at most %d can be asked about, as each question plays the exact engine: run it with fewer --users, and ask about that", s.path, p.Requests(), most)
	}
	return p, nil
}
