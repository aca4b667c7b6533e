package reports

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/logoutlab/logoutlab/harness/matrix"
	"github.com/logoutlab/logoutlab/harness/oracle"
)

// MatrixHTML writes a matrix as one self-contained page.
func MatrixHTML(w io.Writer, m *matrix.Matrix) error {
	return execute(w, "comparison-page", struct {
		*comparisonView
		Title, Version string
	}{comparisonOf(m), "logoutlab: architectures under faults", m.Version})
}

// comparisonView is all that the template needs of a matrix.
type comparisonView struct {
	Headline                    string   // in full
	First                       string   // its first sentence
	Others                      []string // and the others
	How, Note, CellNote, Repeat string

	Scores  []scoreRow
	Scatter *scatter // nil: no architecture has a place
	Sides   []sides
	Grid    []gridRow
	Each    []architectureView
}

// sides are the two sides of an architecture's score and its price, each as a
// bar of a hundred.
type sides struct {
	Name, Href                         string
	Logouts, Ghosts, Commands          string
	LogoutsBar, GhostsBar, CommandsBar float64
}

// gridRow is a fault and its cells, one for each architecture.
type gridRow struct {
	Fault, Title string
	Cells        []gridCell
}

// gridCell is a cell of the grid. Class says how bad it is.
type gridCell struct{ Text, Class, Href, Title string }

// architectureView is one architecture's cells in full.
type architectureView struct {
	ID, Name, Title, File, LeftOut string
	Rows                           []cellRow
}

// cellRow is one cell in full.
type cellRow struct {
	ID, Fault, State, Why                  string
	Logouts, Interval, Errors              string
	Ghosts, GhostCause, Cause, Class, Part string
	Met, Users, Logins, Storm, Healed, P99 string
	Repeat                                 string
	Measured, Faulty                       bool
}

func comparisonOf(m *matrix.Matrix) *comparisonView {
	said := m.Sentences()
	v := &comparisonView{Headline: m.Headline, First: said[0], Others: said[1:], How: measuredHow(m), Note: scoreNote, CellNote: cellNote, Repeat: m.Repeat, Scores: scoreRows(m), Scatter: scatterOf(m), Sides: sidesOf(m)}
	all := m.Ranked()
	for _, f := range m.Faults {
		row := gridRow{Fault: f.Name, Title: f.Title}
		for _, a := range all {
			c, _ := a.Cell(f.Name)
			row.Cells = append(row.Cells, gridCell{cellFigure(c), heat(c), cellID(a.Name, f.Name), gridTitle(c)})
		}
		v.Grid = append(v.Grid, row)
	}
	for _, a := range all {
		one := architectureView{ID: slug("design", a.Name), Name: a.Name, Title: a.Title, File: a.File, LeftOut: strings.Join(a.LeftOut, ", ")}
		for _, f := range m.Faults {
			c, _ := a.Cell(f.Name)
			c.Fault = f.Name
			one.Rows = append(one.Rows, cellRowOf(a.Name, c))
		}
		v.Each = append(v.Each, one)
	}
	return v
}

func cellID(architecture, fault string) string { return slug("cell", architecture, fault) }

// gridTitle is what a cell says when pointed at.
func gridTitle(c matrix.Cell) string {
	switch {
	case c.State != matrix.Measured:
		return c.Why
	case c.Cause != "":
		return "because " + oracle.InWords(c.Cause)
	}
	return fmt.Sprintf("none of %s", count(c.SpuriousLogouts.Of))
}

// heat is a cell's class: h0 for none to h5 for every tenth and more.
func heat(c matrix.Cell) string {
	v := c.SpuriousLogouts.Value
	switch {
	case c.State == matrix.CannotBe:
		return "na"
	case c.State != matrix.Measured:
		return "unsure"
	case v == 0:
		return "h0"
	}
	return fmt.Sprintf("h%d", min(5, 1+int(math.Log10(max(v, 10))-1)))
}

