package run

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

// TestEqualRunsLeaveEqualFiles: in virtual time a plan leaves the same files, to
// the last byte, on one core or several, with all of the history or some of it.
func TestEqualRunsLeaveEqualFiles(t *testing.T) {
	for name, c := range map[string]struct {
		users         int
		keep, engine  string
		files         []string
		historyAbove1 int // KiB
	}{
		"all of it":              {200, Full, Exact, []string{HistoryFile, ResultFile}, 256},
		"some, of a small run":   {200, Affected, Exact, []string{HistoryFile, WholeFile, ResultFile}, 0},
		"some, of a run in bulk": {1000, Affected, Bulk, []string{HistoryFile, WholeFile, ResultFile}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := crowdedPlan(t, crowds["sticky"], c.users)
			var first string
			for _, cores := range []int{1, 2, 4} {
				dir := filepath.Join(t.TempDir(), "x")
				func() {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
					j, err := Run(context.Background(), Options{Plan: p, Substrate: &sim.Substrate{}, Dir: dir, Version: "test", History: c.keep})
					require.NoError(t, err)
					require.Equal(t, c.engine, j.Result.Engine)
				}()
				if first == "" {
					first = dir
				}
				entries, err := os.ReadDir(dir)
				require.NoError(t, err)
				require.Len(t, entries, len(c.files))
				for _, file := range c.files {
					require.True(t, bytes.Equal(content(t, first, file), content(t, dir, file)), "%s on %d cores", file, cores)
				}
			}
			require.Greater(t, len(content(t, first, HistoryFile)), c.historyAbove1<<10)
		})
	}
}

func content(t *testing.T, dir, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, file))
	require.NoError(t, err)
	return text
}
