package plan

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Options are what a run's command line can change. The zero value of each
// field leaves things as the file has them.
type Options struct {
	Seed     uint64
	Compress float64       // how many times faster than scenario time; 0: chosen
	Users    int           // in place of the workload's
	For      time.Duration // scenario time, in place of the workload's duration
	Limits   Limits
}

// Limits are what a substrate can do. The zero value of each is no limit.
type Limits struct {
	Floor    time.Duration // the smallest duration that its components can express
	MaxRate  float64       // requests a second that it should be asked for, renewals and retries aside
	Target   time.Duration // how long a run should take
	MinThink time.Duration // the shortest mean pause of a user
	MinWork  time.Duration // the shortest work on a page of a node whose capacity is bounded

	// Floors are larger ones than Floor, of single fields: by path, or by a
	// fault's name and its parameter (node_kill.for).
	Floors map[string]time.Duration

	MaxRequests int // of a run, renewals and retries aside, and users too: what is known of them is held in memory
	// Larger says why a plan beyond MaxRequests cannot be run all the same; nil: it
	// can. nil itself: none can.
	Larger func(p *Plan) error

	MaxTime time.Duration // how long a run may take; 0 in virtual time
}

// MaxUsers is as many as a workload may have, as in a file.
const MaxUsers = 10_000_000

// Build makes the plan of a variant. The error is a [scenario.Errors]: an
// unknown variant, options that make no sense, a fault that a shorter run
// would never reach, or durations that a given compression would push below
// what the substrate can express, all of them at once; or a run too large.
func Build(s *scenario.Scenario, variant string, o Options) (*Plan, error) {
	v, ok := s.Variant(variant)
	if !ok {
		return nil, scenario.Errors{{File: s.File, Msg: fmt.Sprintf("no variant is called %q", variant), Accepted: s.VariantNames()}}
	}
	v = v.Clone()
	errs := o.check(s.File)
	if o.Users > 0 && len(v.Script) > 0 {
		at, _ := v.Position("workload.script")
		errs = append(errs, scenario.Error{File: s.File, Line: at.Line, Col: at.Col, Msg: fmt.Sprintf("--users %d, but the script of variant %s says which users act", o.Users, v.Name), Hint: "leave --users out"})
	}
	v.Workload.Users = cmp.Or(o.Users, v.Workload.Users)
	v.Workload.Duration = cmp.Or(o.For, v.Workload.Duration)
	errs = append(errs, unreached(s.File, &v)...)
	if len(errs) > 0 {
		return nil, errs
	}
	p := &Plan{Scenario: s, Seed: o.Seed, Compress: o.Compress, full: v.Workload}
	if o.Compress == 0 {
		p.Compress, p.Limiter = chosen(&v, o.Limits)
	} else if errs := tooShort(s.File, &v, o); len(errs) > 0 {
		return nil, errs
	}
	for _, d := range v.Durations() {
		*d.Value = scale(*d.Value, p.Compress)
	}
	p.Variant = v
	if errs := p.tooLarge(o); len(errs) > 0 {
		return nil, errs
	}
	return p, nil
}

func (o Options) check(file string) scenario.Errors {
	var errs scenario.Errors
	refuse := func(wrong bool, msg, accepted string) {
		if wrong {
			errs = append(errs, scenario.Error{File: file, Msg: msg, Accepted: accepted})
		}
	}
	refuse(o.Users < 0 || o.Users > MaxUsers, fmt.Sprintf("--users %d", o.Users), fmt.Sprintf("1..%d", MaxUsers))
	refuse(o.For < 0, fmt.Sprintf("--for %s", scenario.FormatDuration(o.For)), "a duration such as 90s, 10m or 2h")
	refuse(o.Compress != 0 && !(o.Compress >= 1 && !math.IsInf(o.Compress, 1)),
		fmt.Sprintf("--compress %v", o.Compress), "auto, or a number of at least 1")
	return errs
}

// unreached refuses faults that lie beyond the run's end.
func unreached(file string, v *scenario.Variant) scenario.Errors {
	var errs scenario.Errors
	for _, f := range v.Faults {
		if f.At < v.Workload.Duration {
			continue
		}
		errs = append(errs, scenario.Error{
			File: file, Line: f.Line, Col: f.Col,
			Msg: fmt.Sprintf("%s of variant %s comes at %s, but the run is over after %s",
				f.Name, v.Name, scenario.FormatDuration(f.At), scenario.FormatDuration(v.Workload.Duration)),
			Hint: "run for longer than " + scenario.FormatDuration(f.At),
		})
	}
	return errs
}