// sidesOf draws the scores. Logouts and ghosts are on scales of tenfolds, as they
// range over many of them; what the store is asked is on a plain one.
func sidesOf(m *matrix.Matrix) []sides {
	var ghosts, commands float64
	for _, a := range m.Architectures {
		if a.Score.Place > 0 {
			ghosts = max(ghosts, a.Score.GhostSeconds)
		}
		commands = max(commands, a.Score.StoreCommands)
	}
	var out []sides
	rows := scoreRows(m)
	for i, a := range m.Ranked() {
		s, row := a.Score, rows[i]
		one := sides{Name: a.Name, Href: slug("design", a.Name), Logouts: row.Logouts, Ghosts: row.Ghosts, Commands: row.Commands, CommandsBar: evenly(s.StoreCommands, commands)}
		if s.Place > 0 {
			one.Ghosts += nbsp + "s"
			one.LogoutsBar, one.GhostsBar = tenfolds(s.SpuriousLogouts, 1e6), tenfolds(s.GhostSeconds, max(ghosts, 60))
		}
		out = append(out, one)
	}
	return out
}

// tenfolds is a value's place between 0 and most, in percent, on a scale on which
// every tenfold is as long, and that begins at 0.
func tenfolds(v, most float64) float64 {
	return math.Round(1000*math.Log10(1+v)/math.Log10(1+most)) / 10
}

// evenly is the same on a plain scale.
func evenly(v, most float64) float64 {
	if most == 0 {
		return 0
	}
	return math.Round(1000*v/most) / 10
}

func cellRowOf(architecture string, c matrix.Cell) cellRow {
	r := cellRow{
		ID: cellID(architecture, c.Fault), Fault: c.Fault, State: string(c.State), Why: c.Why, Repeat: c.Repeat,
		Measured: c.State == matrix.Measured, Faulty: c.Fault != matrix.None,
	}
	if !r.Measured {
		return r
	}
	p := c.SpuriousLogouts
	r.Logouts, r.Errors = matrix.Figure(p.Value), matrix.Figure(c.Errors.Value)
	r.Interval = fmt.Sprintf("%s of %s; 95%s%%: %s\u2013%s", count(p.Count), count(p.Of), nbsp, matrix.Figure(p.Lo), matrix.Figure(p.Hi))
	if p.Count == 0 {
		r.Interval = fmt.Sprintf("0 of %s; 95%s%%: at most %s (3/N)", count(p.Of), nbsp, matrix.Figure(p.Hi))
	}
	r.Ghosts = fmt.Sprintf("%s%ss", matrix.Figure(c.Ghosts.Mean), nbsp)
	if c.Ghosts.Accepted > 0 {
		r.GhostCause = fmt.Sprintf("%s of %s logouts %s", count(c.Ghosts.Accepted), count(c.Ghosts.Logouts), c.GhostCause)
	}
	if c.Cause != "" {
		r.Cause, r.Class, r.Part = c.Cause, causeClass(c.Cause), percent(c.CauseShare)
	}
	r.P99 = trim(c.P99MS) + nbsp + "ms"
	if r.Faulty {
		r.P99 += fmt.Sprintf(" (%+.0f)", c.P99AddedMS)
		r.Met = fmt.Sprintf("%s of %s", count(c.Changed), count(c.Marks))
		r.blast(c.Blast)
	}
	return r
}

// blast says what the fault took with it.
func (r *cellRow) blast(b matrix.Blast) {
	r.Users, r.Logins = count(b.Users), count(b.Logins)
	r.Storm = fmt.Sprintf("%s, usually %s", matrix.Figure(b.PeakLogins), matrix.Figure(b.UsualLogins))
	switch {
	case b.HealedS == nil:
		r.Healed = "not by the end"
	case b.Logins == 0:
		r.Healed = "nothing to heal"
	default:
		r.Healed = span(seconds(*b.HealedS).Round(1e9))
	}
}
