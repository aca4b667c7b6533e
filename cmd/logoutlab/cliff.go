package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness"
	"github.com/logoutlab/logoutlab/harness/cliff"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
	"github.com/logoutlab/logoutlab/reports"
)

const cliffHelp = `Cliff runs a variant in virtual time with one of its durations varied, and
finds by bisection the value at which spurious logouts start. The range is
FIELD=FROM..TO, with the field as in a scenario file, or a fault's by its place
in the variant's list: faults[0].offset.

Beside each rate stands the upper end of its 95 % interval: with few users, 0
is compatible with more than the limit.

Exit codes: 0 there is a cliff, or both ends are safe; 1 both ends are harmful;
3 bad usage.`

// cliffFlags are the flags of cliff.
type cliffFlags struct {
	vary  span
	seed  *uint64
	limit float64
	plan  plan.Options
}

// span is a field and a range of its values.
type span struct {
	path     string
	from, to time.Duration
}

func newCliff() *cobra.Command {
	f := cliffFlags{limit: 0.0001}
	cmd := &cobra.Command{
		Use:   "cliff NAME[/VARIANT]|FILE[/VARIANT] --vary FIELD=FROM..TO",
		Short: "Find the value of a setting at which logouts start",
		Long:  cliffHelp,
		Example: "  logoutlab cliff culprits/clock-skew --vary session.leeway=0s..2m\n" +
			"  logoutlab cliff culprits/clock-skew/leeway-60s --vary faults[0].offset=0s..5m --limit 0.1%",
		ValidArgsFunction: completeScenarios,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.Var(&value[span]{&f.vary, "", "FIELD=FROM..TO", readSpan}, "vary", "the duration to vary, and its range")
	fl.Var(&value[float64]{&f.limit, "0.01%", "SHARE", readShare}, "limit", "the share of valid actions from which on spurious logouts count")
	fl.Var(&value[*uint64]{&f.seed, "", "N", readSeed}, "seed", seedHelp)
	fl.Var(&value[int]{&f.plan.Users, "", "N", readUsers}, "users", "number of users, in place of the scenario's")
	fl.Var(&value[time.Duration]{&f.plan.For, "", "DURATION", readFor}, "for", "how long the users act, in scenario time, in place of the scenario's")
	for _, name := range []string{"vary", "limit", "seed", "users", "for"} {
		complete(cmd, name)
	}
	return cmd
}

func readSpan(text string) (span, error) {
	path, ends, ok := strings.Cut(text, "=")
	low, high, both := strings.Cut(ends, "..")
	from, err1 := time.ParseDuration(low)
	to, err2 := time.ParseDuration(high)
	if !ok || !both || err1 != nil || err2 != nil || path == "" || from == to {
		return span{}, accepted("a field and two different durations, such as session.leeway=0s..2m")
	}
	return span{path, from, to}, nil
}

func readShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(number, 64)
	if percent {
		share /= 100
	}
	if err != nil || !(share >= 0 && share < 1) {
		return 0, accepted("shares such as 0, 0.01% or 0.001")
	}
	return share, nil
}

func (f *cliffFlags) run(cmd *cobra.Command, args []string) error {
	if len(args) != 1 || f.vary.path == "" {
		return errors.New("name one scenario, and what to vary: logoutlab cliff culprits/clock-skew --vary session.leeway=0s..2m")
	}
	sel, err := choose(args, false)
	if err != nil {
		return err
	}
	s, variant := sel[0].scenario, sel[0].variants[0]
	f.plan.Seed = seedOf(f.seed, s)
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	out := cmd.OutOrStdout()
	if _, err := cliff.With(s, variant, f.vary.path, f.vary.from); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s/%s, %s from %s to %s, seed %d: valid actions that ended in a spurious logout\n",
		s.Name, variant, f.vary.path, scenario.FormatDuration(f.vary.from), scenario.FormatDuration(f.vary.to), f.plan.Seed)
	sub := &sim.Substrate{}
	f.plan.Limits = run.LimitsOf(sub)
	found, err := cliff.Find(ctx, cliff.Options{
		Scenario: s, Variant: variant, Path: f.vary.path, From: f.vary.from, To: f.vary.to, Limit: f.limit,
		Plan: f.plan, On: sub, Version: harness.Version(), OnPoint: func(p cliff.Point) { tellPoint(out, p) },
	})
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s%w", interrupted, outcomeError(exitUnknown))
	case err != nil:
		return err
	}
	return f.conclude(out, found)
}

func tellPoint(w io.Writer, p cliff.Point) {
	fmt.Fprintf(w, "  %-12s %9s  %d of %d, at most %s  %s\n", scenario.FormatDuration(p.Value), reports.Percent(p.Rate.Value),
		p.Rate.Count, p.Rate.Of, reports.Percent(p.Rate.Hi), p.Cause)
}

// conclude says where the cliff is.
func (f *cliffFlags) conclude(w io.Writer, c *cliff.Cliff) error {
	limit := reports.Percent(f.limit)
	switch {
	case c.Harmful == nil:
		fmt.Fprintf(w, "safe at both ends of this range (limit %s): if it is not in between, give a narrower one\n", limit)
	case c.Safe == nil:
		fmt.Fprintf(w, "harmful at both ends of this range (limit %s): if it is not in between, give a narrower one\n", limit)
		return outcomeError(exitFails)
	case c.Safe.Value < c.Harmful.Value:
		fmt.Fprintf(w, "safe up to %s, harmful from %s on (limit %s)\n", scenario.FormatDuration(c.Safe.Value), scenario.FormatDuration(c.Harmful.Value), limit)
	default:
		fmt.Fprintf(w, "safe from %s on, harmful up to %s (limit %s)\n", scenario.FormatDuration(c.Safe.Value), scenario.FormatDuration(c.Harmful.Value), limit)
	}
	return nil
}
