package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// sequence is a story as a diagram: parties across, time downwards, and the
// evidence in words on the right.
type sequence struct {
	ID, Title, Cause, Class string
	Width, Height           int
	Lanes                   []seqLane
	Rows                    []seqRow
	NotesX, Foot            int
	List                    []seqItem
}

// seqLane is a party's lifeline.
type seqLane struct {
	X    int
	Name string
}

// seqRow is one step. Arrow rows have Line and Head; the others have a box.
type seqRow struct {
	Y, TimeY       int
	Time           string
	Tone           string
	Line, Head     string // path data
	Dots           []int  // x of the lanes that the arrow passes
	LabelX, LabelY int
	Label          string
	Box            *seqBox
	Notes          []seqNote
}

type seqBox struct{ X, Y, W int }

type seqNote struct {
	Y    int
	Text string
}

// seqItem is the same step in words.
type seqItem struct{ Time, Where, Label, Evidence, Tone string }

const (
	seqTop     = 58  // y of the first row
	seqGutter  = 84  // for the times
	seqNoteW   = 320 // for the evidence
	seqIdeal   = 1040
	seqLine    = 17 // between two lines of evidence
	seqRowMin  = 46
	seqNoteLen = 47 // characters in a line of evidence
	seqNotes   = 9  // lines of evidence; the list has all of it
	seqLabel   = 34 // characters of a label
)

func sequenceOf(s Story, id string) sequence {
	gap := min(max((seqIdeal-seqGutter-seqNoteW)/max(len(s.Lanes), 1), 104), 160)
	q := sequence{ID: id, Title: s.Title, Cause: s.Cause, Class: causeClass(s.Cause)}
	x := map[string]int{}
	names := map[string]string{}
	for i, l := range s.Lanes {
		x[l.ID] = seqGutter + gap/2 + i*gap
		names[l.ID] = l.Name
		q.Lanes = append(q.Lanes, seqLane{X: x[l.ID], Name: cut(l.Name, gap/8)})
	}
	q.NotesX = seqGutter + len(s.Lanes)*gap + 28
	q.Width = q.NotesX + seqNoteW
	y := seqTop
	for _, st := range s.Steps {
		row, h := rowOf(st, x, y)
		q.Rows = append(q.Rows, row)
		q.List = append(q.List, itemOf(st, names))
		y += h
	}
	q.Foot = y
	q.Height = y + 6
	return q
}

// rowOf also says how high the row is.
func rowOf(st Step, x map[string]int, y int) (seqRow, int) {
	mid := y + seqRowMin/2
	row := seqRow{Y: mid, TimeY: mid + 4, Time: stamp(st.At), Tone: string(st.Tone), Label: cut(st.Label, seqLabel)}
	from, okFrom := x[st.From]
	to, okTo := x[st.To]
	if !okTo {
		to = from
	}
	if !okFrom {
		from = to
	}
	if from == to {
		row.Box = boxAt(from, mid, row.Label)
		row.LabelX, row.LabelY = row.Box.X+row.Box.W/2, mid+4
	} else {
		arrow(&row, from, to, mid)
		for _, v := range st.Via {
			if vx, ok := x[v]; ok && (vx-from)*(vx-to) < 0 {
				row.Dots = append(row.Dots, vx)
			}
		}
	}
	lines := wrap(st.Evidence, seqNoteLen, seqNotes)
	first := mid + 4 - (len(lines)-1)*seqLine/2
	if h := len(lines)*seqLine + 14; h > seqRowMin {
		first = y + 20
		for i, l := range lines {
			row.Notes = append(row.Notes, seqNote{first + i*seqLine, l})
		}
		return row, h
	}
	for i, l := range lines {
		row.Notes = append(row.Notes, seqNote{first + i*seqLine, l})
	}
	return row, seqRowMin
}

// boxAt is a box for a label, centred on a lane but clear of the left edge.
func boxAt(x, mid int, label string) *seqBox {
	w := utf8.RuneCountInString(label)*7 + 20
	return &seqBox{X: max(x-w/2, 4), Y: mid - 13, W: w}
}

func arrow(row *seqRow, from, to, y int) {
	dir := 1
	if to < from {
		dir = -1
	}
	tip := to - 2*dir
	row.Line = fmt.Sprintf("M%d %dH%d", from, y, tip-6*dir)
	row.Head = fmt.Sprintf("M%d %dl%d -4.5v9z", tip, y, -8*dir)
	row.LabelX, row.LabelY = (from+to)/2, y-7
}

func itemOf(st Step, names map[string]string) seqItem {
	where := names[st.From]
	if st.To != st.From && names[st.To] != "" {
		where += " to " + names[st.To]
		if len(st.Via) > 0 {
			via := make([]string, 0, len(st.Via))
			for _, v := range st.Via {
				via = append(via, names[v])
			}
			via = slices.DeleteFunc(via, func(s string) bool { return s == "" })
			if len(via) > 0 {
				where += " through " + strings.Join(via, " and ")
			}
		}
	}
	return seqItem{Time: stamp(st.At), Where: where, Label: st.Label, Evidence: st.Evidence, Tone: string(st.Tone)}
}

// stamp is a moment of the run, to the millisecond.
func stamp(at time.Duration) string {
	return fmt.Sprintf("%.3f%ss", at.Seconds(), nbsp)
}

// cut shortens s to n characters, the last of them an ellipsis.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:max(n-1, 0)]) + "\u2026"
}

// wrap breaks s into lines of n characters at spaces, and at most most lines.
func wrap(s string, n, most int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		word = cut(word, n)
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= n:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] = cut(lines[most-1]+" \u2026", n)
	}
	return lines
}
