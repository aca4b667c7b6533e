package reports

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/logoutlab/logoutlab/harness/matrix"
)

// MatrixFile is the name of a matrix for machines.
const MatrixFile = "compare.json"

// WriteMatrix writes a matrix into a directory that has none yet: for people,
// for machines and as Markdown. Nothing is ever overwritten.
func WriteMatrix(dir string, m *matrix.Matrix) error {
	return errors.Join(writeMatrix(dir, Page, MatrixHTML, m), WriteMatrixJSON(dir, m), writeMatrix(dir, "summary.md", MatrixMarkdown, m))
}

// WriteMatrixJSON writes it for machines alone, beside a report that has it.
func WriteMatrixJSON(dir string, m *matrix.Matrix) error {
	return writeMatrix(dir, MatrixFile, MatrixJSON, m)
}

func writeMatrix(dir, name string, how func(io.Writer, *matrix.Matrix) error, m *matrix.Matrix) error {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(how(f, m), f.Close())
}

// MatrixJSON writes a matrix for machines.
func MatrixJSON(w io.Writer, m *matrix.Matrix) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(m)
}

// MatrixCell is a cell in a line.
func MatrixCell(c matrix.Cell) string {
	if c.State != matrix.Measured {
		return string(c.State) + ": " + c.Why
	}
	text := fmt.Sprintf("%s of a million logged out", strings.TrimSuffix(cellFigure(c), " ="))
	if c.Cause != "" {
		text += " (" + c.Cause + ")"
	}
	return text + fmt.Sprintf(", credentials good for %s s after a logout", matrix.Figure(c.Ghosts.Mean))
}

// cellFigure is a cell's spurious logouts per million, or what became of it.
// None are told by how many there may be all the same.
func cellFigure(c matrix.Cell) string {
	switch {
	case c.State != matrix.Measured:
		return string(c.State)
	case c.SpuriousLogouts.Count == 0:
		return "0 (<" + matrix.Figure(c.SpuriousLogouts.Hi) + ")" + unchanged(c)
	}
	return matrix.Figure(c.SpuriousLogouts.Value) + unchanged(c)
}

// unchanged marks a cell that came out as without its fault, which was met: it says
// nothing good of the architecture.
func unchanged(c matrix.Cell) string {
	if c.Unchanged {
		return " ="
	}
	return ""
}

// scoreRow is an architecture's score in words.
type scoreRow struct {
	Place, Name, Title, Href           string
	Logouts, Ghosts                    string
	Commands, Bytes, Balance, P99, Add string
	Worst, Cause, CauseClass           string
}

