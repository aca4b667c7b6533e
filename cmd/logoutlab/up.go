package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/live"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/container"
)

type upFlags struct {
	substrateFlags
	seed    *uint64
	session string
	relay   bool
	follow  bool
	detach  bool
}

func newUp() *cobra.Command {
	var flags upFlags
	cmd := &cobra.Command{
		Use:   "up NAME/VARIANT|FILE/VARIANT",
		Short: "Keep a variant's system up, to try by hand",
		Long: `Up brings a variant's system up, in real time and without users: log in with
curl or a browser. It says where all parts are, how to log in, and how to go on.
Nothing goes wrong until ` + "`logoutlab inject`" + ` says so, from another terminal.

The system is there until Ctrl-C or ` + "`logoutlab down`" + `. Nothing is left of it
then, nor if the program is killed. Several can be up at once, by the names of
their sessions.`,
		Example: "  logoutlab up culprits/clock-skew/broken\n" +
			"  logoutlab inject 'clock_skew: {node: app-2, offset: +25s}' --for 30s\n  logoutlab down",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeScenarios,
		RunE:              func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args) },
	}
	flags.add(cmd, "container", "container", "loopback")
	fl := cmd.Flags()
	fl.Var(&value[*uint64]{&flags.seed, "", "N", readSeed}, "seed", seedHelp)
	fl.Var(&value[string]{&flags.session, "", "NAME", readSession}, "session", "what to call the session (default: SCENARIO-VARIANT)")
	fl.BoolVar(&flags.relay, "relay", false, "put a relay between any two parts, which the faults latency and reset need; partition needs that there is none")
	fl.BoolVar(&flags.follow, "follow", false, "show every decision of the nodes")
	fl.BoolVar(&flags.detach, "detach", false, "return when the system is up, and keep it up in the background")
	cmd.MarkFlagsMutuallyExclusive("follow", "detach")
	complete(cmd, "seed")
	complete(cmd, "session")
	return cmd
}

// readSession reads the name of a session.
func readSession(s string) (string, error) { return s, live.CheckName(s) }

func (f *upFlags) run(cmd *cobra.Command, args []string) error {
	sub, p, err := f.plan(args)
	if err != nil {
		return err
	}
	if f.session == "" {
		f.session = p.Scenario.Name + "-" + p.Variant.Name
		if err := live.CheckName(f.session); err != nil {
			return fmt.Errorf("%s is too long for a session: name it with --session", f.session)
		}
	}
	if live.Alive(f.session) {
		return &live.TakenError{Session: f.session}
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	if err := (planned{plans: []*plan.Plan{p}, substrate: sub}).prepare(ctx); err != nil {
		return err
	}
	if f.detach {
		return detach(ctx, cmd, f.session)
	}
	return failed(live.Run(ctx, live.Options{
		Session: f.session, Name: strings.TrimSuffix(p.Scenario.File, "/") + "/" + p.Variant.Name,
		Plan: p, Substrate: sub, Out: cmd.OutOrStdout(), Follow: f.follow,
	}))
}

// plan reads what is to be up, and checks all of it.
func (f *upFlags) plan(args []string) (substrate.Real, *plan.Plan, error) {
	found, err := f.substrateOf()
	if err != nil {
		return nil, nil, err
	}
	sub, ok := found.(substrate.Real)
	if !ok {
		return nil, nil, fmt.Errorf("--substrate %s has no system that a person could try (accepted: container, loopback)", found.Name())
	}
	if c, ok := sub.(*container.Substrate); ok {
		c.ByHand = true
	}
	sel, err := choose(args, false)
	if err != nil {
		return nil, nil, err
	}
	s, variants := sel[0].scenario, sel[0].variants
	if len(variants) > 1 {
		return nil, nil, fmt.Errorf("%s has several variants: name one, such as %s/%s (accepted: %s)", args[0], args[0], variants[0], s.VariantNames())
	}
	p, err := live.Plan(s, variants[0], seedOf(f.seed, s), sub, f.relay)
	return sub, p, err
}

// failed sorts an error of package live: what is the user's to mend, and what
// the infrastructure did.
func failed(err error) error {
	var theirs *live.RefusedError
	var config *substrate.RefusedError
	var taken *live.TakenError
	if err == nil || errors.As(err, &theirs) || errors.As(err, &config) || errors.As(err, &taken) {
		return err
	}
	return &run.InfrastructureError{Err: err}
}
