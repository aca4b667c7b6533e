package reports

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/logoutlab/logoutlab/harness/matrix"
)

// scatter draws architectures by both sides of their score, each on a scale on
// which every tenfold is as long.
type scatter struct {
	Points []point
	Grid   string // path: a line at every mark
	Y, X   []tick
}

// point is an architecture, or several that came out alike. X and Y are percents
// from the left and from the bottom; Size is the dot's width in CSS pixels.
type point struct {
	X, Y  float64
	Size  int
	Label string // places, of those beside it too; "" if another's says it
	Rows  string // of the table of scores, from 0
}

const (
	smallestDot = 8 // CSS pixels
	largestDot  = 20
)

// scatterOf draws the architectures that have a place; nil if none has.
func scatterOf(m *matrix.Matrix) *scatter {
	var logouts, ghosts []float64
	dearest := 0.0 // store commands per action
	for _, a := range m.Architectures {
		if a.Score.Place > 0 {
			logouts, ghosts = append(logouts, a.Score.SpuriousLogouts), append(ghosts, a.Score.GhostSeconds)
			dearest = max(dearest, a.Score.StoreCommands)
		}
	}
	if len(logouts) == 0 {
		return nil
	}
	x, y := tenfoldAxisOf(logouts), tenfoldAxisOf(ghosts)
	s := &scatter{X: x.ticks(), Y: y.ticks()}
	for i, a := range m.Ranked() {
		score := a.Score
		if score.Place == 0 {
			continue
		}
		size := smallestDot + int((largestDot-smallestDot)*evenly(score.StoreCommands, dearest)/100)
		s.add(point{x.at(score.SpuriousLogouts), y.at(score.GhostSeconds), size, strconv.Itoa(score.Place), strconv.Itoa(i)})
	}
	s.Grid = gridPath(s.X, s.Y)
	return s
}

// add adds a point; one at the same place becomes part of it. Labels that would
// cover each other become one.
func (s *scatter) add(p point) {
	const wide, high = 6, 8 // percent: what a label takes on a narrow screen
	for i := range s.Points {
		q := &s.Points[i]
		if q.X == p.X && q.Y == p.Y {
			q.Size, q.Rows = max(q.Size, p.Size), q.Rows+" "+p.Rows
			p.Rows = ""
		}
		if p.Label != "" && q.Label != "" && math.Abs(q.X-p.X) < wide && math.Abs(q.Y-p.Y) < high {
			q.Label, p.Label = q.Label+", "+p.Label, ""
		}
	}
	if p.Rows != "" {
		s.Points = append(s.Points, p)
	}
}

// tenfoldAxis is a scale on which every tenfold is as long, from a power of ten to
// another, or, with 1 added to every value, from 0.
type tenfoldAxis struct{ from, end float64 }

// tenfoldAxisOf has room for some values, and for ten and a tenfold at least.
func tenfoldAxisOf(values []float64) tenfoldAxis {
	a := tenfoldAxis{end: 10}
	for a.end < slices.Max(values) {
		a.end *= 10
	}
	if least := slices.Min(values); least >= 10 {
		for a.from = 10; a.from*10 <= least; a.from *= 10 {
		}
		a.end = max(a.end, a.from*10)
	}
	return a
}

// at is a value's place, in percent.
func (a tenfoldAxis) at(v float64) float64 {
	if a.from == 0 {
		return tenfolds(v, a.end)
	}
	return math.Round(1000*math.Log10(v/a.from)/math.Log10(a.end/a.from)) / 10
}

// ticks marks both ends and the powers of ten between them: every other one of
// many, and 1 only where there is room for it.
func (a tenfoldAxis) ticks() []tick {
	powers := []float64{}
	for v := max(a.from, 1); v <= a.end; v *= 10 {
		powers = append(powers, v)
	}
	out, step := []tick{}, 1
	if len(powers) > 5 {
		step = 2
	}
	if a.from == 0 {
		out = append(out, tick{Label: "0"})
	}
	for i, v := range powers {
		crowded := a.from == 0 && i == 0 && len(powers) > 4
		if (len(powers)-1-i)%step == 0 && !crowded {
			out = append(out, tick{At: a.at(v), Label: short(v)})
		}
	}
	return out
}

// short writes a power of ten in the room of three digits and a letter.
func short(v float64) string {
	switch {
	case v >= 1e6:
		return trim(v/1e6) + "M"
	case v >= 1e3:
		return trim(v/1e3) + "k"
	}
	return trim(v)
}

func gridPath(x, y []tick) string {
	var b strings.Builder
	for _, t := range x {
		fmt.Fprintf(&b, "M%g 0v1000", 10*t.At)
	}
	for _, t := range y {
		fmt.Fprintf(&b, "M0 %gh1000", 1000-10*t.At)
	}
	return b.String()
}
