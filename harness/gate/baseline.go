package gate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
)

// Schema is the version of the file's format: fields are added, never changed.
const Schema = 1

// Kind is what every baseline file says of itself.
const Kind = "logoutlab-baseline"

// Baseline is what a later run is held against.
type Baseline struct {
	Schema   int       `json:"schema"`
	Kind     string    `json:"kind"`
	Version  string    `json:"version"` // of logoutlab
	Variants []Variant `json:"variants"`
}

// Variant is one variant's runs, and what they were runs of.
type Variant struct {
	Scenario  string            `json:"scenario"`
	Variant   string            `json:"variant"`
	Substrate string            `json:"substrate"`      // sim, loopback or container
	Products  []string          `json:"products"`       // such as "balancer haproxy"; none but our own: empty
	Compress  float64           `json:"compress"`       // how many times faster than the scenario
	Design    string            `json:"design_digest"`  // see [history.Header]
	Test      string            `json:"test_digest"`    // see [history.Header]
	Facts     map[string]string `json:"facts"`          // the same in words
	Faults    []string          `json:"faults"`         // each in words
	Runs      []Run             `json:"runs,omitempty"` // by seed
}

// Run is what one seed's run came to.
type Run struct {
	Seed      uint64           `json:"seed"`
	Outcome   result.Outcome   `json:"outcome"`
	Users     int              `json:"users"`
	Counts    []Count          `json:"counts"` // by metric, then cause
	Rates     result.Rates     `json:"rates"`  // of actions: told, and not tested
	LatencyMS result.LatencyMS `json:"latency_ms"`
	Repeat    string           `json:"repeat"` // the command
}

// Count is how many users a metric counts: all, or those of one cause.
type Count struct {
	Metric string `json:"metric"`
	Cause  string `json:"cause,omitempty"`
	Users  int    `json:"users"`
}

// Name is scenario/variant.
func (v *Variant) Name() string { return v.Scenario + "/" + v.Variant }

// Seeds lists the runs' seeds.
func (v *Variant) Seeds() []uint64 {
	out := make([]uint64, len(v.Runs))
	for i, r := range v.Runs {
		out[i] = r.Seed
	}
	return out
}

// DesignOf is a variant without runs.
func DesignOf(h history.Header) Variant {
	v := Variant{
		Scenario: h.Scenario, Variant: h.Variant, Substrate: h.Substrate, Products: []string{}, Compress: h.Compress,
		Design: h.Design, Test: h.Test, Facts: h.Facts, Faults: []string{},
	}
	for _, p := range h.Parts {
		v.Products = append(v.Products, p.Role+" "+p.Product)
	}
	for _, f := range h.Faults {
		v.Faults = append(v.Faults, faultWords(f, h.Compress))
	}
	return v
}

// faultWords is a fault as the scenario has it, but for what names the same.
func faultWords(f history.PlannedFault, compress float64) string {
	words := []string{f.Name}
	for _, name := range slices.Sorted(maps.Keys(f.Params)) {
		words = append(words, name+"="+f.Params[name])
	}
	inScenario := func(d time.Duration) time.Duration {
		return time.Duration(float64(d) * max(compress, 1)).Round(time.Millisecond)
	}
	words = append(words, "at", inScenario(f.At).String())
	if f.For > 0 {
		words = append(words, "for", inScenario(f.For).String())
	}
	return strings.Join(words, " ")
}

// usersHarmed is the metric of a run whose findings are not all listed.
const usersHarmed = result.UsersAffected

// metrics are what users are counted for, by verdict.
var metrics = map[oracle.Verdict]string{
	oracle.SpuriousLogout: "spurious_logouts", oracle.GhostSession: "ghost_sessions",
	oracle.WrongIdentity: "wrong_identity", oracle.Lockout: "lockouts", oracle.Error: "errors",
}

// RunOf is what a judged run came to.
func RunOf(r *result.Result, j *oracle.Judgement) Run {
	out := Run{
		Seed: r.Seed, Outcome: r.Outcome, Users: r.Users.Total, Rates: r.Rates, LatencyMS: r.HTTP.LatencyMS, Repeat: r.Repeat,
	}
	if j.Sums != nil {
		out.Counts = []Count{{usersHarmed, "", r.Users.Affected}, {metrics[oracle.SpuriousLogout], "", j.Sums.LoggedOut}}
		return out.sorted()
	}
	hit := map[Count]map[int]bool{}
	for _, metric := range metrics {
		hit[Count{Metric: metric}] = map[int]bool{}
	}
	for _, f := range j.Findings {
		metric, counts := metrics[f.Verdict]
		if !counts {
			continue
		}
		hit[Count{Metric: metric}][f.User] = true
		if f.Cause == "" {
			continue
		}
		because := Count{Metric: metric, Cause: f.Cause}
		if hit[because] == nil {
			hit[because] = map[int]bool{}
		}
		hit[because][f.User] = true
	}
	for c, users := range hit {
		c.Users = len(users)
		out.Counts = append(out.Counts, c)
	}
	return out.sorted()
}

func (r Run) sorted() Run {
	slices.SortFunc(r.Counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.Cause, b.Cause))
	})
	return r
}

// count is how many users a metric counts; a cause that is not there has none.
func (r Run) count(metric, cause string) int {
	for _, c := range r.Counts {
		if c.Metric == metric && c.Cause == cause {
			return c.Users
		}
	}
	return 0
}

