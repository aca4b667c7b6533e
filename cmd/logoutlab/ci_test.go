package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCutLines(t *testing.T) {
	page := strings.Repeat("a line of the page\n", 100)
	require.Equal(t, page, cutLines(page, len(page)))
	for room := range len(page) {
		got := cutLines(page, room)
		require.LessOrEqual(t, len(got), room)
		if got != "" {
			kept, _, cut := strings.Cut(got, "\n\n(GitHub")
			require.True(t, cut)
			require.True(t, strings.HasPrefix(page, kept))
			require.True(t, kept == "" || strings.HasSuffix(kept, "page\n"), "whole lines")
		}
	}
	require.Contains(t, cutLines(page, 500), "a line of the page\n")
	require.Empty(t, cutLines(page, -1))
}
