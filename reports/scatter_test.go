package reports

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScatter(t *testing.T) {
	m := sampleMatrix()
	for i := range m.Architectures {
		m.Architectures[i].Score.Place = 0
	}
	require.Nil(t, scatterOf(m), "none has a place")
	// Two that came out alike share a dot, as large as the dearer one's.
	for i, commands := range []float64{0, 2} {
		score := &m.Architectures[i].Score
		score.Place, score.SpuriousLogouts, score.GhostSeconds, score.StoreCommands = 1, 100, 0, commands
	}
	s := scatterOf(m)
	require.Equal(t, []point{{X: 0, Y: 0, Size: largestDot, Label: "1, 1", Rows: "0 1"}}, s.Points)
	require.Equal(t, []tick{{At: 0, Label: "100"}, {At: 100, Label: "1k"}}, s.X)
	require.Equal(t, "M0 0v1000M1000 0v1000M0 1000h1000M0 711h1000M0 0h1000", s.Grid)
	// Near each other they have dots of their own, and one label.
	m.Architectures[1].Score.GhostSeconds = 0.1
	require.Equal(t, []point{{X: 0, Y: 0, Size: smallestDot, Label: "1, 1", Rows: "0"}, {X: 0, Y: 4, Size: largestDot, Rows: "1"}}, scatterOf(m).Points)
	m.Architectures[1].Score.GhostSeconds = 10
	require.Equal(t, point{X: 0, Y: 100, Size: largestDot, Label: "1", Rows: "1"}, scatterOf(m).Points[1])
}

func TestTenfoldAxis(t *testing.T) {
	for _, c := range []struct {
		values []float64
		marks  []string
	}{
		{[]float64{0, 0}, []string{"0", "1", "10"}},
		{[]float64{0.2, 99}, []string{"0", "1", "10", "100"}},
		{[]float64{9, 9999}, []string{"0", "10", "100", "1k", "10k"}},
		{[]float64{0, 54321}, []string{"0", "10", "1k", "100k"}},
		{[]float64{0, 1e6}, []string{"0", "100", "10k", "1M"}},
		{[]float64{10}, []string{"10", "100"}},
		{[]float64{5869, 743671}, []string{"1k", "10k", "100k", "1M"}},
	} {
		a := tenfoldAxisOf(c.values)
		var marks []string
		for _, m := range a.ticks() {
			marks = append(marks, m.Label)
		}
		require.Equal(t, c.marks, marks)
		require.InDelta(t, 0, a.at(a.from), 0)
		require.InDelta(t, 100, a.at(a.end), 0)
	}
	require.InDelta(t, 50, tenfoldAxis{100, 10_000}.at(1000), 0)
}
