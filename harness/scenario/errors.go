package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a scenario file: line and column, 1-based, the
// column in characters. The zero Position is unknown.
type Position struct{ Line, Col int }

// Error is one thing wrong with a scenario. Line and Col are 0 when the error
// concerns no place in the file.
type Error struct {
	File      string
	Line, Col int
	Msg       string
	Accepted  string // the values that would do; may be empty
	Hint      string // what to do about it; may be empty
	Lacks     bool   // a fault is on a part that the architecture does not have
}

// Error gives `file:line:col: message (accepted: ...; hint: ...)`.
func (e Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Col)
	}
	b.WriteString(": " + e.Msg)
	var extra []string
	if e.Accepted != "" {
		extra = append(extra, "accepted: "+e.Accepted)
	}
	if e.Hint != "" {
		extra = append(extra, "hint: "+e.Hint)
	}
	if len(extra) > 0 {
		b.WriteString(" (" + strings.Join(extra, "; ") + ")")
	}
	return b.String()
}

// Errors is everything wrong with a scenario, in the order of the file. It is
// the user's to mend: nothing has been started.
type Errors []Error

// Error joins the errors' texts, one a line.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// sorted puts the errors in file order, and drops those said twice: what is
// wrong with the common architecture is found again in every variant.
func (es Errors) sorted() Errors {
	slices.SortStableFunc(es, func(a, b Error) int {
		return cmp.Or(
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), cmp.Compare(a.Msg, b.Msg))
	})
	return slices.Compact(es)
}
