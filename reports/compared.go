package reports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/harness/matrix"
)

// Compared is a comparison of architectures that is kept in a directory: what its
// [MatrixFile] says.
type Compared struct {
	Path    string         // of the directory, from where runs are looked for, with slashes
	Report  bool           // it has a [Page], of which the comparison is the whole or a part
	Written time.Time      // the file, by the clock on the wall: a matrix has no time, so that equal ones make equal files
	Matrix  *matrix.Matrix // nil: it cannot be read
	Problem string         // why it cannot be read
}

// ReadMatrix reads compare.json; name is for the error.
func ReadMatrix(name string, text []byte) (*matrix.Matrix, error) {
	var m matrix.Matrix
	switch err := json.Unmarshal(text, &m); {
	case err != nil:
		return nil, fmt.Errorf("%s: %w: the file is damaged", name, err)
	case m.Schema != matrix.Schema:
		return nil, fmt.Errorf("%s has the schema %d: accepted is %d", name, m.Schema, matrix.Schema)
	}
	return &m, nil
}

// keptComparison is a row of the list of comparisons.
type keptComparison struct {
	Path, Href, Written, Headline, Size, Substrate, Version, Problem string
}

// comparisonsOf are the rows, newest first.
func comparisonsOf(all []Compared, address func(string) string) []keptComparison {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Compared) int {
		return cmp.Or(b.Written.Compare(a.Written), cmp.Compare(a.Path, b.Path))
	})
	var rows []keptComparison
	for _, c := range all {
		row := keptComparison{Path: c.Path, Problem: c.Problem}
		if !c.Written.IsZero() {
			row.Written = dateOf(c.Written)
		}
		if c.Report {
			row.Href = address(c.Path) + "#architectures"
		}
		if m := c.Matrix; m != nil {
			row.Headline, row.Substrate, row.Version = m.Headline, m.Substrate, m.Version
			faults := slices.DeleteFunc(slices.Clone(m.Faults), func(f matrix.Fault) bool { return f.Name == matrix.None })
			row.Size = plural(len(m.Architectures), "architecture", "architectures") + " under " + plural(len(faults), "fault", "faults")
		}
		rows = append(rows, row)
	}
	return rows
}
