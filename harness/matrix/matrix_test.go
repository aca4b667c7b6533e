package matrix_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/matrix"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
)

const minute = time.Minute

// header is of a run of ten minutes with a fault in the second.
func header() history.Header {
	return history.Header{Planned: 10 * minute, Compress: 1, Seed: 7, Faults: []history.PlannedFault{{Name: "node_kill", At: 2 * minute}}}
}

// judged is a run with these logouts, one login a minute and a storm of more in
// the fourth.
func judged(storm int, logouts ...oracle.Finding) *oracle.Judgement {
	j := &oracle.Judgement{ValidActions: 1000, Causes: map[string]int{}, Series: oracle.Series{Width: minute, Buckets: make([]oracle.Bucket, 10)}, Load: &history.Load{P99: 90}}
	for i := range j.Series.Buckets {
		j.Series.Buckets[i].Logins = 1
	}
	j.Series.Buckets[3].Logins += storm
	for _, x := range logouts {
		x.Verdict = oracle.SpuriousLogout
		j.Findings = append(j.Findings, x)
		j.Causes[x.Cause]++
		j.Verdicts.SpuriousLogout++
	}
	return j
}

func found(user int, at time.Duration, cause string) oracle.Finding {
	return oracle.Finding{User: user, At: at, Cause: cause}
}

func resultOf(marks, changed int) *result.Result {
	r := &result.Result{Outcome: result.Pass}
	r.HTTP.LatencyMS.P99 = 120
	r.Faults = []result.Fault{{Receipt: result.Receipt{Marks: marks, DecisionsChanged: changed}}}
	return r
}

func TestRuleOfThree(t *testing.T) {
	c := matrix.CellOf("none", header(), resultOf(0, 0), judged(0), matrix.Baseline{})
	require.Zero(t, c.SpuriousLogouts.Lo)
	require.InEpsilon(t, 3e6/1000, c.SpuriousLogouts.Hi, 0.01, "0 of N is compatible with 3/N")
	c = matrix.CellOf("none", header(), resultOf(0, 0), judged(0, found(1, minute, "x")), matrix.Baseline{})
	require.InDelta(t, 1000, c.SpuriousLogouts.Value, 1e-9)
	require.InDelta(t, 25.3, c.SpuriousLogouts.Lo, 0.1) // Clopper and Pearson's, of 1 in 1000
	require.InDelta(t, 5559, c.SpuriousLogouts.Hi, 1)
}

// TestBlast: what a fault took with it is what is not met without it.
func TestBlast(t *testing.T) {
	without := matrix.BaselineOf(judged(0, found(9, minute, "usual")))
	c := matrix.CellOf("node-kill", header(), resultOf(8, 5), judged(6,
		found(1, minute, "lost"), // before the fault
		found(1, 3*minute, "lost"), found(2, 3*minute, "lost"), found(1, 4*minute, "lost"),
		found(3, 9*minute, "usual"),
	), without)
	require.Equal(t, matrix.Measured, c.State)
	require.Equal(t, "lost", c.Cause)
	require.InDelta(t, 0.8, c.CauseShare, 1e-9)
	require.Equal(t, [2]int{2, 3}, [2]int{c.Blast.Users, c.Blast.Logins})
	require.Equal(t, [2]float64{7, 1}, [2]float64{c.Blast.PeakLogins, c.Blast.UsualLogins})
	require.InDelta(t, 120, *c.Blast.HealedS, 1e-9, "from the fault in the second minute to the fourth")
	require.InDelta(t, 30, c.P99AddedMS, 1e-9)
	require.Equal(t, [2]int{5, 8}, [2]int{c.Changed, c.Marks})

	c = matrix.CellOf("node-kill", header(), resultOf(8, 5), judged(0, found(1, 9*minute+30*time.Second, "lost")), without)
	require.Nil(t, c.Blast.HealedS, "it goes on to the end")
}

