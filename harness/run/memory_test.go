package run

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"300MiB": 300 << 20, "2GiB": 2 << 30, "1.5 GiB": 3 << 29, "7KiB": 7 << 10, "12B": 12} {
		got, err := ParseSize(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"", "1", "-1MiB", "0GiB", "xMiB", "1GB", "1e30GiB", "NaNGiB", "InfGiB"} {
		_, err := ParseSize(text)
		require.Error(t, err, text)
	}
	require.Equal(t, []string{"1.5 GiB", "300.0 MiB", "7.0 KiB", "12 B"}, []string{Size(3 << 29), Size(300 << 20), Size(7 << 10), Size(12)})
}

func TestMemoryIsRefusedBeforeTheStart(t *testing.T) {
	on := &sim.Substrate{}
	large := Options{Plan: crowdedPlan(t, crowds["memory"], 1_000_000), Substrate: on}
	small := Options{Plan: crowdedPlan(t, crowds["memory"], 10), Substrate: on}
	takes := large.Memory()
	require.EqualValues(t, anyRun+1_000_000*bulkUser, takes)
	require.NoError(t, CheckMemory([]Options{large, small}, 1, takes))
	err := CheckMemory([]Options{small, large}, 1, takes-1)
	require.ErrorContains(t, err, "crowded/broken would take about 407.3 MiB of memory, and may take 407.3 MiB: lower --users, or raise --memory")
	require.Error(t, CheckMemory([]Options{large}, 2, takes))
	require.NoError(t, CheckMemory([]Options{large}, 2, 0), "no limit")
	large.History = Full
	require.Greater(t, large.Memory(), 10*takes, "the exact engine takes more")
	require.Zero(t, Options{Plan: large.Plan, Substrate: &loopback.Substrate{}}.Memory())
}
