package compare

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/matrix"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// Design is an architecture to compare: a variant of a scenario, of which the
// architecture alone counts.
type Design struct {
	Scenario *scenario.Scenario
	Variant  string
}

// Options says what to compare, and how.
type Options struct {
	Designs  []Design
	Faults   []scenario.FaultSet // beside none
	Seed     uint64
	Compress float64       // of real time; 0: chosen for each run
	Users    int           // 0: those of [Workload]
	For      time.Duration // scenario time; 0: so is this
	On       substrate.Substrate
	Version  string
	Parallel int            // runs at the same time
	OnCell   func(Progress) // called after each run, by one goroutine at a time; may be nil
}

// Workload is what users do in every cell: two thirds of what they do is opening
// pages while they should be logged in, and the credentials of each login are
// tried for some minutes after its logout.
func Workload() scenario.Workload {
	return scenario.Workload{Users: 1000, Think: time.Minute, Duration: 20 * time.Minute, LogoutEvery: 12, Replays: 3}
}

func (o *Options) workload() scenario.Workload {
	w := Workload()
	w.Users, w.Duration = cmp.Or(o.Users, w.Users), cmp.Or(o.For, w.Duration)
	return w
}

// Plans is a comparison that has been checked and not yet run.
type Plans struct {
	options Options
	matrix  matrix.Matrix
	cells   []*cell
}

// cell is one run to be made.
type cell struct {
	row, column int
	name        string // of the architecture
	plan        *plan.Plan
}

// Plan checks a comparison: an architecture that makes no plan even without
// faults, a fault that the workload never reaches, or one that names what is not
// there, is an error. A fault on a part that an architecture does not have, or
// that the substrate cannot inject, is a cell that cannot be.
func Plan(o Options) (*Plans, error) {
	w := o.workload()
	p := &Plans{options: o, matrix: matrix.Matrix{
		Schema: matrix.Schema, Version: o.Version, Substrate: o.On.Name(), Seed: o.Seed, Users: w.Users, DurationS: w.Duration.Seconds(),
		Faults: []matrix.Fault{{Name: matrix.None, Title: "Nothing is injected"}},
	}}
	errs := o.unreached(w)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	for _, f := range o.Faults {
		p.matrix.Faults = append(p.matrix.Faults, matrix.Fault{Name: f.Name, Title: f.Title})
	}
	names := o.names()
	for i, d := range o.Designs {
		a := matrix.Architecture{Name: names[i], Title: d.title(), File: d.Scenario.File + "/" + d.Variant}
		v, ok := d.Scenario.Variant(d.Variant)
		if !ok {
			return nil, fmt.Errorf("%s has no variant %q", d.Scenario.Name, d.Variant)
		}
		for _, f := range v.Faults {
			a.LeftOut = append(a.LeftOut, f.Name)
		}
		v = v.Clone()
		v.Workload, v.Script, v.Faults, v.Expect = w, nil, nil, nil
		errs = append(errs, p.row(&a, i, d.Scenario, v)...)
		p.matrix.Architectures = append(p.matrix.Architectures, a)
	}
	p.matrix.Repeat = p.repeat(o.files(), o.faultNames())
	return p, errors.Join(errs...)
}

// row plans an architecture's cells.
func (p *Plans) row(a *matrix.Architecture, i int, s *scenario.Scenario, v scenario.Variant) []error {
	var errs []error
	add := func(column int, name, ref string, v scenario.Variant, why error) {
		c := matrix.Cell{Fault: name, State: matrix.Unknown, Why: "it was not run", Seed: p.options.Seed, Repeat: p.repeat([]string{a.File}, []string{ref})}
		var planned *plan.Plan
		if why == nil {
			var err error
			if planned, err = p.build(s, name, v); err != nil {
				errs = append(errs, fmt.Errorf("%s under %s: %w", a.File, name, err))
			} else {
				why = p.options.On.Check(planned.Variant)
			}
		}
		switch {
		case why != nil && column == 0:
			errs = append(errs, fmt.Errorf("%s: %w", a.File, why))
		case why != nil:
			c.State, c.Why = matrix.CannotBe, reasons(why)
		case planned != nil:
			p.cells = append(p.cells, &cell{i, column, a.Name, planned})
		}
		a.Cells = append(a.Cells, c)
	}
	add(0, matrix.None, matrix.None, v, nil)
	if len(errs) > 0 {
		return errs
	}
	for column, f := range p.options.Faults {
		faulty, err := f.On(v)
		if wrong := (scenario.Errors)(nil); f.Own && errors.As(err, &wrong) && !wrong.Lacking() {
			errs = append(errs, fmt.Errorf("%w\n(so it is with the architecture %s: change the fault, or leave one of the two out)", err, a.Name))
			continue
		}
		add(column+1, f.Name, f.Ref(), faulty, err)
	}
	return errs
}

