package agree

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
)

// Run is one judged run.
type Run struct {
	Header history.Header
	Result *result.Result
}

// Name is the variant's full name, scenario/variant.
func (r Run) Name() string { return r.Header.Scenario + "/" + r.Header.Variant }

// Source is the runs of one place.
type Source struct {
	Name string // where they were found
	Runs []Run
}

// Verdict says how the runs of a variant compare.
type Verdict string

// The verdicts, the worst last.
const (
	Agrees    Verdict = "agrees"
	Explained Verdict = "explained" // not the same, for a stated reason
	Unknown   Verdict = "unknown"   // a run shows nothing, or there is none
	Differs   Verdict = "differs"
)

var ranks = map[Verdict]int{Agrees: 0, Explained: 1, Unknown: 2, Differs: 3}

func worse(a, b Verdict) int { return cmp.Compare(ranks[a], ranks[b]) }

// Table is the comparison of all variants; a stable contract, to which fields
// are added.
type Table struct {
	Columns []Column `json:"columns"`
	Rows    []Row    `json:"rows"`
}

// Column is one place.
type Column struct {
	Name    string    `json:"name"`    // the substrate and its products: "container: haproxy, varnish"
	Source  string    `json:"source"`  // where the runs were found
	Version string    `json:"version"` // of the program that made the first run
	Started time.Time `json:"started"` // the first run
}

// Row is one variant. There is a cell for each column, nil where the variant
// was not run.
type Row struct {
	Scenario string   `json:"scenario"`
	Variant  string   `json:"variant"`
	Cells    []*Cell  `json:"cells"`
	Verdict  Verdict  `json:"verdict"`
	Why      []string `json:"why,omitempty"` // unless it agrees
	// Differences are what is documented of the products, by name and the
	// scenario's field, unless the row agrees.
	Differences map[string]string `json:"differences,omitempty"`
}

// Cell is what one run came to. Its intervals are those at 99.9 %.
type Cell struct {
	Outcome        result.Outcome    `json:"outcome"`
	Why            string            `json:"why,omitempty"` // why the outcome is not pass
	Causes         map[string]string `json:"causes"`        // the main cause of each of [Harms] that was found
	SpuriousLogout result.Rate       `json:"spurious_logout"`
	GhostSession   result.Rate       `json:"ghost_session"`
}

// Verdict is the worst of all rows, [Unknown] if there are none.
func (t *Table) Verdict() Verdict {
	worst := Unknown
	for i, r := range t.Rows {
		if i == 0 || worse(r.Verdict, worst) > 0 {
			worst = r.Verdict
		}
	}
	return worst
}

// Count is how many rows have the verdict.
func (t *Table) Count(v Verdict) (n int) {
	for _, r := range t.Rows {
		if r.Verdict == v {
			n++
		}
	}
	return n
}

// Missing lists what was not run, each as "SOURCE: SCENARIO/VARIANT".
func (t *Table) Missing() []string {
	var list []string
	for i, c := range t.Columns {
		for _, r := range t.Rows {
			if r.Cells[i] == nil {
				list = append(list, fmt.Sprintf("%s: %s/%s", c.Source, r.Scenario, r.Variant))
			}
		}
	}
	return list
}

// Compare sets the runs of two or more sources side by side. An explanation
// says of a variant, by its full name, in which field of the scenario a product
// is documented to differ ("balancer.retry_on") and that a disagreement comes
// from that.
//
// It is an error if a source mixes places or holds a variant twice, if runs of
// a variant were not of the same system, or if an explanation names what was
// not run or is not documented.
func Compare(sources []Source, explanations map[string]string) (*Table, error) {
	if len(sources) < 2 {
		return nil, errors.New("one place has nothing to agree with: name the results of two")
	}
	t := &Table{Rows: []Row{}}
	var errs []error
	runs := map[string][]*Run{}
	twice := map[[2]string]bool{} // source and variant
	for i, s := range sources {
		c, err := columnOf(s)
		t.Columns, errs = append(t.Columns, c), append(errs, err)
		for _, r := range s.Runs {
			if runs[r.Name()] == nil {
				runs[r.Name()] = make([]*Run, len(sources))
			}
			if which := [2]string{s.Name, r.Name()}; runs[r.Name()][i] != nil && !twice[which] {
				twice[which] = true
				errs = append(errs, fmt.Errorf("%s holds %s twice: name a directory that holds each variant once", s.Name, r.Name()))
			}
			runs[r.Name()][i] = &r
		}
	}
	for _, name := range slices.Sorted(maps.Keys(explanations)) {
		if runs[name] == nil {
			errs = append(errs, fmt.Errorf("%s is explained, but was not run", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(runs)) {
		row, err := t.row(name, runs[name], explanations[name])
		t.Rows, errs = append(t.Rows, row), append(errs, err)
	}
	return t, errors.Join(errs...)
}

// row compares the runs of a variant, each with the first.
func (t *Table) row(name string, runs []*Run, field string) (Row, error) {
	row := Row{Verdict: Agrees}
	documented := map[string]string{}
	var faults []history.PlannedFault
	for _, r := range runs {
		var c *Cell
		if r != nil {
			row.Scenario, row.Variant, faults = r.Header.Scenario, r.Header.Variant, r.Header.Faults
			c = cellOf(r.Result)
			maps.Copy(documented, differences(r.Header))
		}
		row.Cells = append(row.Cells, c)
	}
	explanation, err := explain(name, field, documented)
	for i := 1; i < len(runs); i++ {
		v, why := judge(row.Cells[0], row.Cells[i], faults)
		if v == Differs && explanation != "" {
			v, why = Explained, append(why, explanation)
		}
		row.say(t.Columns[i].Name, v, why)
	}
	if row.Verdict != Agrees && len(documented) > 0 {
		row.Differences = documented
	}
	return row, errors.Join(err, t.sameSystem(name, runs))
}

// say adds what came of the comparison with one column.
func (r *Row) say(column string, v Verdict, why []string) {
	if worse(v, r.Verdict) > 0 {
		r.Verdict = v
	}
	for _, w := range why {
		if len(r.Cells) > 2 {
			w = column + ": " + w
		}
		r.Why = append(r.Why, w)
	}
}
