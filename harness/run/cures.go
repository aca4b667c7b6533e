package run

import (
	"slices"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// cures lists the scenario's other variants that promise to cure the named
// one: each expects that nobody is harmed although it meets the same workload
// and the same faults, all as the file has them. Where there are no faults, the
// architecture is the bug and the workload alone is what they share. Whether a
// promise was kept is for a report to say that has the runs.
func cures(s *scenario.Scenario, name, balancer string) []string {
	v, _ := s.Variant(name)
	var names []string
	for _, other := range s.Variants {
		if other.Name != v.Name && promises(other, balancer) &&
			noEasier(other.Workload, v.Workload) && slices.Equal(other.Script, v.Script) &&
			slices.EqualFunc(other.Faults, v.Faults, sameFault) {
			names = append(names, other.Name)
		}
	}
	return names
}

// noEasier tells whether users of one workload do all that those of another
// do; they may also try more of their old credentials after a logout.
func noEasier(a, b scenario.Workload) bool {
	if a.Replays > b.Replays {
		a.Replays = b.Replays
	}
	return a == b
}

// promises tells whether a variant expects that nobody is harmed: it looks for
// some kind of harm, and accepts none of any kind, with that balancer product.
func promises(v scenario.Variant, balancer string) bool {
	looks := false
	for _, e := range v.Expect {
		if !e.For(balancer) {
			continue
		}
		switch e.Metric {
		case "spurious_logouts", "ghost_sessions", "wrong_identity", "lockouts":
			if e.Bound.String() != "0" {
				return false
			}
			looks = true
		}
	}
	return looks
}

// sameFault compares what comes from outside: the kind of fault, its node, its
// times and its strength. How the operators go about it (whether they drain
// first, how long they leave the old key active, what a node does without its
// secret) is theirs to change, and may be the cure itself.
func sameFault(a, b scenario.Fault) bool {
	a.Params.Drain, a.Params.Overlap, a.Params.Fallback = b.Params.Drain, b.Params.Overlap, b.Params.Fallback
	return a.Name == b.Name && a.At == b.At && a.For == b.For && a.Params == b.Params
}
