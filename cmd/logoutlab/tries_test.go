package main

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/run"
)

// TestInterruptedWhileItStarts: a run that is interrupted before its system is
// up is no failure of the infrastructure.
func TestInterruptedWhileItStarts(t *testing.T) {
	flags := planFlags{substrateFlags: substrateFlags{substrate: "loopback"}}
	work, err := flags.plans([]string{"memory-sessions/redis"})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	one := &try{options: run.Options{Plan: work.plans[0], Substrate: work.substrate, Dir: t.TempDir()}}
	one.run(ctx, newProgress(io.Discard, 1))

	judged, missing, err := sum([]*try{one})
	require.NoError(t, err)
	require.Empty(t, judged)
	require.Len(t, missing, 1)
	require.Equal(t, interrupted, missing[0].Why)
	require.False(t, missing[0].Failed)
}
