package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/scenarios"
)

const explainHelp = `Explain a culprit in plain words: what the user sees, why it happens, how to
confirm it in production, the cures and their price. Or a cause, or a fault: what
it is, and which culprits show it. The text of a culprit is its scenario's own
(about:), so that a file of yours can be explained too.`

func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:     "explain NAME",
		Short:   "Explain a culprit, a cause or a fault in plain words",
		Long:    explainHelp,
		Example: "  logoutlab explain refresh-race\n  logoutlab explain clock_skew\n  logoutlab explain my-scenario.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := explain(args[0])
			if err != nil {
				return err
			}
			_, err = io.WriteString(cmd.OutOrStdout(), text)
			return err
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return explained(), cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// explained lists all that can be, but users' own files.
func explained() []string {
	names := append(scenarios.Names(), oracle.Causes()...)
	for _, f := range scenario.FaultSpecs() {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// explain is the text about all that goes by a name.
func explain(name string) (string, error) {
	var parts []string
	known := "" // the scenario that the reader has just read about
	s, _, err := scenarios.Load(name)
	switch {
	case err == nil:
		known = s.Name
		parts = append(parts, ofScenario(s))
	case errors.As(err, new(scenario.Errors)):
		return "", err
	}
	if slices.Contains(oracle.Causes(), name) {
		parts = append(parts, wrapped("The cause "+name+": because "+oracle.InWords(name)+".", "")+shownBy(func(o *scenario.Scenario) bool { return expects(o, name) }, known))
	}
	if i := slices.IndexFunc(scenario.FaultSpecs(), func(f scenario.FaultSpec) bool { return f.Name == name }); i >= 0 {
		parts = append(parts, wrapped("The fault "+name+": "+scenario.FaultSpecs()[i].Doc, "")+shownBy(func(o *scenario.Scenario) bool { return suffers(o, name) }, known))
	}
	if len(parts) == 0 {
		if near := scenario.Nearest(name, explained()); near != "" {
			return "", fmt.Errorf("nothing is called %q (did you mean %s?)", name, near)
		}
		return "", fmt.Errorf("nothing is called %q: `logoutlab list` has the culprits, with --causes the causes, with --faults the faults", name)
	}
	return strings.Join(parts, "\n"), nil
}

// ofScenario is a scenario's own text, and how it is run.
func ofScenario(s *scenario.Scenario) string {
	var b strings.Builder
	b.WriteString(wrapped(s.Title, ""))
	for _, t := range s.About.Topics() {
		b.WriteString("\n" + t.Asks + "\n" + wrapped(t.Text, "  "))
	}
	if len(s.About.Topics()) == 0 {
		b.WriteString("\n" + kindred(s))
	}
	b.WriteString("\nTo see it: logoutlab run " + s.File + "\n")
	for _, v := range s.Variants {
		b.WriteString(hanging(fmt.Sprintf("  %-22s ", v.Name), v.Title))
	}
	return b.String()
}

// kindred names the culprits that a scenario without a text of its own has, by
// its number in the catalogue.
func kindred(s *scenario.Scenario) string {
	var b strings.Builder
	for _, name := range scenarios.Names() {
		c, _, err := scenarios.Load(name)
		if err == nil && s.Culprit != "" && c.Culprit == s.Culprit && len(c.About.Topics()) > 0 {
			fmt.Fprintf(&b, "  logoutlab explain %s\n", name)
		}
	}
	if b.Len() == 0 {
		return "The file has no text of its own (about: has room for sees, why, confirm and cures).\n"
	}
	return "Why that happens, and what cures it:\n" + b.String()
}

// expects tells whether a scenario shows a cause.
func expects(s *scenario.Scenario, cause string) bool {
	return slices.ContainsFunc(s.Variants, func(v scenario.Variant) bool {
		return slices.ContainsFunc(v.Expect, func(x scenario.Expectation) bool { return x.Cause == cause })
	})
}

// suffers tells whether a scenario has a fault.
func suffers(s *scenario.Scenario, fault string) bool {
	return slices.ContainsFunc(s.Variants, func(v scenario.Variant) bool {
		return slices.ContainsFunc(v.Faults, func(f scenario.Fault) bool { return f.Name == fault })
	})
}

// shownBy lists the culprits of a kind, but for the one that has been read about.
func shownBy(is func(*scenario.Scenario) bool, read string) string {
	var b strings.Builder
	for _, name := range scenarios.Names() {
		if s, _, err := scenarios.Load(name); err == nil && s.Name != read && is(s) {
			fmt.Fprintf(&b, "  logoutlab explain %s\n", name)
		}
	}
	switch {
	case b.Len() == 0 && read != "":
		return "No other culprit of the catalogue shows it.\n"
	case b.Len() == 0:
		return "No culprit of the catalogue shows it.\n"
	}
	return "It is shown by:\n" + b.String()
}

// textWidth is where lines of plain text end.
const textWidth = 80

// wrapped breaks text into lines, each behind an indent.
func wrapped(text, indent string) string {
	var b strings.Builder
	line := indent
	for _, word := range strings.Fields(text) {
		if len(line) > len(indent) && len(line)+1+len(word) > textWidth {
			b.WriteString(line + "\n")
			line = indent
		}
		if len(line) > len(indent) {
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
	return b.String()
}

// hanging is text behind a head, later lines below its beginning.
func hanging(head, text string) string {
	indent := strings.Repeat(" ", len(head))
	return head + strings.TrimPrefix(wrapped(text, indent), indent)
}