// scoreRows are the architectures, the best first, those without a place last. Of
// those no figure is told that could be held against another's.
func scoreRows(m *matrix.Matrix) []scoreRow {
	const unknown = "unknown"
	var rows []scoreRow
	for _, a := range m.Ranked() {
		s := a.Score
		r := scoreRow{
			Place: "-", Name: a.Name, Title: a.Title, Href: slug(a.Name), Logouts: unknown, Ghosts: unknown,
			Commands: unknown, Bytes: unknown, Balance: unknown, P99: unknown, Add: unknown, Worst: "-",
		}
		if none, _ := a.Cell(matrix.None); none.State == matrix.Measured {
			r.Balance, r.P99, r.Add = trim(s.LoadBalance), trim(s.P99MS), "+"+trim(s.P99AddedMS)
			switch {
			case s.StoreCounted:
				r.Commands, r.Bytes = trim(s.StoreCommands), trim(s.StoreBytes)
			case !s.StoreShared:
				r.Commands, r.Bytes = "none", "none"
			}
		}
		if s.Place > 0 {
			r.Place, r.Logouts, r.Ghosts = strconv.Itoa(s.Place), matrix.Figure(s.SpuriousLogouts), matrix.Figure(s.GhostSeconds)
			if c, ok := a.Cell(s.WorstFault); ok {
				r.Worst, r.Cause, r.CauseClass = c.Fault, c.Cause, causeClass(c.Cause)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// measuredHow says what the figures are of.
func measuredHow(m *matrix.Matrix) string {
	return fmt.Sprintf("%s, seed %d, in each cell the same %s for %s", m.Substrate, m.Seed, plural(m.Users, "user", "users"), span(seconds(m.DurationS)))
}

const scoreNote = "Place: by both sides, where tenfold logouts of a million weigh as much as tenfold ghost-seconds (log10(1+logouts) + log10(1+ghost-seconds), the least first); equal figures share a place. " +
	"Best on both sides is who has the fewest logouts, and no ghosts that are longer by more than a second than another's. An architecture of which cells are missing that others have gets no place. " +
	"Logouts: of a million valid actions, the mean over all faults. Ghosts: seconds for which credentials were seen to work after their logout, the mean likewise, as far as they were tried. " +
	"A fault that an architecture cannot have counts as none. Store: commands and bytes of keys and entries for each action; load: requests of the busiest node over the mean; p99: of whole actions; all three without faults."

const (
	placeNote = "Place: the least log10(1+logouts) + log10(1+ghost-seconds) first: tenfold of either weighs the same; equal figures share a place"
	cellNote  = "0 (<N): none, and at most N (95 %, one-sided); =: the fault was met and changed no decision, and causes, errors and p99 are as without it; n/a: the architecture cannot have it"
)

// MatrixText writes a matrix for a terminal.
func MatrixText(w io.Writer, m *matrix.Matrix) {
	fmt.Fprintf(w, "%s\n(%s)\n\n", m.Headline, strings.ReplaceAll(measuredHow(m), nbsp, " "))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\tplace\tarchitecture\tlogouts/million\tghost s/logout\tstore cmds/action\tbytes/action\tload\tp99 ms\tadded\tworst fault\tcause")
	rows := scoreRows(m)
	for i, r := range rows {
		fmt.Fprintf(t, "[%d]\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", i+1, r.Place, r.Name, r.Logouts, r.Ghosts, r.Commands, r.Bytes, r.Balance, r.P99, r.Add, r.Worst, r.Cause)
	}
	t.Flush() //nolint:errcheck // w takes everything
	fmt.Fprint(w, "\n"+placeNote+"\n\nSpurious logouts per million valid actions; "+cellNote+"\n\n")
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "fault\t")
	for i := range rows {
		fmt.Fprintf(t, "[%d]\t", i+1)
	}
	fmt.Fprintln(t)
	for _, f := range m.Faults {
		fmt.Fprintf(t, "%s\t", f.Name)
		for _, a := range m.Ranked() {
			c, _ := a.Cell(f.Name)
			fmt.Fprintf(t, "%s\t", cellFigure(c))
		}
		fmt.Fprintln(t)
	}
	t.Flush() //nolint:errcheck // w takes everything
	for _, a := range m.Architectures {
		if len(a.LeftOut) > 0 {
			fmt.Fprintf(w, "\nOf %s the architecture was taken; its own faults were left out: %s\n", a.File, strings.Join(a.LeftOut, ", "))
		}
	}
}

// MatrixMarkdown writes a matrix for a job summary.
func MatrixMarkdown(w io.Writer, m *matrix.Matrix) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## Architectures under faults\n\n**%s**\n\n%s.\n\n", mdText(m.Headline), mdText(measuredHow(m)))
	b.WriteString("| Place | Architecture | Logouts per million | Ghost-seconds per logout | Store commands per action | Bytes per action | Load, busiest/mean | p99 ms | added | Worst fault | Cause |\n")
	b.WriteString("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |\n")
	for _, r := range scoreRows(m) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n",
			r.Place, mdText(r.Name), mdText(r.Logouts), mdText(r.Ghosts), r.Commands, r.Bytes, r.Balance, r.P99, r.Add, mdText(r.Worst), mdText(r.Cause))
	}
	fmt.Fprintf(&b, "\n%s\n\n| Fault |", mdText(scoreNote))
	for _, a := range m.Ranked() {
		fmt.Fprintf(&b, " %s |", mdText(a.Name))
	}
	b.WriteString("\n| --- |" + strings.Repeat(" ---: |", len(m.Architectures)) + "\n")
	for _, f := range m.Faults {
		fmt.Fprintf(&b, "| %s |", mdText(f.Name))
		for _, a := range m.Ranked() {
			c, _ := a.Cell(f.Name)
			fmt.Fprintf(&b, " %s |", mdText(cellFigure(c)))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\nSpurious logouts per million valid actions; %s. Repeat: %s\n", mdText(cellNote), mdCode(m.Repeat))
	_, err := io.WriteString(w, b.String())
	return err
}
