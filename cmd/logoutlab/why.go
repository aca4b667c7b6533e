package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
	"github.com/logoutlab/logoutlab/harness/why"
)

const whyHelp = `Why runs what a saved history of --substrate sim came from again: without one
of its faults at a time, and with one of its cures at a time. It says by which
change each spurious logout vanishes, and of how many the cause that was told
from the evidence agrees with that. It writes nothing.

Exit codes: 0 causes and runs agree on at least 95 % of the logouts, or there
are none; 1 they do not; 2 interrupted; 3 the history cannot be read, or is not
of the simulator.`

// enoughAgree is the least share of logouts on which causes and runs agree.
const enoughAgree = 0.95

func newWhy() *cobra.Command {
	var user int
	cmd := &cobra.Command{
		Use:     "why HISTORY|RUNDIR",
		Short:   "Ask what would have to be otherwise for each logout not to happen",
		Long:    whyHelp,
		Example: "  logoutlab why results/node-kill/broken\n  logoutlab why results/node-kill/broken --user 17",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return ask(cmd, args[0], user) },
	}
	cmd.Flags().Var(&value[int]{&user, "", "N", readUsers}, "user", "tell the logouts of this user one by one")
	complete(cmd, "user")
	return cmd
}

func ask(cmd *cobra.Command, path string, user int) error {
	p, err := planOfHistory(path)
	if err != nil {
		return err
	}
	if users := p.Variant.Workload.Users; user > users {
		return fmt.Errorf("--user %d: %w", user, accepted(fmt.Sprintf("1 to %d", users)))
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a, err := why.Ask(ctx, why.Options{Plan: p, On: &sim.Substrate{}, Version: harness.Version()})
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s%w", interrupted, outcomeError(exitUnknown))
	case err != nil:
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s/%s, seed %d: ", p.Scenario.Name, p.Variant.Name, p.Seed)
	answer(out, a)
	if user > 0 {
		answerFor(out, a, user, p.Compress)
	}
	if float64(a.Agreed) < enoughAgree*float64(len(a.Logouts)) {
		return outcomeError(exitFails)
	}
	return nil
}

func answer(w io.Writer, a *why.Answer) {
	n := len(a.Logouts)
	if n == 0 {
		fmt.Fprintln(w, "nobody was logged out")
		return
	}
	fmt.Fprintf(w, "%d spurious logouts\n", n)
	for _, c := range a.Causes() {
		fmt.Fprintf(w, "  %-44s %d, of which %d agree with the runs\n", c.Cause, c.Logouts, c.Agreed)
	}
	for _, c := range a.Changes {
		fmt.Fprintf(w, "  %-44s %d vanish", c.Says, c.Vanish)
		if c.Further > 0 {
			fmt.Fprintf(w, ", and %d others come about", c.Further)
		}
		fmt.Fprintln(w)
	}
	if len(a.Changes) == 0 {
		fmt.Fprintln(w, "there is neither a fault to leave out nor a cure to try: nothing can be asked")
		return
	}
	fmt.Fprintf(w, "causes and runs agree on %d of %d\n", a.Agreed, n)
}

// answerFor tells the logouts of one user.
func answerFor(w io.Writer, a *why.Answer, user int, compress float64) {
	mine := a.Of(user)
	if len(mine) == 0 {
		fmt.Fprintf(w, "u%d was never logged out\n", user)
	}
	for _, l := range mine {
		fmt.Fprintf(w, "u%d at %s: %s\n", user, l.When(compress), l.Cause)
		for _, e := range l.Evidence {
			fmt.Fprintf(w, "  evidence: %s\n", e)
		}
		var by []string
		for i, c := range a.Changes {
			if slices.Contains(l.By, i) {
				by = append(by, c.Says)
			}
		}
		if len(by) == 0 {
			by = []string{"by nothing that was tried"}
		}
		fmt.Fprintf(w, "  vanishes %s\n", strings.Join(by, ", "))
	}
}
