package gate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/logoutlab/logoutlab/harness/result"
)

// Comparison is how a run compares with a baseline; a stable contract, to which
// fields are added.
type Comparison struct {
	File      string     `json:"file"`      // the baseline
	Level     float64    `json:"level"`     // the probability of any alarm, if nothing has changed
	Threshold float64    `json:"threshold"` // what a p-value must not exceed: the level, shared among the tests
	Compared  int        `json:"compared"`  // variants
	Systems   []System   `json:"systems"`   // what differs in the systems under test
	Changes   []Change   `json:"changes"`   // worse and new first
	Untested  []Untested `json:"untested"`
	Power     []Power    `json:"power"`
}

// Change is one metric of one variant that noise does not explain.
type Change struct {
	Scenario string  `json:"scenario"`
	Variant  string  `json:"variant"`
	Metric   string  `json:"metric"` // of users
	Cause    string  `json:"cause,omitempty"`
	Kind     string  `json:"kind"`             // [Worse], [New] or [Better]
	Mostly   string  `json:"mostly,omitempty"` // the cause that grew most, of a metric of all causes
	Before   Hit     `json:"before"`
	Now      Hit     `json:"now"`
	P        float64 `json:"p"`
	Unit     string  `json:"unit"`   // "seed" or "user"
	Seeds    int     `json:"seeds"`  // pairs of runs
	Repeat   string  `json:"repeat"` // the command of the first run that differs
}

// The kinds of changes. Only better is no alarm.
const (
	Worse  = "worse"
	New    = "new" // there was none
	Better = "better"
)

// Hit is Users of Of, over all seeds.
type Hit struct {
	Users int     `json:"users"`
	Of    int     `json:"of"`
	Value float64 `json:"value"`
}

// System is how the system under test of a variant differs from the baseline's.
type System struct {
	Scenario string `json:"scenario"`
	Variant  string `json:"variant"`
	Differs  string `json:"differs"`
}

// Untested is what could not be compared.
type Untested struct {
	Scenario string `json:"scenario"`
	Variant  string `json:"variant"`
	Why      string `json:"why"`
}

// Power is what the comparison of a variant can see.
type Power struct {
	Scenario string  `json:"scenario"`
	Variant  string  `json:"variant"`
	Users    int     `json:"users"` // of each run
	Seeds    int     `json:"seeds"`
	Unit     string  `json:"unit"`
	Least    float64 `json:"least"` // the smallest share of users that would be caught nearly always, had there been none
}

// Alarms are the changes for the worse.
func (c *Comparison) Alarms() []Change {
	return slices.DeleteFunc(slices.Clone(c.Changes), func(x Change) bool { return x.Kind == Better })
}

// Blind tells whether no variant had enough runs for any alarm.
func (c *Comparison) Blind() bool {
	return !slices.ContainsFunc(c.Power, func(p Power) bool { return p.Least < 1 })
}

// candidate is a change that is to be tested.
type candidate struct {
	Change
	up, down test
}

// Compare holds runs against the baseline that has accepted them, at a level:
// 0.001 for one false alarm in a thousand comparisons.
func Compare(b *Baseline, file string, now []Variant, level float64) *Comparison {
	out := &Comparison{File: file, Level: level, Systems: []System{}, Changes: []Change{}, Untested: []Untested{}, Power: []Power{}}
	var all []candidate
	for _, v := range now {
		was := b.variant(v.Name())
		if was == nil {
			continue
		}
		before, after, why := matched(was, &v)
		if why != "" {
			out.Untested = append(out.Untested, Untested{v.Scenario, v.Variant, why})
		}
		if len(before) == 0 {
			continue
		}
		out.Compared++
		if d := was.otherSystem(v); len(d) > 0 {
			out.Systems = append(out.Systems, System{v.Scenario, v.Variant, strings.Join(d, "; ")})
		}
		out.Power = append(out.Power, Power{Scenario: v.Scenario, Variant: v.Variant, Users: after[0].Users, Seeds: len(after), Unit: unitOf(v.Substrate, len(after))})
		all = append(all, candidates(&v, before, after)...)
	}
	out.decide(all)
	return out
}

