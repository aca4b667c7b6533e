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
	At    Position      // where the file says it; zero for a default
	Idle  bool          // has no effect in this variant
	Least time.Duration // the shortest that shows what it should, compressed or not
}

// Durations lists every duration of the variant that compression divides, in
// the order of the documentation, zero ones included. Values can be changed
// through the pointers; [Variant.Clone] first.
func (v *Variant) Durations() []DurationField {
	var all []DurationField
	for _, f := range fields(v) {
		if d, ok := f.to.(*time.Duration); ok && !f.Real {
			all = append(all, DurationField{Path: f.Path, Value: d, At: v.where[f.Path], Idle: v.idle(f.Path)})
		}
	}
	for i := range v.Faults {
		f := &v.Faults[i]
		at := Position{f.Line, f.Col}
		for _, d := range f.durations(v.timeouts()) {
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

// delays is how many times its own delay latency has to last.
const delays = 3

// timeouts are what a silent part is given up after, in real time: nobody
// divides them.
func (v *Variant) timeouts() []time.Duration {
	all := []time.Duration{v.Architecture.Client.Timeout}
	if h := v.Architecture.Balancer.Health; h.Interval > 0 {
		all = append(all, h.Timeout)
	}
	return all
}

// leastIdle is how long a connection has to be idle, in real time, before a fault
// may go by it: well above what a busy machine delays a request by.
const leastIdle = 100 * time.Millisecond

// longer is how long a silence has to last to be longer than the timeouts that
// it is longer than in the scenario, with room for them to be noticed.
func longer(silence time.Duration, timeouts []time.Duration) time.Duration {
	var least time.Duration
	for _, t := range timeouts {
		if silence > t {
			least = max(least, min(t+t/2, silence))
		}
	}
	return least
}

func (f *Fault) durations(timeouts []time.Duration) []DurationField {
	least := delays * (f.Params.Delay + f.Params.Jitter)
	if f.Name == "node_pause" || f.Name == "partition" {
		least = longer(f.For, timeouts)
	}
	all := []DurationField{{Path: "at", Value: &f.At}, {Path: "for", Value: &f.For, Least: least}}
	spec, _ := faultSpec(f.Name, &f.Params)
	for _, p := range spec.Params {
		if d, ok := p.to.(*time.Duration); ok && !p.Real {
			field := DurationField{Path: p.Path, Value: d}
			if p.Path == "idle" {
				field.Least = leastIdle
			}
			all = append(all, field)
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
	v.Script = slices.Clone(v.Script)
	v.Faults = slices.Clone(v.Faults)
	v.Expect = slices.Clone(v.Expect)
	v.where = maps.Clone(v.where)
	return v
}
