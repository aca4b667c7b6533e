package main

import (
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/scenarios"
)

// complete offers words for a flag's value; without words nothing, where file
// names would make no sense.
func complete(cmd *cobra.Command, flag string, words ...string) {
	// It fails only for a flag that does not exist, or twice for one.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// completeScenarios offers the catalogue's groups and scenarios, by their full and their
// short names, and after a name and a slash its variants; besides files.
func completeScenarios(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	out := scenarios.Groups()
	for _, name := range scenarios.All() {
		s, err := find(name)
		if err != nil {
			continue
		}
		for _, form := range []string{name, path.Base(name)} {
			if form == name || begun != "" {
				out = append(out, form+"\t"+s.scenario.Title)
			}
			if strings.HasPrefix(begun, form+"/") {
				for _, v := range s.variants {
					out = append(out, form+"/"+v)
				}
			}
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return !strings.HasPrefix(s, begun) }), cobra.ShellCompDirectiveDefault
}
