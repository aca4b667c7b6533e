package harness

import "runtime/debug"

// release is the version of this module.
const release = "0.1.0"

// Version is the version of logoutlab, with the commit that the program was
// built from, if it is known.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Path != modulePath {
		return release
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return release + "+" + s.Value[:12]
		}
	}
	return release
}

const modulePath = "github.com/logoutlab/logoutlab"
