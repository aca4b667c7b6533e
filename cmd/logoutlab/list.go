package main

import (
	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

const listHelp = `List the catalogue: scenarios, their variants and what they are about. Or what a
scenario file may say: its fields with their defaults and what they accept, the
faults with their settings, and the causes that an expectation may ask for and a
report tells.`

func newList() *cobra.Command {
	var fields, faults, causes, asJSON bool
	cmd := &cobra.Command{
		Use:     "list [--fields | --faults | --causes]",
		Short:   "List the catalogue, or what a scenario file may say",
		Long:    listHelp,
		Example: "  logoutlab list\n  logoutlab list --fields | less\n  logoutlab list --causes --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all list
			var err error
			switch {
			case fields:
				all = fieldsOf(scenario.Fields())
			case faults:
				all = readFaults()
			case causes:
				all = readCauses()
			default:
				all, err = readCatalogue()
			}
			if err != nil {
				return err
			}
			if asJSON {
				return encode(cmd.OutOrStdout(), all)
			}
			return all.text(cmd.OutOrStdout())
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	cmd.Flags().BoolVar(&fields, "fields", false, "the fields of a scenario file")
	cmd.Flags().BoolVar(&faults, "faults", false, "the faults and their settings")
	cmd.Flags().BoolVar(&causes, "causes", false, "the causes, in words")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	cmd.MarkFlagsMutuallyExclusive("fields", "faults", "causes")
	return cmd
}
