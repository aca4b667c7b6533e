package shard

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	s, err := Parse("2/4")
	require.NoError(t, err)
	require.Equal(t, Shard{2, 4}, s)
	for _, bad := range []string{"", "2", "0/4", "5/4", "a/4", "1/", "/1", "-1/4", "1/99999", "1/2/3", " 1/2", "+1/2"} {
		_, err := Parse(bad)
		require.ErrorContains(t, err, "I/N, two whole numbers", "%q", bad)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("1/1")
	f.Add("03/4")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		require.True(t, 1 <= s.Index && s.Index <= s.Of && s.Of <= Most)
		again, err := Parse(s.String())
		require.NoError(t, err)
		require.Equal(t, s, again)
	})
}

// Whatever the number of shards, together they have everything once.
func TestTakeIsAPartition(t *testing.T) {
	for n := range 12 {
		var list []int
		for i := range n {
			list = append(list, i)
		}
		for of := 1; of <= 6; of++ {
			var all []int
			for i := 1; i <= of; i++ {
				part := Take(Shard{i, of}, list)
				require.LessOrEqual(t, len(part), (n+of-1)/of)
				all = append(all, part...)
			}
			slices.Sort(all)
			require.Equal(t, list, all)
		}
	}
}

// suite is a directory for each shard of a suite of five variants.
func suite(of int) []Part {
	selection := []string{"a/1", "a/2", "b/1", "b/2", "c/1"}
	var parts []Part
	for i := 1; i <= of; i++ {
		s := Shard{i, of}
		parts = append(parts, Part{fmt.Sprintf("dir-%d", i), &Record{s, "1.0", "sim", "1", selection, "d", "run"}, Take(s, selection)})
	}
	return parts
}

func TestCheck(t *testing.T) {
	require.NoError(t, Check(suite(4)))
	require.NoError(t, Check([]Part{suite(2)[1], suite(2)[0]}), "in any order")
	for _, c := range []struct {
		name   string
		change func([]Part) []Part
		want   string
	}{
		{"nothing", func([]Part) []Part { return nil }, "name the directories"},
		{"no shard", func(p []Part) []Part { p[2].Record = nil; return p }, "dir-3 is no shard: it was run without --shard"},
		{"a gap", func(p []Part) []Part { return []Part{p[0], p[2]} }, "missing: shard 2/4, 4/4"},
		{"an overlap", func(p []Part) []Part { p[2].Dir = "again"; p[2].Record = p[1].Record; p[2].Has = p[1].Has; return p }, "shard 2/4 is there 2 times: dir-2, again\nmissing: shard 3/4"},
		{"another number", func(p []Part) []Part { return append(p[:1], suite(2)[1]) }, "dir-2 is of another suite than dir-1: the number of shards is 2, not 4"},
		{"version", func(p []Part) []Part { p[1].Record.Version = "2.0"; return p }, "the version is 2.0, not 1.0"},
		{"substrate", func(p []Part) []Part { p[1].Record.Substrate = "loopback"; return p }, "the substrate is loopback, not sim"},
		{"seed", func(p []Part) []Part { p[1].Record.Seeds = "7"; return p }, "the seed is 7, not 1"},
		{"selection", func(p []Part) []Part { p[1].Record.Selection = []string{"a/1", "d/1"}; return p }, "it has the variants d/1 in the place of a/2, b/1, b/2, c/1"},
		{"a way out", func(p []Part) []Part { p[1].Record.Selection = []string{"../x"}; return p }, `names a variant "../x"`},
		{"digest", func(p []Part) []Part { p[1].Record.Digest, p[1].Record.Command = "e", "run --users 3"; return p }, "a scenario or an option has changed (run --users 3, not run)"},
		{"a variant too few", func(p []Part) []Part { p[0].Has = p[0].Has[:1]; return p }, "dir-1 says nothing of c/1, which is in shard 1/4"},
		{"a variant too many", func(p []Part) []Part { p[1].Has = append(p[1].Has, "b/1"); return p }, "dir-2 has b/1, which is not in shard 2/4"},
	} {
		t.Run(c.name, func(t *testing.T) { require.ErrorContains(t, Check(c.change(suite(4))), c.want) })
	}
}
