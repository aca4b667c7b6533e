package harness

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersionOf(t *testing.T) {
	vcs := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: "6192781f5f4f00000000"}, {Key: "vcs.modified", Value: modified}}
	}
	main := func(version string) debug.Module { return debug.Module{Path: modulePath, Version: version} }
	for name, c := range map[string]struct {
		info debug.BuildInfo
		want string
		told bool
	}{
		"installed from a tag":    {debug.BuildInfo{Main: main("v1.2.3")}, "1.2.3", true},
		"installed from a commit": {debug.BuildInfo{Main: main("v0.0.0-20261122001500-6192781f5f4f")}, "0.0.0-20261122001500-6192781f5f4f", true},
		"a tag checked out":       {debug.BuildInfo{Main: main("v1.2.3"), Settings: vcs("false")}, "1.2.3", true},
		"a tag with changes":      {debug.BuildInfo{Main: main("v1.2.3+dirty"), Settings: vcs("true")}, "1.2.3+dirty", false},
		"a commit":                {debug.BuildInfo{Main: main("v0.0.0-20261122001500-6192781f5f4f"), Settings: vcs("false")}, "0.1.0+6192781f5f4f", true},
		"a commit after a tag":    {debug.BuildInfo{Main: main("v1.2.4-0.20261122001500-6192781f5f4f"), Settings: vcs("false")}, "0.1.0+6192781f5f4f", true},
		"a commit with changes":   {debug.BuildInfo{Main: main("(devel)"), Settings: vcs("true")}, "0.1.0+6192781f5f4f+dirty", false},
		"without git":             {debug.BuildInfo{Main: main("(devel)")}, "0.1.0+unknown-build", false},
		"a test":                  {debug.BuildInfo{Main: main("")}, "0.1.0+unknown-build", false},
		"used by another module":  {debug.BuildInfo{Main: debug.Module{Path: "shop", Version: "v9.0.0"}, Deps: []*debug.Module{{Path: modulePath, Version: "v1.2.3"}}}, "1.2.3", true},
		"a copy of another's": {debug.BuildInfo{Main: debug.Module{Path: "shop"},
			Deps: []*debug.Module{{Path: modulePath, Version: "v1.2.3", Replace: &debug.Module{Path: "../lab"}}}}, "0.1.0+unknown-build", false},
	} {
		t.Run(name, func(t *testing.T) {
			got := versionOf(&c.info)
			require.Equal(t, c.want, got)
			require.Equal(t, c.told, Told(got))
		})
	}
}
