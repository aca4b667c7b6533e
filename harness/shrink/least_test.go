package shrink

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLeast(t *testing.T) {
	for _, need := range [][]int{{}, {0}, {99}, {3, 50}, {10, 11, 12, 80}} {
		var all []int
		for i := range 100 {
			all = append(all, i)
		}
		tries := 0
		got := least(all, func(some []int) bool {
			tries++
			return !slices.ContainsFunc(need, func(n int) bool { return !slices.Contains(some, n) })
		})
		require.ElementsMatch(t, need, got)
		require.Less(t, tries, 100, "%v", need)
	}
}

func TestSelections(t *testing.T) {
	require.Equal(t, [][]string{{"a"}, {"b"}, {"c"}, {"a", "b"}, {"a", "c"}, {"b", "c"}}, selections([]string{"a", "b", "c"}))
	require.Empty(t, selections([]string{"a"}))
}
