package reports

import (
	"encoding/json"
	"io"
	"time"

	"github.com/logoutlab/logoutlab/harness/result"
)

// summary is the stable contract of summary.json: fields are added, never
// changed.
type summary struct {
	Schema  int              `json:"schema"`
	Version string           `json:"version"`
	Started time.Time        `json:"started"`
	Totals  Totals           `json:"totals"`
	Results []*result.Result `json:"results"`
	NotRun  []notRun         `json:"not_run"`
}

// notRun has the names of a result, as far as there is one.
type notRun struct {
	Scenario string         `json:"scenario"`
	Variant  string         `json:"variant"`
	Outcome  result.Outcome `json:"outcome"` // always unknown
	Why      string         `json:"why"`
	Repeat   string         `json:"repeat"`
	Excluded bool           `json:"excluded,omitempty"` // the parts cannot do what it asks for: not counted as unknown
}

// Summary writes summary.json: the totals, every result as in its own
// result.json, and what was not run.
func Summary(w io.Writer, suite Suite) error {
	out := summary{
		Schema:  result.Schema,
		Version: suite.Version,
		Started: suite.Started.UTC(),
		Totals:  suite.Totals(),
		Results: make([]*result.Result, 0, len(suite.Runs)),
		NotRun:  make([]notRun, 0, len(suite.NotRun)),
	}
	for _, r := range suite.Runs {
		out.Results = append(out.Results, r.Result)
	}
	for _, n := range suite.NotRun {
		out.NotRun = append(out.NotRun, notRun{n.Scenario, n.Variant, result.Unknown, n.Why, n.Repeat, n.Excluded})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
