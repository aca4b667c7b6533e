package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCommandsThatRepeat: reports name the command that made them, without a
// password, and into a directory of its own.
func TestCommandsThatRepeat(t *testing.T) {
	cmd := newRun()
	require.NoError(t, cmd.ParseFlags([]string{
		"my file.yaml", "--redis", "redis://:s3cr3t@127.0.0.1:1", "--seed=7", "--out", "results", "--json", "--users", "30", "--for=1m",
	}))
	require.Equal(t, "run 'my file.yaml' --for 1m --json --redis URL --seed 7 --users 30", commandLine(cmd))
}
