package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReportsDoNotRepeatPasswords: reports name the command that made them.
func TestReportsDoNotRepeatPasswords(t *testing.T) {
	const secret = "redis://:s3cr3t@127.0.0.1:1"
	require.Equal(t, []string{"x.yaml", "--redis", "URL", "--seed", "1"}, withoutSecrets([]string{"x.yaml", "--redis", secret, "--seed", "1"}))
	require.Equal(t, []string{"--redis=URL"}, withoutSecrets([]string{"--redis=" + secret}))
}
