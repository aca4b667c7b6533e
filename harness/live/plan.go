package live

import (
	"fmt"
	"slices"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// Plan is the plan of a variant in real time, on a substrate. Its faults are not
// injected by themselves, but what they need is there, and so is what partitions
// of any two parts need, where the substrate can do that; with relay, what
// latency and reset need, in its place.
func Plan(s *scenario.Scenario, variant string, seed uint64, on substrate.Substrate, relay bool) (*plan.Plan, error) {
	p, err := plan.Build(s, variant, plan.Options{Seed: seed, Compress: 1})
	if err != nil {
		return nil, err
	}
	v := p.Variant.Clone()
	kind := "partition"
	if relay {
		kind = "latency"
	}
	for _, between := range neighbours(v.Architecture) {
		v.Faults = append(v.Faults, scenario.Fault{Name: kind, Params: scenario.Params{Node: -1, Between: between}})
	}
	if err := on.Check(v); err == nil {
		p.Variant = v
	} else if relay {
		return nil, fmt.Errorf("%s/%s with --relay: %w", s.Name, variant, err)
	}
	if err := on.Check(p.Variant); err != nil {
		return nil, fmt.Errorf("%s/%s: %w", s.Name, variant, err)
	}
	return p, nil
}

// neighbours are the parts that speak with each other.
func neighbours(a scenario.Architecture) []scenario.Pair {
	all := []scenario.Pair{{scenario.BalancerPart, scenario.AllNodes}}
	if a.Session.Store() != "" {
		all = append(all, scenario.Pair{scenario.AllNodes, scenario.StorePart})
	}
	if a.Cache.Enabled {
		all = append(all, scenario.Pair{scenario.CachePart, scenario.BalancerPart})
	}
	return all
}

func onStore(f scenario.Fault) bool { return f.Params.Node == scenario.Store }

// parse reads a fault and refuses what cannot be done to this system, or not
// now: beside active ones.
func parse(p *plan.Plan, on substrate.Substrate, text string, active []scenario.Fault) (scenario.Fault, error) {
	f, err := scenario.ParseFault(p.Variant, text)
	if err != nil {
		return f, err
	}
	refuse := func(why string, args ...any) (scenario.Fault, error) {
		return f, fmt.Errorf("%s: "+why, append([]any{text}, args...)...)
	}
	if f.Name == scenario.AppRestart {
		return refuse("nobody plays users here, who could have phones: run a scenario")
	}
	if f.At > 0 {
		return refuse("leave `at` out: the fault is injected at once")
	}
	nodes := p.Variant.Architecture.Nodes
	for _, other := range active {
		if thing, ok := scenario.Collide(other, f, nodes); ok {
			return refuse("%s acts on the same %s: take it back first", other.Text(), thing)
		}
	}
	if most := fault.Largest(p.Variant.Faults, nodes); f.Name == "scale" && f.Params.To > most {
		return refuse("the system has room for %d nodes, as many as its scenario needs", most)
	}
	there := fault.Disturbed(p.Variant.Faults, nodes)
	for _, l := range fault.Disturbed([]scenario.Fault{f}, nodes) {
		if !slices.Contains(there, l) {
			return refuse("no relay stands between %s and %s: bring the system up with --relay", l.From, l.To)
		}
	}
	for _, l := range f.Params.Between.Links(nodes) {
		if f.Name == "partition" && slices.Contains(there, l) {
			return refuse("a relay stands between %s and %s: bring the system up without --relay", l.From, l.To)
		}
	}
	v := p.Variant.Clone()
	v.Faults = append(v.Faults, f)
	if err := on.Check(v); err != nil {
		return refuse("%w", err)
	}
	if onStore(f) && !slices.ContainsFunc(p.Variant.Faults, onStore) {
		return refuse("the store's clock was not prepared: bring up a variant that has a fault of it")
	}
	return f, nil
}
