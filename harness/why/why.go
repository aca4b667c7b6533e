// Package why asks of each harm (a spurious logout, a ghost session, a wrong
// identity, a lockout) what would have to be otherwise for it not to happen. It
// runs a plan in virtual time, and then again without one of its faults, or with
// one of the scenario's cures, each with the same seed: the same users do the same
// at the same moments. A harm that its action does not come to in such a run
// vanishes by that change.
//
// This is evidence of another kind than the oracle's, which looks at what nodes
// and clients recorded and never runs anything again. Where the two agree, a
// cause is as sure as it can be; how often they do is the score.
//
// # Agreement
//
// A cause is brought about by some kinds of fault, or is one of the design (see
// Brought). The cause of a harm agrees with the runs if the harm vanishes
// without a fault, or without all faults of a kind, that can bring it about; or
// if no fault has to do with it, its cause is one of the design, and it vanishes
// by a cure, if the scenario has any. Of a scenario without faults and cures
// nothing can be asked.
package why

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// Options says what to ask about.
type Options struct {
	Plan    *plan.Plan
	On      substrate.Virtual
	Version string
}

// Answer is what came of all runs.
type Answer struct {
	Changes []Change
	Kinds   []*Kind // of harm, those that there are
}

// Change is one thing that was otherwise in a run.
type Change struct {
	Fault int    // its index, if it was left out (or all of its kind, of which it is the first); -1: this is a cure
	Cure  string // the variant whose design was used instead
	Says  string // "without node_kill at 2m"
}

// Kind is all harm of one kind in the plan's own run.
type Kind struct {
	Verdict oracle.Verdict
	Harms   []Harm
	Agreed  int     // of them, those whose cause agrees with the runs
	Tried   []Tried // what each of Answer.Changes did to them
}

// Tried is what came of a kind of harm by a change.
type Tried struct {
	Vanish  int // how many harms do
	Further int // that come about in their place
}

// Harm is one harm of the plan's own run.
type Harm struct {
	oracle.Finding
	By     []int // changes by which it vanishes
	Agrees bool
}

// harms are the verdicts that are asked about.
func harms() []oracle.Verdict {
	return []oracle.Verdict{oracle.SpuriousLogout, oracle.GhostSession, oracle.WrongIdentity, oracle.Lockout}
}

// Ask runs the plan, and all that differs from it in one thing.
func Ask(ctx context.Context, o Options) (*Answer, error) {
	base, err := o.watch(ctx, o.Plan)
	if err != nil {
		return nil, err
	}
	a := &Answer{}
	for _, verdict := range harms() {
		k := &Kind{Verdict: verdict}
		for _, f := range base.Judgement.Findings {
			if f.Verdict == verdict {
				k.Harms = append(k.Harms, Harm{Finding: f})
			}
		}
		if len(k.Harms) > 0 {
			a.Kinds = append(a.Kinds, k)
		}
	}
	for i, f := range o.Plan.Full().Faults {
		c := Change{Fault: i, Says: fmt.Sprintf("without %s at %s", f.Name, scenario.FormatDuration(f.At))}
		if err := a.try(ctx, o, c, func(v *scenario.Variant) { v.Faults = slices.Delete(v.Faults, i, i+1) }); err != nil {
			return nil, err
		}
	}
	for _, kind := range repeated(o.Plan.Full().Faults) {
		c := Change{Fault: kind.first, Says: "without any " + kind.name}
		leave := func(v *scenario.Variant) {
			v.Faults = slices.DeleteFunc(v.Faults, func(f scenario.Fault) bool { return f.Name == kind.name })
		}
		if err := a.try(ctx, o, c, leave); err != nil {
			return nil, err
		}
	}
	for _, name := range base.Header.Cures {
		cure, _ := o.Plan.Scenario.Variant(name)
		c := Change{Fault: -1, Cure: name, Says: "as in " + name}
		if err := a.try(ctx, o, c, func(v *scenario.Variant) { v.Architecture, v.Faults = cure.Architecture, cure.Faults }); err != nil {
			return nil, err
		}
	}
	for _, k := range a.Kinds {
		for i := range k.Harms {
			if a.Asked() && a.agrees(&k.Harms[i], o.Plan.Variant.Faults) {
				k.Harms[i].Agrees = true
				k.Agreed++
			}
		}
	}
	return a, nil
}

// kind is a kind of fault that comes more than once: two of them may do the
// same harm, so that one less changes nothing.
type kind struct {
	name  string
	first int // index
}

func repeated(faults []scenario.Fault) []kind {
	count := map[string]int{}
	for _, f := range faults {
		count[f.Name]++
	}
	var all []kind
	for i, f := range faults {
		if count[f.Name] > 1 {
			all = append(all, kind{f.Name, i})
			count[f.Name] = 0
		}
	}
	return all
}

