package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/reports"
)

// schema is a JSON Schema that the program prints.
type schema struct {
	name string // what the command line calls it
	file string // where it is published, from the top of the repository
	make func() (*jsonschema.Schema, error)
}

// published is where the schemas are loaded from by their address.
const published = "https://raw.githubusercontent.com/logoutlab/logoutlab/main/"

func schemas() []schema {
	return []schema{
		{"scenario", "scenarios/scenario.schema.json", func() (*jsonschema.Schema, error) { return scenario.JSONSchema(), nil }},
		{"faults", "scenarios/faults.schema.json", func() (*jsonschema.Schema, error) { return scenario.FaultsJSONSchema(), nil }},
		{"result", "reports/result.schema.json", result.JSONSchema},
		{"summary", "reports/summary.schema.json", reports.SummaryJSONSchema},
	}
}

func newSchema() *cobra.Command {
	var names []string
	for _, s := range schemas() {
		names = append(names, s.name)
	}
	return &cobra.Command{
		Use:   "schema [" + strings.Join(names, "|") + "]",
		Short: "Print the JSON Schema of a file",
		Long: `Schema prints a JSON Schema (draft 2020-12): of a scenario file, so that an editor
completes and checks it (the default), of a file of named faults, of result.json
and --json, or of summary.json. An editor with the YAML language server reads the
schema that the first line of a file names:

  # yaml-language-server: $schema=scenario.schema.json

The schema says what each field takes; what fields mean together, logoutlab check
says.`,
		Example:   "  logoutlab schema > scenario.schema.json\n  logoutlab schema result",
		ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("one schema at a time (accepted: %s)", strings.Join(names, ", "))
			}
			name := append(args, names[0])[0]
			for _, s := range schemas() {
				if s.name == name {
					return s.print(cmd.OutOrStdout())
				}
			}
			return fmt.Errorf("no schema %q (accepted: %s)", name, strings.Join(names, ", "))
		},
	}
}

func (s schema) print(w io.Writer) error {
	what, err := s.make()
	if err != nil {
		return err
	}
	what.ID = published + s.file
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // for people too
	e.SetIndent("", "  ")
	return e.Encode(what)
}
