package shrink

import (
	"context"
	"fmt"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// candidate is a plan that may show the harm.
type candidate struct {
	variant scenario.Variant
	seed    uint64
}

// rank is how good a plan is.
type rank int

const (
	nothing rank = iota
	shows        // the harm, but some fault left no mark, for example
	proves       // the harm, and nothing is in doubt
)

// search is the smallest plan so far, and what it takes to find a smaller one.
// Once err is set nothing is tried any more.
type search struct {
	ctx      context.Context
	o        Options
	harm     Harm
	affected []int // users, in the order of time
	from     Size
	best     candidate
	rank     rank
	result   *result.Result // of best
	runs     int
	err      error
}

// measure is what goes down from round to round.
type measure struct {
	Size
	requests int
	room     int // of a node: how many it takes on at once, and of those bound to it
	seed     uint64
}

func (s *search) size() measure {
	a := s.best.variant.Architecture
	return measure{sizeOf(s.best.variant), s.result.Requests, a.App.Capacity + a.App.Queue + a.Balancer.StickyMax, s.best.seed}
}

// readable is how many actions fit into a file, with room to spare.
const readable = 1000

// try runs a candidate, and takes it if it shows the harm and is no worse than
// the best. One that is small enough to be written is run as it is read.
func (s *search) try(c candidate) bool {
	if s.err != nil || len(c.variant.Script) == 0 {
		return false
	}
	p, err := s.planOf(c)
	if err != nil {
		return false // leaving things out can make a plan that means nothing
	}
	j, err := s.watch(p)
	if err != nil {
		s.err = err
		return false
	}
	got := nothing
	switch {
	case j.Result.Outcome == result.Pass:
		got = proves
	case j.Result.Expectations[0].Holds:
		got = shows
	}
	if got == nothing || got < s.rank {
		return false
	}
	s.best, s.rank, s.result = c, got, j.Result
	return true
}

// change tries the best with something changed.
func (s *search) change(how func(*candidate)) bool {
	c := candidate{s.best.variant.Clone(), s.best.seed}
	how(&c)
	return s.try(c)
}

func (s *search) planOf(c candidate) (*plan.Plan, error) {
	options := plan.Options{Seed: c.seed, Compress: 1}
	source := *s.o.Plan.Scenario
	if len(c.variant.Script) > readable {
		c.variant.Workload.Users = c.variant.Script[len(c.variant.Script)-1].User
		source.Variants = []scenario.Variant{c.variant}
		return plan.Build(&source, c.variant.Name, options)
	}
	written, err := scenario.Parse(source.File, s.text(c))
	if err != nil {
		return nil, err
	}
	p, err := plan.Build(written, c.variant.Name, options)
	if err == nil {
		err = s.o.On.Check(p.Variant)
	}
	return p, err
}

// text is the scenario file of a candidate.
func (s *search) text(c candidate) []byte {
	source := *s.o.Plan.Scenario
	source.Seed = &c.seed
	repeat := run.Options{Plan: s.o.Plan, Substrate: s.o.On}.Repeat()
	return source.Text(c.variant, fmt.Sprintf("The smallest plan found that shows %s (%s), as this run does:\n%s", s.harm.Metric, s.harm.Cause, repeat))
}

func (s *search) watch(p *plan.Plan) (*run.Judged, error) {
	s.runs++
	j, err := run.Watch(s.ctx, s.o.On, run.Options{Plan: p, Version: s.o.Version})
	if err == nil {
		err = s.ctx.Err()
	}
	return j, err
}
