package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/scenarios"
)

func newList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the catalogue: scenarios, their variants and what they are about",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "SCENARIO\tABOUT\tVARIANTS")
			for _, name := range scenarios.Names() {
				s, err := find(name)
				if err != nil {
					return err
				}
				fmt.Fprintf(w, "%s\t%s\t%s\n", name, s.scenario.Title, strings.Join(s.variants, ", "))
			}
			return w.Flush()
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
}

// completeScenarios offers catalogue names, besides files.
func completeScenarios(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return scenarios.Names(), cobra.ShellCompDirectiveDefault
}
