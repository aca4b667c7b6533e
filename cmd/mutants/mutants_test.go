package main

import (
	"go/format"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMutants: each can be planted, says what it breaks, and is Go. That each is
// caught is for make mutants.
func TestMutants(t *testing.T) {
	all, err := mutants()
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(all), 20)
	h, err := newHunt()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.end()) })
	seen := map[string]bool{}
	for _, m := range all {
		require.NotEmpty(t, m.Name)
		require.NotEmpty(t, m.Breaks, m.Name)
		require.False(t, seen[m.Name], "%s is there twice", m.Name)
		seen[m.Name] = true
		text, err := m.mutated(h.root)
		require.NoError(t, err, m.Name)
		_, err = format.Source([]byte(text))
		require.NoError(t, err, m.Name)
	}
}

func TestFirstOdd(t *testing.T) {
	file := filepath.Join(t.TempDir(), "summary.json")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	write(`{"results": [{"scenario": "a", "variant": "x", "outcome": "pass"},
		{"scenario": "b", "variant": "y", "outcome": "fail", "expectations": [{"text": "errors 0", "holds": true}, {"text": "spurious_logouts 0", "holds": false, "observed": "7 of 9"}]}]}`)
	odd, err := firstOdd(file)
	require.NoError(t, err)
	require.Equal(t, "verdict: b/y: spurious_logouts 0, observed 7 of 9", odd)
	write(`{"results": [{"scenario": "a", "variant": "x", "outcome": "unknown", "why": "no traffic met the fault"}]}`)
	odd, err = firstOdd(file)
	require.NoError(t, err)
	require.Equal(t, "verdict: a/x is unknown: no traffic met the fault", odd)
	write(`{"results": [{"scenario": "a", "variant": "x", "outcome": "pass"}]}`)
	_, err = firstOdd(file)
	require.ErrorContains(t, err, "no variant")
}
