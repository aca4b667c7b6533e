package result

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseSeeds(t *testing.T) {
	for text, want := range map[string]Seeds{
		"1..20":    {1, 20},
		"0..1":     {0, 1},
		"0x10..20": {16, 20},
		"1..10000": {1, 10_000},
		"18446744073709551614..18446744073709551615": {1<<64 - 2, 1<<64 - 1},
	} {
		got, err := ParseSeeds(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	for _, text := range []string{
		"", "..", "1", "1..", "..1", "x", "5..1", "1..1", "1...2", "1..2..3", "-1..2", "1.5..2", " 1..2", "1 ..2",
		"0..18446744073709551616",
	} {
		_, err := ParseSeeds(text)
		require.ErrorIs(t, err, errSeeds, text)
	}
	for _, text := range []string{"0..10000", "1..10001", "0..18446744073709551615"} {
		_, err := ParseSeeds(text)
		require.ErrorContains(t, err, "at most 10,000 seeds at once", text)
	}
}

func TestSeeds(t *testing.T) {
	s := Seeds{3, 5}
	require.Equal(t, 3, s.Count())
	require.Equal(t, uint64(5), s.At(2))
	require.Equal(t, 10_000, Seeds{1<<64 - 10_000, 1<<64 - 1}.Count())
}

func FuzzParseSeeds(f *testing.F) {
	for _, text := range []string{"1..20", "5..1", "0x10..0b11111", "0..18446744073709551615", "1_0..2_0", ".."} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSeeds(text)
		if err != nil {
			require.Zero(t, s)
			return
		}
		require.Less(t, s.First, s.Last)
		require.GreaterOrEqual(t, s.Count(), 2)
		require.LessOrEqual(t, s.Count(), MaxSeeds)
		require.Equal(t, s.Last, s.At(s.Count()-1))
		again, err := ParseSeeds(s.String())
		require.NoError(t, err)
		require.Equal(t, s, again)
	})
}