// build plans one cell.
func (p *Plans) build(s *scenario.Scenario, fault string, v scenario.Variant) (*plan.Plan, error) {
	one := *s
	v.Name = fault
	one.Variants = []scenario.Variant{v}
	return plan.Build(&one, fault, plan.Options{Seed: p.options.Seed, Compress: p.options.Compress, Limits: run.LimitsOf(p.options.On)})
}

// unreached refuses faults that begin when the workload is over: that is the
// fault of who chose its duration, not of an architecture.
func (o *Options) unreached(w scenario.Workload) []error {
	var errs []error
	for _, f := range o.Faults {
		if at := f.Latest(); at >= w.Duration {
			errs = append(errs, fmt.Errorf("%s:%d: %s begins at %s, and the users act for %s: choose a longer --for, or leave it out of --faults",
				f.File, f.Line, f.Name, scenario.FormatDuration(at), scenario.FormatDuration(w.Duration)))
		}
	}
	return errs
}

// reasons is an error in one line, without places in files that the reader of a
// matrix has not seen.
func reasons(err error) string {
	var placed scenario.Errors
	if errors.As(err, &placed) {
		return placed.Reasons()
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

// names are the designs' names in the matrix: the scenario's, with the variant
// where that tells two apart, and the place in the list where that does not.
func (o *Options) names() []string {
	count := map[string]int{}
	for _, d := range o.Designs {
		count[d.Scenario.Name]++
	}
	names, seen := make([]string, len(o.Designs)), map[string]int{}
	for i, d := range o.Designs {
		names[i] = d.Scenario.Name
		if count[d.Scenario.Name] > 1 {
			names[i] += "/" + d.Variant
		}
		if seen[names[i]]++; seen[names[i]] > 1 {
			names[i] = fmt.Sprintf("%s#%d", names[i], seen[names[i]])
		}
	}
	return names
}

func (d Design) title() string {
	if v, _ := d.Scenario.Variant(d.Variant); len(d.Scenario.Variants) > 1 && v.Title != "" {
		return d.Scenario.Title + ": " + v.Title
	}
	return d.Scenario.Title
}

func (o *Options) files() []string {
	var all []string
	for _, d := range o.Designs {
		all = append(all, d.Scenario.File+"/"+d.Variant)
	}
	return all
}

func (o *Options) faultNames() []string {
	names := []string{matrix.None}
	for _, f := range o.Faults {
		names = append(names, f.Ref())
	}
	return names
}

// repeat is the command that measures some cells again.
func (p *Plans) repeat(files, faults []string) string {
	o := p.options
	words := append([]string{"logoutlab", "compare"}, files...)
	words = append(words, "--faults", strings.Join(faults, ","))
	words = append(words, "--substrate", o.On.Name(), "--seed", fmt.Sprint(o.Seed), "--users", fmt.Sprint(p.matrix.Users),
		"--for", scenario.FormatDuration(time.Duration(p.matrix.DurationS*float64(time.Second))))
	if o.Compress > 0 && o.On.Name() != "sim" {
		words = append(words, "--compress", fmt.Sprint(o.Compress))
	}
	if s, ok := o.On.(substrate.Flagged); ok {
		words = append(words, s.Flags()...)
	}
	return run.Shell(words...)
}
