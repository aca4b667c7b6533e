package daemon_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/substrate/container/daemon"
	"github.com/logoutlab/logoutlab/harness/substrate/container/daemon/daemontest"
)

// TestDockerHostIsNotPassedOver: whoever names a daemon wants that one.
func TestDockerHostIsNotPassedOver(t *testing.T) {
	for _, host := range []string{"unix:///nonexistent/docker.sock", "tcp://127.0.0.1:1", "nonsense"} {
		t.Setenv("DOCKER_HOST", host)
		_, err := daemon.Connect(t.Context())
		require.ErrorContains(t, err, "no Docker daemon answers")
		require.ErrorContains(t, err, host)
		require.ErrorContains(t, err, "systemctl start docker")
	}
}

func TestTooOld(t *testing.T) {
	for _, version := range []string{"1.24", "1.40", ""} {
		daemontest.Start(t, version)
		_, err := daemon.Connect(t.Context())
		require.ErrorContains(t, err, "is too old")
		require.ErrorContains(t, err, version)
		require.ErrorContains(t, err, "needs 1.41: bring Docker 20.10 or later")
	}
	for _, version := range []string{"1.41", "1.99"} {
		daemontest.Start(t, version)
		cli, err := daemon.Connect(t.Context())
		require.NoError(t, err)
		require.NoError(t, cli.Close())
	}
}

// An interruption is no failure of the daemon.
func TestInterrupted(t *testing.T) {
	daemontest.Start(t, "1.41")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := daemon.Connect(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.NotContains(t, err.Error(), "Docker")
}
