// Package scenarios is the catalogue: the scenario files that come with
// logoutlab, embedded in the binary. [Load] reads these, and users' own.
package scenarios

import (
	"embed"
	"io/fs"
	"path"
	"sort"
	"strings"
)

//go:embed culprits/*.yaml
var files embed.FS

// Names lists the catalogue, sorted, as "culprits/clock-skew".
func Names() []string {
	var names []string
	// An embedded tree cannot fail to be walked.
	_ = fs.WalkDir(files, ".", func(p string, _ fs.DirEntry, err error) error {
		if err == nil && path.Ext(p) == ".yaml" {
			names = append(names, strings.TrimSuffix(p, ".yaml"))
		}
		return err
	})
	sort.Strings(names)
	return names
}

// Source is the text of a scenario of the catalogue.
func Source(name string) ([]byte, error) { return files.ReadFile(name + ".yaml") }

// Resolve splits "culprits/clock-skew/broken", or any shorter form that names
// one scenario ("clock-skew", "clock-skew/broken"), into name and variant.
func Resolve(arg string) (name, variant string, ok bool) {
	for _, n := range Names() {
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