func TestStates(t *testing.T) {
	require.Equal(t, matrix.Unmet, matrix.CellOf("node-kill", header(), resultOf(0, 0), judged(0), matrix.Baseline{}).State)
	r := resultOf(3, 0)
	r.Outcome, r.Why = result.Unknown, "the run was interrupted"
	c := matrix.CellOf("node-kill", header(), r, judged(0), matrix.Baseline{})
	require.Equal(t, matrix.Unknown, c.State)
	require.Equal(t, "the run was interrupted", c.Why)
}

// row is an architecture with one figure for logouts and one for ghosts.
func row(name string, logouts, ghosts float64, more ...matrix.Cell) matrix.Architecture {
	c := matrix.Cell{Fault: matrix.None, State: matrix.Measured, Cause: "session_lost", GhostCause: "revocation_missed"}
	c.SpuriousLogouts = matrix.PerMillion{Count: int(logouts), Of: 1e6, Value: logouts}
	c.Ghosts = result.Ghosts{Mean: ghosts, Accepted: int(ghosts)}
	return matrix.Architecture{Name: name, Cells: append([]matrix.Cell{c}, more...)}
}

func settled(all ...matrix.Architecture) *matrix.Matrix {
	m := &matrix.Matrix{Architectures: all}
	m.Settle()
	return m
}

// ranked are the names in the order of the table, with their places.
func ranked(m *matrix.Matrix) (text string) {
	for _, a := range m.Ranked() {
		text += fmt.Sprintf("%d %s; ", a.Score.Place, a.Name)
	}
	return text
}

// TestPlaces: neither side of the score is bought with the other, and the worst of
// the headline is the last of the table.
func TestPlaces(t *testing.T) {
	m := settled(row("never-logs-out", 0, 900), row("always-logs-out", 900_000, 0), row("sound", 10, 0.5), row("nearly", 20, 0))
	require.Equal(t, "1 sound; 2 nearly; 3 never-logs-out; 4 always-logs-out; ", ranked(m), "half a second of ghosts is next to none")
	require.Equal(t, "always-logs-out", m.Worst().Name)
	require.Equal(t, "never-logs-out", m.MostGhosts().Name)
	require.Equal(t, "Worst: always-logs-out logs out 900,000 of a million valid actions, even without a fault, because the node that held the session died or restarted (session_lost). "+
		"Least safe: with never-logs-out credentials go on working 900 s after a logout on average, even without a fault, because the logout had no effect on what served the page (revocation_missed). "+
		"Best compromise: sound, with 10 logouts of a million valid actions and 0.5 s, even without a fault (session_lost).", m.Headline)
	require.True(t, m.Complete())
}

// TestHeadline: each is praised and blamed for what it is.
func TestHeadline(t *testing.T) {
	under := func(name string, of map[string]float64) matrix.Architecture {
		a := row(name, 0, 0)
		for _, fault := range slices.Sorted(maps.Keys(of)) {
			a.Cells = append(a.Cells, matrix.Cell{Fault: fault, State: matrix.Measured, Cause: "session_lost", SpuriousLogouts: matrix.PerMillion{Count: int(of[fault]), Value: of[fault]}})
		}
		return a
	}
	for want, m := range map[string]*matrix.Matrix{
		"Best compromise: middle, with 50 logouts of a million valid actions and 30 s, even without a fault (session_lost).": settled(row("low", 0, 90_000), row("middle", 50, 30), row("high", 90_000, 0)),
		"Least bad: bad, with 700,000 logouts of a million valid actions and 0 s, even without a fault (session_lost).":      settled(row("bad", 700_000, 0), row("worse", 800_000, 0)),
		"Best on both sides, and equal: a and b, each with 0 logouts of a million valid actions and 0 s.":                    settled(row("a", 0, 0), row("b", 0, 0), row("c", 3, 0)),
		"No difference: each of a and b logs nobody out, and credentials go on working 0 s after a logout on average.":       settled(row("a", 0, 0), row("b", 0, 0)),
		"a logs out 7 of a million valid actions, even without a fault":                                                      settled(row("a", 7, 0)),
		"Nobody was logged out by any of these architectures. Least safe: with b credentials":                                settled(row("a", 0, 0), row("b", 0, 80)),
		"Most logouts: a logs out 9 of a million":                                                                            settled(row("a", 9, 0), row("b", 0, 80), row("c", 0, 0)),
		"Worst: a logs out 70 of a million valid actions, most of them under y":                                              settled(under("a", map[string]float64{"x": 60, "y": 150}), under("b", map[string]float64{"x": 0, "y": 0})),
		"Worst: a logs out 75 of a million valid actions, most often under y":                                                settled(under("a", map[string]float64{"x": 100, "y": 140, "z": 60}), under("b", map[string]float64{"x": 0, "y": 0, "z": 0})),
	} {
		require.Contains(t, m.Headline, want)
		all := m.Ranked()
		if strings.HasPrefix(m.Headline, "Worst: ") {
			require.Contains(t, m.Headline, "Worst: "+all[len(all)-1].Name+" ")
		}
	}
}