// matched pairs the runs of a variant by seed; why says which are left out.
func matched(was, now *Variant) (before, after []Run, why string) {
	var lost, other []uint64
	for _, old := range was.Runs {
		i := slices.IndexFunc(now.Runs, func(r Run) bool { return r.Seed == old.Seed })
		switch {
		case i < 0 || now.Runs[i].Outcome == result.Unknown:
			lost = append(lost, old.Seed)
		case !slices.Equal(old.measures(), now.Runs[i].measures()):
			other = append(other, old.Seed)
		default:
			before, after = append(before, old), append(after, now.Runs[i])
		}
	}
	var all []string
	if len(lost) > 0 {
		all = append(all, fmt.Sprintf("seed %s: not run to the end, or unknown", seedList(lost)))
	}
	if len(other) > 0 {
		all = append(all, fmt.Sprintf("seed %s: the run counts other metrics than the baseline: give both the same --history", seedList(other)))
	}
	return before, after, strings.Join(all, "; ")
}

// candidates are a variant's metrics and causes with anything to count.
func candidates(v *Variant, before, after []Run) []candidate {
	var out []candidate
	for _, key := range keys(before, after) {
		var pairs []pair
		first := -1
		c := candidate{Change: Change{Scenario: v.Scenario, Variant: v.Variant, Metric: key.Metric, Cause: key.Cause, Unit: unitOf(v.Substrate, len(after)), Seeds: len(after)}}
		for i := range before {
			a, b := before[i].count(key.Metric, key.Cause), after[i].count(key.Metric, key.Cause)
			pairs = append(pairs, pair{a, b})
			c.Before.Users, c.Before.Of = c.Before.Users+a, c.Before.Of+before[i].Users
			c.Now.Users, c.Now.Of = c.Now.Users+b, c.Now.Of+after[i].Users
			if first < 0 && a != b {
				first = i
			}
		}
		if c.Before.Users+c.Now.Users == 0 {
			continue
		}
		c.Before.Value, c.Now.Value = float64(c.Before.Users)/float64(c.Before.Of), float64(c.Now.Users)/float64(c.Now.Of)
		c.Repeat = after[max(first, 0)].Repeat
		c.up, c.down = increase(c.Unit, pairs), increase(c.Unit, mirrored(pairs))
		out = append(out, c)
	}
	return out
}

// keys are the metrics and causes of any of the runs, in order.
func keys(before, after []Run) []Count {
	seen := map[Count]bool{}
	var out []Count
	for _, r := range slices.Concat(before, after) {
		for _, c := range r.Counts {
			c.Users = 0
			if !seen[c] {
				seen[c] = true
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.Cause, b.Cause))
	})
	return out
}

// decide keeps the candidates that noise does not explain.
func (c *Comparison) decide(all []candidate) {
	var ups []test
	for _, x := range all {
		ups = append(ups, x.up)
	}
	k := share(c.Level, ups)
	c.Threshold = c.Level / float64(k)
	for _, x := range all {
		switch {
		case x.up.p <= c.Threshold && x.Before.Users == 0:
			x.Kind, x.P = New, x.up.p
		case x.up.p <= c.Threshold && x.Cause == "":
			x.Kind, x.P = Worse, x.up.p
		case x.down.p <= c.Threshold && x.Cause == "":
			x.Kind, x.P = Better, x.down.p
		default:
			continue
		}
		if x.Cause == "" {
			x.Mostly = mostly(x, all)
		}
		c.Changes = append(c.Changes, x.Change)
	}
	slices.SortStableFunc(c.Changes, func(a, b Change) int { return cmp.Compare(rank(a.Kind), rank(b.Kind)) })
	for i, p := range c.Power {
		// One more kind of harm is two more tests: the metric, and its cause.
		c.Power[i].Least = visible(c.Level/float64(k+2), p.Unit, p.Users, p.Seeds)
	}
}

func rank(kind string) int {
	if kind == Better {
		return 1
	}
	return 0
}

// mostly is the cause whose users changed most, in the metric's own direction.
func mostly(of candidate, all []candidate) string {
	name, most := "", 0
	for _, x := range all {
		if x.Scenario != of.Scenario || x.Variant != of.Variant || x.Metric != of.Metric || x.Cause == "" {
			continue
		}
		change := x.Now.Users - x.Before.Users
		if of.Kind == Better {
			change = -change
		}
		if change > most {
			name, most = x.Cause, change
		}
	}
	return name
}
