package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newCheck() *cobra.Command {
	var flags planFlags
	cmd := &cobra.Command{
		Use:               "check NAME[/VARIANT]|GROUP|FILE... | --all",
		Short:             "Check scenarios without starting anything",
		Long:              "Check reads scenarios, reports every mistake with file, line and column, and says\nhow each variant would be run. It starts nothing.",
		Example:           "  logoutlab check my-scenario.yaml\n  logoutlab check --all",
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			work, err := flags.plans(args)
			if err != nil {
				return err
			}
			for _, p := range work.plans {
				fmt.Fprintf(cmd.OutOrStdout(), "%s/%s: ok: %d actions of %d users in %.1f s on %s (%s)\n",
					p.Scenario.Name, p.Variant.Name, p.Count(), p.Variant.Workload.Users,
					p.Variant.Workload.Duration.Seconds(), work.substrate.Name(), p.Compression())
			}
			for _, n := range work.excluded {
				fmt.Fprintf(cmd.OutOrStdout(), "%s/%s: left out of --all: %s\n", n.Scenario, n.Variant, n.Why)
			}
			return nil
		},
	}
	flags.add(cmd)
	return cmd
}
