// Package shrink reduces a run of the simulator to the smallest plan that still
// shows what the run showed: the same kind of harm with the same main cause.
//
// It leaves users, actions, faults and time out, half of them at a time and then
// less and less (delta debugging), runs what remains in virtual time, and keeps
// it if it still shows the harm. The users that remain follow a script. What
// others did moves the balancer: with them gone, those who stay meet other
// nodes. So nothing is taken for granted, and every step is a run.
//
// What is left is smallest in that nothing more can be left out by itself. The
// design of the system stays as it is, and so does the strength of a fault (how
// far a clock is off, how much of a store is lost): only where it strikes, when,
// for how long and how often is reduced, how many requests a page makes and
// repeats, and how many a node takes on at once: a crowd and the room that it
// fills shrink together.
package shrink

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// Options says what to shrink.
type Options struct {
	Plan    *plan.Plan // its seed, users and duration are the start; it is run uncompressed
	On      substrate.Virtual
	Version string
	OnStep  func(what string, left Size) // called when less is left; may be nil
}

// Size is how large a plan is.
type Size struct {
	Users, Actions, Faults int
	Duration               time.Duration
}

// Harm is what a run shows most of.
type Harm struct {
	Metric string // as an expectation names it: spurious_logouts, ...
	Cause  string // its main one
	Count  int    // of it, of whatever cause
}

// Shrunk is what came of it.
type Shrunk struct {
	Harm     Harm // of the run that was shrunk
	From, To Size
	Text     []byte         // the scenario file, of one variant and with a pinned seed
	Result   *result.Result // of its run
	Runs     int            // that were made
}

// ErrHarmless says that there is nothing to shrink.
var ErrHarmless = errors.New("nobody was harmed in this run: there is nothing to shrink")

// errLost says that no reduced plan shows the harm, so that even what is
// exact, the same users doing the same, is not.
var errLost = errors.New("the harm does not show any more when the same users follow a script: please report this")

// Shrink runs the plan, and reduces it step by step.
func Shrink(ctx context.Context, o Options) (*Shrunk, error) {
	s := &search{ctx: ctx, o: o}
	if err := s.start(); err != nil {
		return nil, err
	}
	s.fewestUsers()
	if s.err == nil && s.rank > nothing && o.OnStep != nil {
		o.OnStep("affected users", sizeOf(s.best.variant))
	}
	if s.err == nil && s.rank == nothing {
		return nil, errLost
	}
	for before := (measure{}); s.err == nil && s.size() != before; {
		before = s.size()
		s.reduce()
	}
	if s.err == nil && s.rank != proves {
		return nil, fmt.Errorf("the smallest plan found proves nothing: %s", s.result.Why)
	}
	if s.err != nil {
		return nil, s.err
	}
	return &Shrunk{Harm: s.harm, From: s.from, To: sizeOf(s.best.variant), Text: s.text(s.best), Result: s.result, Runs: s.runs}, nil
}

// reduce goes through all that can be reduced, once.
func (s *search) reduce() {
	for _, step := range []struct {
		what string
		do   func()
	}{
		{"room", s.lessRoom}, {"users", s.fewerUsers}, {"faults", s.fewerFaults}, {"actions", s.fewerActions}, {"other nodes", s.otherNodes}, {"other seeds", s.otherSeeds},
		{"requests a page", s.fewerRequests}, {"times of faults", s.sooner}, {"time", s.lessTime}, {"names", s.plainNames},
	} {
		before := s.size()
		step.do()
		if s.err != nil {
			return
		}
		if s.o.OnStep != nil && s.size() != before {
			s.o.OnStep(step.what, sizeOf(s.best.variant))
		}
	}
}

// metrics are the names of the kinds of harm in expectations; of two that are
// as frequent the first counts.
var metrics = []struct {
	verdict oracle.Verdict
	name    string
}{
	{oracle.SpuriousLogout, "spurious_logouts"}, {oracle.GhostSession, "ghost_sessions"},
	{oracle.WrongIdentity, "wrong_identity"}, {oracle.Lockout, "lockouts"},
}

// harmOf is the most frequent kind of harm, its main cause, and the users who
// met it, in the order of time.
func harmOf(j *oracle.Judgement) (h Harm, users []int) {
	var verdict oracle.Verdict
	for _, m := range metrics {
		n := 0
		for _, f := range j.Findings {
			if f.Verdict == m.verdict {
				n++
			}
		}
		if n > h.Count {
			h.Metric, h.Count, verdict = m.name, n, m.verdict
		}
	}
	causes := map[string]int{}
	for _, f := range j.Findings {
		if f.Verdict == verdict {
			causes[f.Cause]++
		}
	}
	for _, cause := range slices.Sorted(maps.Keys(causes)) {
		if causes[cause] > causes[h.Cause] {
			h.Cause = cause
		}
	}
	seen := map[int]bool{}
	for _, f := range j.Findings {
		if f.Verdict == verdict && f.Cause == h.Cause && !seen[f.User] {
			seen[f.User] = true
			users = append(users, f.User)
		}
	}
	return h, users
}

func sizeOf(v scenario.Variant) Size {
	users := map[int]bool{}
	for _, a := range v.Script {
		users[a.User] = true
	}
	return Size{Users: len(users), Actions: len(v.Script), Faults: len(v.Faults), Duration: v.Workload.Duration}
}

// start runs the plan as it is.
func (s *search) start() error {
	full := s.o.Plan.Full()
	w := full.Workload
	options := plan.Options{Seed: s.o.Plan.Seed, Compress: 1, For: w.Duration}
	if len(full.Script) == 0 {
		options.Users = w.Users
	}
	p, err := plan.Build(s.o.Plan.Scenario, full.Name, options)
	if err != nil {
		return err
	}
	j, err := s.watch(p)
	if err != nil {
		return err
	}
	if s.harm, s.affected = harmOf(j.Judgement); s.harm.Count == 0 {
		return ErrHarmless
	}
	bound, err := scenario.ParseBound(">= 1")
	if err != nil {
		return err
	}
	v := p.Full().Clone()
	v.Expect = []scenario.Expectation{{Metric: s.harm.Metric, Bound: bound, Cause: s.harm.Cause}}
	v.Script = nil
	for u := 1; u <= w.Users; u++ {
		for slot := range p.User(u) {
			v.Script = append(v.Script, scenario.Action{User: u, At: slot.At, Do: slot.Kind, Page: slot.Page})
		}
	}
	s.from = sizeOf(v)
	s.best = candidate{v, p.Seed}
	return nil
}
