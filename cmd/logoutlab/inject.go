package main

import (
	"errors"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/live"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

func newInject() *cobra.Command {
	var session string
	var lasts time.Duration
	cmd := &cobra.Command{
		Use:   "inject FAULT",
		Short: "Let something go wrong in a system that is up",
		Long: `Inject injects a fault into a system that ` + "`logoutlab up`" + ` keeps up, says by
what means, and takes it back: after --for, or by Ctrl-C. It is written as in a
scenario file (` + "`logoutlab list --faults`" + `); the name alone will do for a fault
without settings.`,
		Example: "  logoutlab inject 'clock_skew: {node: app-2, offset: +25s}' --for 30s\n  logoutlab inject store_flush",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			session, err := live.Choose(session)
			if err != nil {
				return err
			}
			text := args[0]
			if lasts > 0 {
				text = scenario.Lasting(text, lasts)
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
			defer stop()
			return failed(live.Inject(ctx, session, text, func(line string) { fmt.Fprintln(cmd.OutOrStdout(), line) }))
		},
		ValidArgsFunction: completeFaults,
	}
	cmd.Flags().Var(&value[time.Duration]{&lasts, "", "DURATION", readLasting}, "for", "take it back after this long (30s, 5m)")
	addSession(cmd, &session)
	complete(cmd, "for")
	return cmd
}

func newDown() *cobra.Command {
	var session string
	cmd := &cobra.Command{
		Use:     "down",
		Short:   "Take a system down that is up",
		Long:    "Down takes down a system that `logoutlab up` keeps up, and says what it removed.",
		Example: "  logoutlab down\n  logoutlab down --session clock-skew-broken",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			session, err := live.Choose(session)
			if err != nil {
				return err
			}
			return failed(live.Down(cmd.Context(), session, func(line string) { fmt.Fprintln(cmd.OutOrStdout(), line) }))
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	addSession(cmd, &session)
	return cmd
}

func addSession(cmd *cobra.Command, to *string) {
	cmd.Flags().Var(&value[string]{to, "", "NAME", readSession}, "session", "which system, if several are up")
	_ = cmd.RegisterFlagCompletionFunc("session", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		all, _ := live.Sessions() // what cannot be listed is not offered
		return all, cobra.ShellCompDirectiveNoFileComp
	})
}

// completeFaults offers the faults' names.
func completeFaults(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, f := range scenario.FaultSpecs() {
		all = append(all, f.Name+"\t"+f.Doc)
	}
	return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func readLasting(s string) (time.Duration, error) {
	d, err := scenario.ParseDuration(s)
	if err != nil || d < time.Millisecond {
		return 0, errors.New("accepted are durations from 1ms to 3650d, such as 30s or 5m")
	}
	return d, nil
}
