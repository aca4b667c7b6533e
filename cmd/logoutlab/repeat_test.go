package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// startedAt are the places that tell when a suite was started by the clock on the
// wall. All other times of a run in virtual time are its own.
var startedAt = map[string]*regexp.Regexp{
	"summary.json": regexp.MustCompile(`(?m)^  "started": ".*",$`),
	"summary.md":   regexp.MustCompile(`(?m)^logoutlab .*, \d{4}-\d\d-\d\d \d\d:\d\d UTC$`),
	"report.html":  regexp.MustCompile(`, started [^.<]* UTC\.`),
}

// TestEqualCommandsLeaveEqualFiles: the same command in virtual time leaves the
// same files, to the last byte, but for when it was started.
func TestEqualCommandsLeaveEqualFiles(t *testing.T) {
	left := func() map[string]string {
		t.Chdir(t.TempDir())
		runs(t, 0, "run", "clock-skew", "memory-sessions", "--substrate", "sim", "--out", "out")
		runs(t, 0, "run", "node-kill/broken", "--substrate", "sim", "--history", "affected", "--out", "few")
		runs(t, 0, "run", "node-kill/broken", "--substrate", "sim", "--seeds", "1..3", "--parallel", "2", "--out", "seeds")
		all := map[string]string{}
		for _, name := range files(t, ".") {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			if when := startedAt[filepath.Base(name)]; when != nil {
				require.Len(t, when.FindAll(text, -1), 1, name)
				text = when.ReplaceAll(text, nil)
			}
			all[name] = string(text)
		}
		return all
	}
	first, again := left(), left()
	require.Greater(t, len(first), 20)
	require.Len(t, again, len(first))
	for name, text := range first {
		require.True(t, text == again[name], name)
	}
}
