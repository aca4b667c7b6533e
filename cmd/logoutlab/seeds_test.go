package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
)

// seededRuns are those of a small variant of the catalogue.
func seededRuns(t *testing.T, dir string) ([]*replicas, runFlags) {
	t.Helper()
	f := runFlags{planFlags: planFlags{users: 5, substrateFlags: substrateFlags{substrate: "sim"}}, seeds: &result.Seeds{First: 1, Last: 3}}
	work, err := f.work([]string{"culprits/memory-sessions/broken"})
	require.NoError(t, err)
	return []*replicas{newReplicas(work.plans[0], work, *f.seeds, dir, nil)}, f
}

// Seeds whose turn never comes leave the variant unknown; if none comes, the
// variant was not run.
func TestSeedsInterrupted(t *testing.T) {
	all, f := seededRuns(t, t.TempDir())
	shown := newProgress(&bytes.Buffer{}, 3)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	f.runSeeds(ctx, shown, all, 1)
	judged, missing, err := sumSeeds(all, shown)
	require.NoError(t, err)
	require.Empty(t, judged)
	require.Len(t, missing, 1)
	require.False(t, missing[0].Failed)
	require.Contains(t, missing[0].Repeat, "--seeds 1..3")

	all[0].run(t.Context(), shown, 2, false)
	judged, missing, err = sumSeeds(all, shown)
	require.NoError(t, err)
	require.Empty(t, missing)
	require.Equal(t, result.Unknown, judged[0].Result.Outcome)
	require.Equal(t, 2, judged[0].Result.Replications.Missing())
	require.Contains(t, judged[0].Result.Why, "2 of 3 seeds were not run to the end")
}

// A seed that cannot be run is told as an error; the others count, and the
// variant is unknown.
func TestASeedThatCannotBeRun(t *testing.T) {
	dir := t.TempDir()
	all, f := seededRuns(t, dir)
	home := filepath.Join(dir, "memory-sessions", "broken")
	require.NoError(t, os.MkdirAll(home, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(home, "seed-2"), nil, 0o644)) // where its directory should be
	var told bytes.Buffer
	f.runSeeds(t.Context(), newProgress(&told, 3), all, 1)
	judged, _, err := sumSeeds(all, newProgress(&told, 3))
	var infrastructure *run.InfrastructureError
	require.True(t, errors.As(err, &infrastructure))
	require.ErrorContains(t, err, "memory-sessions/broken, seed 2 could not be run")
	require.Equal(t, result.Unknown, judged[0].Result.Outcome)
	require.Equal(t, 1, judged[0].Result.Replications.Judged, "after that, no further seed was begun")
}