// try makes one run, and notes which harms vanish in it.
func (a *Answer) try(ctx context.Context, o Options, c Change, change func(*scenario.Variant)) error {
	p, err := rebuilt(o.Plan, change)
	if err == nil {
		err = o.On.Check(p.Variant)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.Says, err)
	}
	j, err := o.watch(ctx, p)
	if err != nil {
		return err
	}
	for _, k := range a.Kinds {
		k.compare(j.Judgement.Findings, len(a.Changes))
	}
	a.Changes = append(a.Changes, c)
	return nil
}

// compare notes which harms are not among the findings of the run with a change.
func (k *Kind) compare(findings []oracle.Finding, change int) {
	remain := map[int]bool{}
	for _, f := range findings {
		if f.Verdict == k.Verdict {
			remain[f.Action] = true
		}
	}
	t := Tried{Further: len(remain)}
	for i := range k.Harms {
		if remain[k.Harms[i].Action] {
			t.Further--
			continue
		}
		t.Vanish++
		k.Harms[i].By = append(k.Harms[i].By, change)
	}
	k.Tried = append(k.Tried, t)
}

func (o Options) watch(ctx context.Context, p *plan.Plan) (*run.Judged, error) {
	j, err := run.Watch(ctx, o.On, run.Options{Plan: p, Version: o.Version})
	if err == nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return j, err
}

// rebuilt is the plan with its variant changed: of the same seed, users and
// duration.
func rebuilt(p *plan.Plan, change func(*scenario.Variant)) (*plan.Plan, error) {
	s := *p.Scenario
	s.Variants = slices.Clone(p.Scenario.Variants)
	for i := range s.Variants {
		if s.Variants[i].Name == p.Variant.Name {
			s.Variants[i] = s.Variants[i].Clone()
			change(&s.Variants[i])
		}
	}
	w := p.Full().Workload
	return plan.Build(&s, p.Variant.Name, plan.Options{Seed: p.Seed, Compress: p.Compress, Users: w.Users, For: w.Duration})
}

// agrees compares a harm's cause with the runs.
func (a *Answer) agrees(l *Harm, faults []scenario.Fault) bool {
	kinds, design := Brought(l.Cause)
	alone := true
	for _, i := range l.By {
		if f := a.Changes[i].Fault; f >= 0 {
			alone = false
			if slices.Contains(kinds, faults[f].Name) {
				return true
			}
		}
	}
	return alone && design && (len(l.By) > 0 || !a.cured())
}

// Asked says whether anything was otherwise in any run. If not, there is nothing
// for a cause to agree with.
func (a *Answer) Asked() bool { return len(a.Changes) > 0 }

// cured says whether a cure was tried.
func (a *Answer) cured() bool {
	return slices.ContainsFunc(a.Changes, func(c Change) bool { return c.Fault < 0 })
}

// Of is one kind of harm; without any harms if there are none.
func (a *Answer) Of(verdict oracle.Verdict) *Kind {
	for _, k := range a.Kinds {
		if k.Verdict == verdict {
			return k
		}
	}
	return &Kind{Verdict: verdict, Tried: make([]Tried, len(a.Changes))}
}

// Total counts the harms of all kinds, and those whose cause agrees with the runs.
func (a *Answer) Total() (harms, agreed int) {
	for _, k := range a.Kinds {
		harms, agreed = harms+len(k.Harms), agreed+k.Agreed
	}
	return harms, agreed
}

// By is the harms of one user.
func (k *Kind) By(user int) []Harm {
	return slices.Collect(func(yield func(Harm) bool) {
		for _, l := range k.Harms {
			if l.User == user && !yield(l) {
				return
			}
		}
	})
}

// Causes counts the harms by cause, and how many of each agree; the causes are
// sorted.
func (k *Kind) Causes() []Count {
	all := map[string]Count{}
	for _, l := range k.Harms {
		c := all[l.Cause]
		c.Cause, c.Harms = l.Cause, c.Harms+1
		if l.Agrees {
			c.Agreed++
		}
		all[l.Cause] = c
	}
	var out []Count
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, all[name])
	}
	return out
}

// Count is how many harms have a cause.
type Count struct {
	Cause         string
	Harms, Agreed int
}

// when is a moment of the run in scenario time.
func when(d time.Duration, compress float64) string {
	return scenario.FormatDuration(time.Duration(float64(d) * compress).Round(time.Second))
}

// When is a harm's moment, in scenario time.
func (l *Harm) When(compress float64) string { return when(l.At, compress) }
