// Package cliff finds the value of a setting at which users start to be logged
// out: "safe up to 58 s of skew".
//
// It runs a variant in virtual time with the setting at both ends of a range,
// and then halves the range in which the rate of spurious logouts crosses the
// limit. All runs have the same seed, hence the same users at the same moments:
// what changes between two runs is the setting alone. That the rate only goes
// up, or only down, with the setting is taken for granted; between the ends
// there may be other crossings.
package cliff

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/bulk"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

// Options says what to look for.
type Options struct {
	Scenario *scenario.Scenario
	Variant  string
	Path     string        // of a duration: session.leeway, faults[0].offset
	From, To time.Duration // the range; From may be the larger
	Limit    float64       // the largest share of valid actions that may end in a spurious logout
	Plan     plan.Options  // seed, users and duration of each run
	On       substrate.Virtual
	Version  string
	OnPoint  func(Point) // called after each run; may be nil
}

// Point is what came of one value.
type Point struct {
	Value time.Duration
	Rate  result.Rate // of spurious logouts
	Cause string      // their main cause; "" if there were none
}

// Cliff is where the rate crosses the limit.
type Cliff struct {
	Points []Point // in the order of the runs
	// Safe and Harmful are the nearest values to each other on the two sides of the
	// limit, nil if the whole range is on the other.
	Safe, Harmful *Point
}

// resolution is the share of the range that the answer may be off by.
const resolution = 1.0 / 512

// Find looks for the cliff. The error is a [scenario.Errors] if a value makes
// no plan.
func Find(ctx context.Context, o Options) (*Cliff, error) {
	if o.From == o.To {
		return nil, errors.New("the range is empty: give two different ends")
	}
	c := &Cliff{}
	a, err := c.try(ctx, o, o.From)
	if err != nil {
		return nil, err
	}
	b, err := c.try(ctx, o, o.To)
	if err != nil {
		return nil, err
	}
	unit := max(time.Duration(float64((o.To-o.From).Abs())*resolution), time.Millisecond)
	for o.harmful(a) != o.harmful(b) && (b.Value-a.Value).Abs() > unit {
		m, err := c.try(ctx, o, (a.Value + (b.Value-a.Value)/2).Round(time.Millisecond))
		if err != nil {
			return nil, err
		}
		if o.harmful(m) == o.harmful(a) {
			a = m
		} else {
			b = m
		}
	}
	for _, p := range []Point{a, b} {
		if o.harmful(p) {
			c.Harmful = &p
		} else {
			c.Safe = &p
		}
	}
	return c, nil
}

func (o Options) harmful(p Point) bool { return p.Rate.Value > o.Limit }

// try runs the variant with one value.
func (c *Cliff) try(ctx context.Context, o Options, value time.Duration) (Point, error) {
	s, err := With(o.Scenario, o.Variant, o.Path, value)
	if err != nil {
		return Point{}, err
	}
	p, err := plan.Build(s, o.Variant, o.Plan)
	if err == nil {
		err = o.On.Check(p.Variant)
	}
	if err != nil {
		return Point{}, err
	}
	j, err := o.judge(ctx, p)
	if err != nil {
		return Point{}, err
	}
	if ctx.Err() != nil {
		return Point{}, ctx.Err()
	}
	point := Point{Value: value, Rate: result.Spurious(j)}
	for cause, n := range j.Causes {
		if best := j.Causes[point.Cause]; n > best || n == best && cause < point.Cause {
			point.Cause = cause
		}
	}
	c.Points = append(c.Points, point)
	if o.OnPoint != nil {
		o.OnPoint(point)
	}
	return point, nil
}

// judge plays a plan: in bulk if that will do, which counts the same and is
// much faster.
func (o Options) judge(ctx context.Context, p *plan.Plan) (*oracle.Judgement, error) {
	if _, ours := o.On.(*sim.Substrate); ours && bulk.Fits(p) == nil {
		return bulk.Judge(ctx, p)
	}
	j, err := run.Watch(ctx, o.On, run.Options{Plan: p, Version: o.Version})
	if err != nil {
		return nil, err
	}
	return j.Judgement, nil
}

// With is the scenario with another value in one duration of a variant.
func With(s *scenario.Scenario, variant, path string, value time.Duration) (*scenario.Scenario, error) {
	changed := *s
	changed.Variants = nil
	found, known := false, []string{}
	for _, v := range s.Variants {
		v = v.Clone()
		if v.Name == variant {
			for _, d := range v.Durations() {
				if d.Idle {
					continue
				}
				known = append(known, d.Path)
				if d.Path == path {
					*d.Value, found = value, true
				}
			}
		}
		changed.Variants = append(changed.Variants, v)
	}
	if !found {
		return nil, fmt.Errorf("%s/%s has no duration called %q that has an effect (accepted: %s)", s.Name, variant, path, strings.Join(known, ", "))
	}
	return &changed, nil
}
