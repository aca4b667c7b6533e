package scenario_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

func TestReadConfigs(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	require.NoError(t, os.WriteFile(at("own.cfg"), []byte("mine"), 0o600))
	require.NoError(t, os.WriteFile(at("large.cfg"), []byte(strings.Repeat("#", 1<<20+1)), 0o600))
	require.NoError(t, os.Mkdir(at("folder"), 0o700))
	for _, tt := range []struct{ config, path, want string }{
		{"own.cfg", at("own.cfg"), ""},
		{at("own.cfg"), at("own.cfg"), ""},
		{"none.cfg", "", "s.yaml:2:59: balancer.config: there is no file " + at("none.cfg") + " (accepted: a haproxy.cfg or nginx.conf; hint: its path is relative"},
		{"folder", "", at("folder") + " is no file"},
		{"own.cfg/x", "", "not a directory"},
		{"large.cfg", "", "larger than 1048576 bytes"},
	} {
		s, err := scenario.Parse(at("s.yaml"), []byte("scenario: s\narchitecture: {session: {kind: redis}, balancer: {config: "+tt.config+"}}\n"+
			"variants: {a: {expect: [{errors: 0}]}, b: {expect: [{errors: 0}]}}\n"))
		require.NoError(t, err)
		err = s.ReadConfigs()
		if tt.want != "" {
			require.ErrorContains(t, err, tt.want)
			require.Len(t, err, 1, "said once for both variants")
			continue
		}
		require.NoError(t, err)
		require.Equal(t, scenario.Config{File: tt.config, Path: tt.path, Text: "mine"}, s.Variants[1].Architecture.Balancer.Config)
	}
}

// What a variant's own configuration replaces falls back to the defaults.
func TestConfigReplacesHowToBalance(t *testing.T) {
	b := parse(t, string(read(t, "testdata/good/config.yaml"))).Variants[1].Architecture.Balancer
	require.Equal(t, "../haproxy.cfg", b.Config.File)
	require.Equal(t, []string{"round_robin", "none", "", "conn_failure"}, []string{b.Policy, b.Stickiness, b.AppCookie, b.RetryOn})
	require.Equal(t, "10s", scenario.FormatDuration(b.Drain))
}
