package reports

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
)

// fate is what became of a variant that might cure a run's bug.
type fate uint8

const (
	proven     fate = iota // met the same and harmed nobody
	harmless               // harmed nobody, but without the faults
	failed                 // harmed somebody, or was not as expected
	undecided              // its outcome is unknown
	apart                  // ran here under another workload: only its promise is known
	unrun                  // did not run here: likewise
	fatesCount = iota
)

// remedy is the variants of one fate.
type remedy struct {
	Fate  fate
	Names []remedyName
}

// remedyName is a variant, and what else is to be known of its cure.
type remedyName struct{ Name, Note, Href string }

// remedies says what cures a run that did harm. A variant is a proven cure
// only if it is one that promises to meet the same faults (see the Cures of
// [history.Header]), ran here under the same workload, passed, and harmed
// nobody. One that leaves the faults out proves no cure, but that the faults
// are to blame.
func (s Suite) remedies(r Run) []remedy {
	if harmed(r.Result) == 0 {
		return nil
	}
	var by [fatesCount][]remedyName
	for _, name := range r.Header.Cures {
		twins := s.twins(r, name)
		f := fateOf(twins)
		if f == unrun && s.ran(r.Result.Scenario, name) {
			f = apart
		}
		by[f] = append(by[f], nameOf(r, name, twins))
	}
	by[harmless] = s.faultless(r)
	var out []remedy
	for f, names := range by {
		if len(names) > 0 {
			out = append(out, remedy{fate(f), names})
		}
	}
	return out
}

// twins is the runs of another variant of r's scenario under r's workload.
func (s Suite) twins(r Run, name string) []Run {
	var out []Run
	for _, o := range s.Runs {
		if o.Result.Scenario == r.Result.Scenario && o.Result.Variant == name &&
			o.Header.Facts["workload"] == r.Header.Facts["workload"] {
			out = append(out, o)
		}
	}
	return out
}

// ran tells whether a variant ran here, under whatever workload.
func (s Suite) ran(scenario, variant string) bool {
	return slices.ContainsFunc(s.Runs, func(o Run) bool { return o.Result.Scenario == scenario && o.Result.Variant == variant })
}

func fateOf(twins []Run) fate {
	if len(twins) == 0 {
		return unrun
	}
	f := proven
	for _, t := range twins {
		switch {
		case t.Result.Outcome == result.Fail || harmed(t.Result) > 0:
			return failed
		case !passed(t):
			f = undecided
		}
	}
	return f
}

// faultless names the variants of r's scenario that have r's architecture and
// workload, and none of its faults, and where nothing happened.
func (s Suite) faultless(r Run) []remedyName {
	if len(r.Header.Faults) == 0 {
		return nil
	}
	var out []remedyName
	seen := map[string]bool{}
	for _, o := range s.Runs {
		name := o.Result.Variant
		if seen[name] || o.Result.Scenario != r.Result.Scenario || len(o.Header.Faults) > 0 || !sameSystem(o, r) {
			continue
		}
		seen[name] = true
		if twins := s.twins(r, name); fateOf(twins) == proven {
			out = append(out, nameOf(r, name, twins))
		}
	}
	return out
}

// sameSystem tells whether two runs have the same architecture, promise and
// workload, all as the scenario has them: how much each was compressed does
// not matter.
func sameSystem(a, b Run) bool {
	facts := func(r Run) map[string]string {
		f := maps.Clone(r.Header.Facts)
		delete(f, "compression")
		return f
	}
	return maps.Equal(facts(a), facts(b))
}

// nameOf also says where the variant's conditions are its own (how its
// operators go about the fault, what it promises), and what its users still see.
func nameOf(r Run, name string, twins []Run) remedyName {
	n := remedyName{Name: name}
	if len(twins) == 0 {
		return n
	}
	n.Href = slug(r.Result.Scenario, name)
	h, res := twins[0].Header, overall(twins[0].Result)
	var notes []string
	if own := ownParams(r.Header.Faults, h.Faults); own != "" {
		notes = append(notes, "with "+own)
	}
	if own := ownParts(r.Header.Facts["promise"], h.Facts["promise"]); own != "" {
		notes = append(notes, "promising: "+own)
	}
	if e := res.Verdicts.Error; e > 0 {
		notes = append(notes, "errors in "+percent(share(e, res.Actions))+" of actions")
	}
	n.Note = strings.Join(notes, "; ")
	return n
}

func ownParams(base, other []history.PlannedFault) string {
	var own []string
	for i := range min(len(base), len(other)) {
		for _, k := range slices.Sorted(maps.Keys(other[i].Params)) {
			if v := other[i].Params[k]; v != base[i].Params[k] {
				own = append(own, k+": "+v)
			}
		}
	}
	return strings.Join(slices.Compact(own), ", ")
}

// ownParts is the parts of a fact that another does not have.
func ownParts(base, other string) string {
	had := strings.Split(base, ", ")
	own := slices.DeleteFunc(strings.Split(other, ", "), func(part string) bool { return slices.Contains(had, part) })
	return strings.Join(own, ", ")
}

// Lead is how a list of variants of one fate begins.
func (m remedy) Lead() string {
	switch m.Fate {
	case proven:
		return "cured by"
	case harmless:
		return "no harm without the fault:"
	case failed:
		return "did not cure here:"
	case undecided:
		return "no proof either way:"
	case apart:
		return "expected to cure, ran under another workload:"
	default:
		return "expected to cure, not run here:"
	}
}

// Class is the CSS class of that fate.
func (m remedy) Class() string {
	switch m.Fate {
	case proven, harmless:
		return string(result.Pass)
	case failed:
		return string(result.Fail)
	default:
		return string(result.Unknown)
	}
}

func (m remedy) words() string {
	var names []string
	for _, n := range m.Names {
		text := n.Name
		if n.Note != "" {
			text += " (" + n.Note + ")"
		}
		names = append(names, text)
	}
	return m.Lead() + " " + strings.Join(names, ", ")
}

// remedyWords is all that is known about cures, in one line; "" for nothing.
func remedyWords(list []remedy) string {
	var parts []string
	for _, m := range list {
		parts = append(parts, m.words())
	}
	return strings.Join(parts, "; ")
}

// told is a run's headline with what cures it: what was proven and what
// failed, and only without any proof the rest of what is known.
func (s Suite) told(r Run) string {
	all := s.remedies(r)
	decided := slices.DeleteFunc(slices.Clone(all), func(m remedy) bool { return m.Fate != proven && m.Fate != failed })
	if len(decided) > 0 {
		all = decided
	}
	text := r.Result.Headline
	if cures := remedyWords(all); cures != "" {
		text += "; " + cures
	}
	return text
}

// harmed counts a run's actions that did somebody harm.
func harmed(res *result.Result) int {
	v := overall(res).Verdicts
	return v.SpuriousLogout + v.GhostSession + v.WrongIdentity + v.Lockout
}

// culprit is the first run of a scenario that shows its bug: the first that
// did harm and was expected to, or else the first that did harm.
func culprit(runs []Run) (Run, bool) {
	harmful := slices.DeleteFunc(slices.Clone(runs), func(r Run) bool { return harmed(r.Result) == 0 })
	if len(harmful) == 0 {
		return Run{}, false
	}
	return slices.MinFunc(harmful, func(a, b Run) int { return cmp.Compare(one(!showsBug(a)), one(!showsBug(b))) }), true
}
