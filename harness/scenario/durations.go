package scenario

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// DurationField is one duration of a variant.
type DurationField struct {
	Path  string // dotted; of a fault: "faults[0].for"
	Value *time.Duration
	At    Position // where the file says it; zero for a default
	Idle  bool     // has no effect in this variant
}

// Durations lists every duration of the variant that compression divides, in
// the order of the documentation, zero ones included. Values can be changed
// through the pointers; [Variant.Clone] first.
func (v *Variant) Durations() []DurationField {
	var all []DurationField
	for _, f := range fields(&v.Architecture, &v.Workload) {
		if d, ok := f.to.(*time.Duration); ok && !f.Real {
			all = append(all, DurationField{Path: f.Path, Value: d, At: v.where[f.Path], Idle: v.idle(f.Path)})
		}
	}
	for i := range v.Faults {
		f := &v.Faults[i]
		at := Position{f.Line, f.Col}
		for _, d := range f.durations() {
			d.Path, d.At = fmt.Sprintf("faults[%d].%s", i, d.Path), at
			all = append(all, d)
		}
	}
	return all
}

// idle says whether a field has no effect as things are.
func (v *Variant) idle(path string) bool {
	for _, c := range conditions(v) {
		if !c.holds && slices.Contains(c.paths, path) {
			return true
		}
	}
	return path == "balancer.health.timeout" && v.Architecture.Balancer.Health.Interval == 0
}

func (f *Fault) durations() []DurationField {
	all := []DurationField{{Path: "at", Value: &f.At}, {Path: "for", Value: &f.For}}
	spec, _ := faultSpec(f.Name, &f.Params)
	for _, p := range spec.Params {
		if d, ok := p.to.(*time.Duration); ok {
			all = append(all, DurationField{Path: p.Path, Value: d})
		}
	}
	return all
}

// Position is where the file sets a field, by its dotted path; ok is false if
// the field has its default.
func (v *Variant) Position(path string) (at Position, ok bool) {
	at, ok = v.where[path]
	return at, ok
}

// Clone copies the variant so that changing the copy leaves it alone.
func (v Variant) Clone() Variant {
	v.Faults = slices.Clone(v.Faults)
	v.Expect = slices.Clone(v.Expect)
	v.where = maps.Clone(v.where)
	return v
}
