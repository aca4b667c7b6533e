package reports

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
)

func TestEffectOfAFault(t *testing.T) {
	for want, r := range map[string]result.Receipt{
		"present in no request: what it should show was not tested":                                                                   {},
		"present in 2,055 requests, changed 0 decisions (absorbed)":                                                                   {Marks: 2055},
		"present in 1 request, changed 0 decisions (absorbed)":                                                                        {Marks: 1},
		"changed 1 decision, 1 of them into rejections; present in 3 requests":                                                        {Marks: 3, DecisionsChanged: 1, Rejections: 1},
		"changed 7 decisions, none into a rejection; present in 9 requests":                                                           {Marks: 9, DecisionsChanged: 7},
		"changed 7 decisions, 2 of them into rejections, 5 of them by cutting the request, 1 session lost; present in 1,000 requests": {Marks: 1000, DecisionsChanged: 7, Rejections: 2, RequestsCut: 5, SessionsLost: 1},
	} {
		require.Equal(t, want, effect(r))
	}
}

// A fault's times are those of the scenario, with the run's beside them.
func TestFaultRowHasBothClocks(t *testing.T) {
	r := Run{
		Header: history.Header{Faults: []history.PlannedFault{{
			Name: "clock_skew", Params: map[string]string{"node": "app-2", "offset": "+25s"},
		}}},
		Result: &result.Result{Compress: 50, Faults: []result.Fault{{
			Name: "clock_skew", AtS: 1.2, ForS: 24, Receipt: result.Receipt{Marks: 3},
		}}},
	}
	row := faultsOf(r)[0]
	require.Equal(t, []string{"1 min", "run 1.2 s", "20 min", "run 24 s"},
		[]string{plain(row.At), plain(row.AtRun), plain(row.For), plain(row.ForRun)})
	require.Equal(t, "node: app-2, offset: +25s (run 500 ms)", plain(row.Params))
	require.Equal(t, "absorbed", row.Chip.Words)

	r.Result.Compress = 1
	row = faultsOf(r)[0]
	require.Equal(t, []string{"1.2 s", "", "24 s", ""}, []string{plain(row.At), row.AtRun, plain(row.For), row.ForRun})
}

func TestAVacuousFaultStandsOut(t *testing.T) {
	page := render(t, Suite{Runs: []Run{sampleVacuous()}})
	require.Contains(t, page, `role="row" class="vacuous">`)
	require.NotContains(t, render(t, Suite{Runs: []Run{sampleCured()}}), `role="row" class="vacuous">`)
	var md bytes.Buffer
	require.NoError(t, Markdown(&md, Suite{Runs: []Run{sampleVacuous()}}))
	require.Contains(t, md.String(), "**present in no request")
}

func TestScale(t *testing.T) {
	for _, c := range []struct {
		k    scale
		d    time.Duration
		both string
	}{
		{120, 500 * time.Millisecond, "1 min (run 500 ms)"},
		{98, 9222 * time.Millisecond, "15 min 4 s (run 9.22 s)"},
		{80, 0, "0 s"},
		{1, time.Minute, "1 min"},
		{0, time.Minute, "1 min"},
	} {
		require.Equal(t, c.both, plain(c.k.both(c.d)))
	}
	require.Equal(t, "250 ms (25 s in the scenario)", plain(scale(100).beside(250*time.Millisecond)))
	require.Equal(t, []string{"all", "false", "0s", "1d (run 24 min)"},
		[]string{scale(60).param("all"), scale(60).param("false"), scale(60).param("0s"), plain(scale(60).param("1d"))})
}

// Ticks are at round times of the scenario, seven at most.
func TestTimeTicks(t *testing.T) {
	for length, want := range map[time.Duration]time.Duration{
		90 * time.Millisecond: 20 * time.Millisecond, 700 * time.Millisecond: 200 * time.Millisecond,
		5 * time.Second: time.Second, 45 * time.Second: 10 * time.Second, 3 * time.Minute: 30 * time.Second,
		15*time.Minute + 23*time.Second: 5 * time.Minute, 90 * time.Minute: 15 * time.Minute, 5 * time.Hour: time.Hour,
		24 * time.Hour: 6 * time.Hour, 30 * 24 * time.Hour: 5 * 24 * time.Hour,
	} {
		require.Equal(t, want, roundStep(length), length.String())
	}
	ticks := timeTicks(9*time.Second, 100)
	require.Len(t, ticks, 4)
	require.Equal(t, []string{"10 min", "6 s"}, []string{plain(ticks[2].Label), plain(ticks[2].Sub)})
	require.InDelta(t, 66.67, ticks[2].At, 0.01)
}
