package reports

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParetoRanksCauses(t *testing.T) {
	require.Equal(t, []paretoRow{
		{"key_mismatch", "c-key_mismatch", "1,600", "80.0" + nbsp + "%", "80.0" + nbsp + "%", 80, 80},
		{"clock_skew", "c-clock_skew", "200", "10.0" + nbsp + "%", "90.0" + nbsp + "%", 10, 90},
		{"connection_cut", "c-connection_cut", "200", "10.0" + nbsp + "%", "100" + nbsp + "%", 10, 100},
	}, paretoOf(map[string]int{"connection_cut": 200, "key_mismatch": 1600, "clock_skew": 200, "overload": 0}))
	require.Nil(t, paretoOf(map[string]int{"key_mismatch": 3}), "one cause is told without a chart")

	page := render(t, Suite{Runs: []Run{sampleBroken()}})
	require.Contains(t, page, `<rect class="part" width="99.67" height="10"/><rect class="sum" x="99.67" width="0.6" height="10"/>`)
	require.NotContains(t, render(t, Suite{Runs: []Run{sampleCured()}}), "Causes of the spurious logouts")
}
