package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/logoutlab/logoutlab/harness/gate"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/shard"
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
	Gate    *gate.Comparison `json:"baseline,omitempty"`
	Shard   *shard.Record    `json:"shard,omitempty"`
}

// notRun has the names of a result, as far as there is one.
type notRun struct {
	Scenario string         `json:"scenario"`
	Variant  string         `json:"variant"`
	Outcome  result.Outcome `json:"outcome"` // always unknown
	Why      string         `json:"why"`
	Repeat   string         `json:"repeat"`
	Excluded bool           `json:"excluded,omitempty"` // the parts cannot do what it asks for: not counted as unknown
	Failed   bool           `json:"failed,omitempty"`   // it was begun, and the infrastructure failed
}

// SummaryFile is the name of the file for tools.
const SummaryFile = "summary.json"

// Saved is what summary.json holds, as far as other reports need it.
type Saved struct {
	Version string
	Started time.Time
	Results []*result.Result
	NotRun  []NotRun
	Shard   *shard.Record
}

// ReadSummary reads summary.json; name is for the error.
func ReadSummary(name string, text []byte) (*Saved, error) {
	var in summary
	switch err := json.Unmarshal(text, &in); {
	case err != nil:
		return nil, fmt.Errorf("%s: %w: the file is damaged", name, err)
	case in.Schema != result.Schema:
		return nil, fmt.Errorf("%s has the schema %d: accepted is %d", name, in.Schema, result.Schema)
	}
	out := &Saved{Version: in.Version, Started: in.Started, Results: in.Results, Shard: in.Shard}
	for _, r := range in.Results {
		if r == nil {
			return nil, fmt.Errorf("%s has an empty result: the file is damaged", name)
		}
	}
	for _, n := range in.NotRun {
		out.NotRun = append(out.NotRun, NotRun{Scenario: n.Scenario, Variant: n.Variant, Why: n.Why, Repeat: n.Repeat, Excluded: n.Excluded, Failed: n.Failed})
	}
	return out, nil
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
		Gate:    suite.Gate, Shard: suite.Shard,
	}
	for _, r := range suite.Runs {
		out.Results = append(out.Results, r.Result)
	}
	for _, n := range suite.NotRun {
		out.NotRun = append(out.NotRun, notRun{n.Scenario, n.Variant, result.Unknown, n.Why, n.Repeat, n.Excluded, n.Failed})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

// SummaryJSONSchema is the JSON Schema (draft 2020-12) of summary.json, made
// from the type itself. Fields that it does not know are allowed.
func SummaryJSONSchema() (*jsonschema.Schema, error) {
	s, err := result.SchemaFor[summary](map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[shard.Shard](): {Type: "string", Pattern: "^[0-9]+/[0-9]+$"},
	})
	if err != nil {
		return nil, err
	}
	one, err := result.JSONSchema()
	if err != nil {
		return nil, err
	}
	s.Schema, s.Title, s.Defs = one.Schema, "A summary of logoutlab", one.Defs
	s.Properties["schema"] = &jsonschema.Schema{Const: new(any(result.Schema))}
	s.Properties["results"] = &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Ref: "#/$defs/result"}}
	return s, nil
}