// measures are the metrics that are counted, in order.
func (r Run) measures() []string {
	var out []string
	for _, c := range r.Counts {
		if c.Cause == "" {
			out = append(out, c.Metric)
		}
	}
	return slices.Sorted(slices.Values(out))
}

// complete refuses counts in which a metric that every run counts is not there,
// or anything is there twice.
func (r Run) complete() error {
	wants := slices.Sorted(maps.Values(metrics))
	if slices.Contains(r.measures(), usersHarmed) {
		wants = []string{metrics[oracle.SpuriousLogout], usersHarmed}
	}
	var lacks []string
	for _, metric := range wants {
		if !slices.Contains(r.measures(), metric) {
			lacks = append(lacks, metric)
		}
	}
	if len(lacks) > 0 {
		return fmt.Errorf("counts lacks %s (accepted is each of %s)", strings.Join(lacks, ", "), strings.Join(wants, ", "))
	}
	seen := map[Count]bool{}
	for _, c := range r.Counts {
		key := Count{Metric: c.Metric, Cause: c.Cause}
		if seen[key] {
			return fmt.Errorf("counts has %s twice", strings.TrimSpace(c.Metric+" "+c.Cause))
		}
		seen[key] = true
	}
	return nil
}

// Add adds a judged run to its variant. A run that proves nothing, or that is
// there already, is refused.
func (b *Baseline) Add(h history.Header, r *result.Result, j *oracle.Judgement) error {
	name := h.Scenario + "/" + h.Variant
	v := DesignOf(h)
	switch {
	case r.Outcome == result.Unknown:
		return fmt.Errorf("%s, seed %d is unknown (%s): no baseline can be made of it; run it again", name, r.Seed, r.Why)
	case b.Version == "":
		b.Schema, b.Kind, b.Version = Schema, Kind, h.Version
	case b.Version != h.Version:
		return fmt.Errorf("%s was run by logoutlab %s, and others by %s: a baseline is of one version", name, h.Version, b.Version)
	}
	i := slices.IndexFunc(b.Variants, func(o Variant) bool { return o.Name() == name })
	if i < 0 {
		i = len(b.Variants)
		b.Variants = append(b.Variants, v)
	}
	at := &b.Variants[i]
	if d := append(at.otherTest(v), at.otherSystem(v)...); len(d) > 0 {
		return fmt.Errorf("%s is there as two designs: %s", name, strings.Join(d, "; "))
	}
	if slices.Contains(at.Seeds(), r.Seed) {
		return fmt.Errorf("%s, seed %d is there twice", name, r.Seed)
	}
	at.Runs = append(at.Runs, RunOf(r, j))
	slices.SortFunc(at.Runs, func(a, b Run) int { return cmp.Compare(a.Seed, b.Seed) })
	return nil
}

// Write writes the file.
func (b *Baseline) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(b)
}

// Read reads the file; name is for the error, which has line and column.
func Read(name string, text []byte) (*Baseline, error) {
	var kind struct {
		Schema int
		Kind   string
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return nil, placed(name, text, err)
	}
	if kind.Kind != Kind || kind.Schema != Schema {
		return nil, fmt.Errorf("%s:1:1: kind %q, schema %d is no baseline that this version reads: accepted is %q, schema %d, as `logoutlab baseline` writes it", name, kind.Kind, kind.Schema, Kind, Schema)
	}
	b := &Baseline{}
	if err := json.Unmarshal(text, b); err != nil {
		return nil, placed(name, text, err)
	}
	if err := b.check(); err != nil {
		return nil, fmt.Errorf("%s: %w: the file was edited; make it again with `logoutlab baseline`", name, err)
	}
	return b, nil
}

// placed adds the place to an error of package json.
func placed(name string, text []byte, err error) error {
	at := int64(0)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &kind):
		at = kind.Offset
	}
	before := text[:min(max(at-1, 0), int64(len(text)))]
	line := bytes.Count(before, []byte("\n")) + 1
	col := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Errorf("%s:%d:%d: %w: accepted is a file that `logoutlab baseline` has written", name, line, col, err)
}

// check refuses what no run could have come to.
func (b *Baseline) check() error {
	seen := map[string]bool{}
	for _, v := range b.Variants {
		if seen[v.Name()] {
			return fmt.Errorf("%s is there twice", v.Name())
		}
		seen[v.Name()] = true
		if len(v.Runs) == 0 {
			return fmt.Errorf("%s has no runs", v.Name())
		}
		for i, r := range v.Runs {
			if i > 0 && r.Seed <= v.Runs[i-1].Seed {
				return fmt.Errorf("%s: seed %d does not rise", v.Name(), r.Seed)
			}
			if r.Users < 1 || r.Users != v.Runs[0].Users {
				return fmt.Errorf("%s, seed %d has %d users", v.Name(), r.Seed, r.Users)
			}
			for _, c := range r.Counts {
				if c.Users < 0 || c.Users > r.Users {
					return fmt.Errorf("%s, seed %d: %s counts %d of %d users", v.Name(), r.Seed, c.Metric, c.Users, r.Users)
				}
			}
			if err := r.complete(); err != nil {
				return fmt.Errorf("%s, seed %d: %w", v.Name(), r.Seed, err)
			}
		}
	}
	if len(b.Variants) == 0 {
		return errors.New("it has no variants")
	}
	return nil
}
