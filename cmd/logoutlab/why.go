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
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
	"github.com/logoutlab/logoutlab/harness/why"
)

const whyHelp = `Why runs what a saved history of --substrate sim came from again: without one
of its faults at a time, and with one of its cures at a time. It says by which
change each harm vanishes (a spurious logout, ghost session, wrong identity or
lockout), and of how many the cause that was told from the evidence agrees with
that. It writes nothing.

Exit codes: 0 causes and runs agree on at least 95 % of each kind of harm, or
there is none; 1 they do not; 2 interrupted, or there is neither a fault to leave
out nor a cure to try; 3 the history cannot be read, or is not
of the simulator.`

// enoughAgree is the least share of harms of a kind on which causes and runs agree.
const enoughAgree = 0.95

func newWhy() *cobra.Command {
	var user int
	cmd := &cobra.Command{
		Use:     "why HISTORY|RUNDIR",
		Short:   "Ask what would have to be otherwise for each harm not to happen",
		Long:    whyHelp,
		Example: "  logoutlab why results/node-kill/broken\n  logoutlab why results/node-kill/broken --user 17",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return ask(cmd, args[0], user) },
	}
	cmd.Flags().Var(&value[int]{&user, "", "N", readUsers}, "user", "tell what befell this user, one by one")
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
	if len(a.Kinds) > 0 && !a.Asked() {
		return outcomeError(exitUnknown)
	}
	for _, k := range a.Kinds {
		if float64(k.Agreed) < enoughAgree*float64(len(k.Harms)) {
			return outcomeError(exitFails)
		}
	}
	return nil
}

// harmsInWords names so many harms of a kind.
func harmsInWords(k *why.Kind) string {
	names := map[oracle.Verdict][2]string{
		oracle.SpuriousLogout: {"spurious logout", "spurious logouts"}, oracle.GhostSession: {"ghost session", "ghost sessions"},
		oracle.WrongIdentity: {"wrong identity", "wrong identities"}, oracle.Lockout: {"lockout", "lockouts"},
	}[k.Verdict]
	if len(k.Harms) == 1 {
		return "1 " + names[0]
	}
	return fmt.Sprintf("%d %s", len(k.Harms), names[1])
}

func answer(w io.Writer, a *why.Answer) {
	if len(a.Kinds) == 0 {
		fmt.Fprintln(w, "nobody was harmed")
		return
	}
	for i, k := range a.Kinds {
		if i > 0 {
			fmt.Fprint(w, "and ")
		}
		fmt.Fprintln(w, harmsInWords(k))
		for _, c := range k.Causes() {
			agreed := ""
			if a.Asked() {
				agreed = fmt.Sprintf(", of which %d agree with the runs", c.Agreed)
			}
			fmt.Fprintf(w, "  %-44s %d%s\n", c.Cause, c.Harms, agreed)
		}
		for i, t := range k.Tried {
			fmt.Fprintf(w, "  %-44s %d vanish", a.Changes[i].Says, t.Vanish)
			if t.Further > 0 {
				fmt.Fprintf(w, ", and %d others come about", t.Further)
			}
			fmt.Fprintln(w)
		}
	}
	if !a.Asked() {
		fmt.Fprintln(w, "there is neither a fault to leave out nor a cure to try: nothing can be asked, and no cause has a score")
		return
	}
	harms, agreed := a.Total()
	fmt.Fprintf(w, "causes and runs agree on %d of %d\n", agreed, harms)
}

// answerFor tells what befell one user.
func answerFor(w io.Writer, a *why.Answer, user int, compress float64) {
	harmed := false
	for _, k := range a.Kinds {
		for _, l := range k.By(user) {
			harmed = true
			fmt.Fprintf(w, "u%d at %s: %s, %s\n", user, l.When(compress), l.Verdict, l.Cause)
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
	if !harmed {
		fmt.Fprintf(w, "u%d was never harmed\n", user)
	}
}