// TestMissingCells: none is ranked over other cells than the rest.
func TestMissingCells(t *testing.T) {
	measured := func(fault string, logouts float64) matrix.Cell {
		return matrix.Cell{Fault: fault, State: matrix.Measured, Cause: "store_down", SpuriousLogouts: matrix.PerMillion{Count: int(logouts), Value: logouts}}
	}
	m := settled(
		row("lucky", 10, 0, matrix.Cell{Fault: "b", State: matrix.Unknown}, matrix.Cell{Fault: "c", State: matrix.Unmet}),
		row("hurt", 10, 0, measured("b", 400), matrix.Cell{Fault: "c", State: matrix.Unknown}),
		row("without", 10, 0, matrix.Cell{Fault: "b", State: matrix.CannotBe}, matrix.Cell{Fault: "c", State: matrix.CannotBe}),
	)
	require.Equal(t, "1 without; 2 hurt; 0 lucky; ", ranked(m), "of c nobody knows anything: it counts for none")
	require.InDelta(t, 205, m.Architectures[1].Score.SpuriousLogouts, 1e-9)
	require.Equal(t, [3]int{1, 2, 2}, [3]int{m.Architectures[0].Score.Cells, m.Architectures[1].Score.Cells, m.Architectures[2].Score.Cells})
	require.Equal(t, "b", m.Architectures[1].Score.WorstFault)
	require.Contains(t, m.Headline, "3 of 7 cells could not be measured; without a place: lucky.")
	require.False(t, m.Complete())

	m = settled(matrix.Architecture{Name: "a", Cells: []matrix.Cell{{Fault: matrix.None, State: matrix.Unknown}}})
	require.Equal(t, "Nothing was measured. 1 of 1 cells could not be measured.", m.Headline)
	require.Empty(t, m.Best())
}

// TestUnchanged: a cell is marked that is as the one without faults in all that it
// tells.
func TestUnchanged(t *testing.T) {
	same := row("a", 10, 0).Cells[0]
	for why, change := range map[string]func(*matrix.Cell){
		"":           func(*matrix.Cell) {},
		"a decision": func(c *matrix.Cell) { c.Changed = 1 },
		"a cause":    func(c *matrix.Cell) { c.Causes = map[string]int{"session_lost": 1} },
		"an error":   func(c *matrix.Cell) { c.Errors.Count = 1 },
		"p99":        func(c *matrix.Cell) { c.P99MS = 700 },
		"a login":    func(c *matrix.Cell) { c.Blast.Logins = 1 },
	} {
		c := same
		c.Fault = "x"
		change(&c)
		m := settled(row("a", 10, 0, c))
		require.Equal(t, why == "", m.Architectures[0].Cells[1].Unchanged, why)
	}
}
