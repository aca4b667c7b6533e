// Package scenarios is the catalogue: the scenario files that come with
// logoutlab, embedded in the binary. [Load] reads these, and users' own.
package scenarios

import (
	"embed"
	"path"
	"slices"
	"strings"
)

//go:embed culprits/*.yaml incidents/*.yaml architectures/*.yaml faults.yaml
var files embed.FS

// The groups of the catalogue.
const (
	Culprits      = "culprits"      // one scenario for each known cause
	Incidents     = "incidents"     // public bug reports
	Architectures = "architectures" // named designs, to be compared; nothing is injected
)

// Groups lists them.
func Groups() []string { return []string{Culprits, Incidents, Architectures} }

// Names lists the culprits, sorted, as "culprits/clock-skew".
func Names() []string { return Group(Culprits) }

// Group lists the scenarios of a group, sorted; none if there is no such group.
func Group(group string) []string {
	entries, err := files.ReadDir(group)
	if err != nil || !slices.Contains(Groups(), group) {
		return nil
	}
	var names []string
	for _, e := range entries { // sorted by file name
		names = append(names, group+"/"+strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// All lists the scenarios of all groups.
func All() []string {
	var names []string
	for _, g := range Groups() {
		names = append(names, Group(g)...)
	}
	return names
}

// Source is the text of a scenario of the catalogue.
func Source(name string) ([]byte, error) { return files.ReadFile(name + ".yaml") }

// Resolve splits "culprits/clock-skew/broken", or any shorter form that names
// one scenario ("clock-skew", "clock-skew/broken"), into name and variant.
func Resolve(arg string) (name, variant string, ok bool) {
	for _, n := range All() {
		for _, form := range []string{n, path.Base(n)} {
			if arg == form {
				return n, "", true
			}
			if rest, found := strings.CutPrefix(arg, form+"/"); found && rest != "" && !strings.Contains(rest, "/") {
				return n, rest, true
			}
		}
	}
	return "", "", false
}
