package harness

import (
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
)

// release is the version of this module, where the build has none of its own.
const release = "0.1.0"

const (
	modulePath = "github.com/logoutlab/logoutlab"
	unknown    = "+unknown-build"
	dirty      = "+dirty"
)

// Version is the version of logoutlab: that of the released module; else the
// commit that the program was built from, with +dirty if files had changed; else
// it says that the build is unknown (see [Told]).
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return release + unknown
	}
	return versionOf(info)
}

// Told tells whether a version names the code that was built: an unknown build
// and one with changed files may be anything.
func Told(version string) bool {
	return !strings.HasSuffix(version, unknown) && !strings.HasSuffix(version, dirty)
}

// pseudo are versions that Go makes of a commit: https://go.dev/ref/mod#pseudo-versions
var pseudo = regexp.MustCompile(`-(.*\.)?[0-9]{14}-[0-9a-f]{12}(\+|$)`)

// versionOf is the version that a program was built with, be it logoutlab itself
// or one that uses it.
func versionOf(info *debug.BuildInfo) string {
	if info.Main.Path != modulePath {
		i := slices.IndexFunc(info.Deps, func(m *debug.Module) bool { return m.Path == modulePath })
		if i < 0 || info.Deps[i].Replace != nil {
			return release + unknown
		}
		return moduleVersion(info.Deps[i])
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	commit := settings["vcs.revision"]
	if commit == "" || info.Main.Version != "" && info.Main.Version != "(devel)" && !pseudo.MatchString(info.Main.Version) {
		return moduleVersion(&info.Main)
	}
	version := release + "+" + commit[:min(12, len(commit))]
	if settings["vcs.modified"] == "true" {
		version += dirty
	}
	return version
}

// moduleVersion is the version of a module as Go fetched it.
func moduleVersion(m *debug.Module) string {
	if m.Version == "" || m.Version == "(devel)" {
		return release + unknown
	}
	return strings.TrimPrefix(m.Version, "v")
}
