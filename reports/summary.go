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
}

// Summary writes summary.json: the totals, and every result as in its own
// result.json.
func Summary(w io.Writer, suite Suite) error {
	out := summary{
		Schema:  result.Schema,
		Version: suite.Version,
		Started: suite.Started.UTC(),
		Totals:  suite.Totals(),
		Results: make([]*result.Result, 0, len(suite.Runs)),
	}
	for _, r := range suite.Runs {
		out.Results = append(out.Results, r.Result)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
