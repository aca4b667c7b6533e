package result

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/logoutlab/logoutlab/harness/oracle"
)

// Replica is one of several runs that differ by their seed alone.
type Replica struct {
	Seed    uint64             `json:"seed"`
	Outcome Outcome            `json:"outcome"`
	Why     string             `json:"why,omitempty"`    // why the outcome is not pass
	Result  string             `json:"result,omitempty"` // its own result file, from that of all seeds
	Rates   map[string]float64 `json:"rates"`            // by name; what was not measured is not there

	counts       map[spreadKey]Rate
	expectations []Expectation
}

// spreadKey names a figure: a rate or, with a cause, its share of what the
// rate counts.
type spreadKey struct{ metric, cause string }

// Replications is what the runs of a variant came to that differ by their seed
// alone.
type Replications struct {
	Seeds        Seeds     `json:"seeds"`
	Judged       int       `json:"judged"` // seeds that were run and judged: all, unless something went wrong
	Outcomes     Outcomes  `json:"outcomes"`
	FirstFail    *uint64   `json:"first_fail,omitempty"`    // the first seed that fails
	FirstUnknown *uint64   `json:"first_unknown,omitempty"` // the first seed that is unknown
	Rates        []Spread  `json:"rates"`                   // of all that was measured on any seed
	Causes       []Spread  `json:"causes"`                  // each as a share of what its metric counts, on the seeds where that is not 0
	Expectations []Tally   `json:"expectations"`
	Each         []Replica `json:"each"` // in order of their seeds
	Repeat       string    `json:"repeat"`
}

// Outcomes counts seeds by outcome.
type Outcomes struct {
	Pass    int `json:"pass"`
	Fail    int `json:"fail"`
	Unknown int `json:"unknown"`
}

// Spread is a share over seeds: each seed counts as one measurement. Lo and Hi
// are the 95 % interval of the mean, by Student's t distribution, within 0 and
// 1. Of one seed alone no spread is known: they are 0 and 1.
type Spread struct {
	Metric string  `json:"metric"`
	Cause  string  `json:"cause,omitempty"`
	Seeds  int     `json:"seeds"` // on how many it was measured
	Mean   float64 `json:"mean"`
	SD     float64 `json:"sd"` // of the sample
	Lo     float64 `json:"lo"`
	Hi     float64 `json:"hi"`
	Min    Extreme `json:"min"`
	Max    Extreme `json:"max"`
	Pooled Rate    `json:"pooled"` // all seeds as if they were one run, with its exact interval
}

// Extreme is the smallest or the largest value, and the first seed that has it.
type Extreme struct {
	Value float64 `json:"value"`
	Seed  uint64  `json:"seed"`
}

// Tally is how one expectation came out over the seeds.
type Tally struct {
	Text       string  `json:"text"`
	Source     string  `json:"source,omitempty"`
	Elsewhere  bool    `json:"elsewhere,omitempty"` // it is for another balancer product
	Holds      int     `json:"holds"`
	Fails      int     `json:"fails"`
	Unmeasured int     `json:"unmeasured"`
	FirstFail  *uint64 `json:"first_fail,omitempty"`
	Observed   string  `json:"observed,omitempty"` // on the first seed on which it fails
}

// UsersAffected is the share of users who were harmed. The other metrics are
// those of expectations.
const UsersAffected = "users_affected"

// spreadMetrics are the rates that are told over seeds, in their order.
func spreadMetrics() []string {
	return []string{"spurious_logouts", UsersAffected, "ghost_sessions", "wrong_identity", "lockouts", "errors", "unknowns", "vegeta_success"}
}

// NewReplica keeps what is told of one run among others. file is its result's.
func NewReplica(r *Result, j *oracle.Judgement, file string) Replica {
	out := Replica{
		Seed: r.Seed, Outcome: r.Outcome, Why: r.Why, Result: file,
		Rates: map[string]float64{}, counts: map[spreadKey]Rate{}, expectations: r.Expectations,
	}
	for _, metric := range spreadMetrics() {
		count, of, known := measure(metric, r, j)
		if metric == UsersAffected {
			count, of, known = r.Users.Affected, r.Users.Total, true
		}
		if !known || of == 0 {
			continue
		}
		out.counts[spreadKey{metric: metric}] = Rate{Count: count, Of: of}
		out.Rates[metric] = float64(count) / float64(of)
		for cause, n := range causesOf(metric, r) {
			out.counts[spreadKey{metric, cause}] = Rate{Count: n, Of: count}
		}
	}
	return out
}

// Replicate sums the runs of a variant up, in any order. At least one is there.
func Replicate(seeds Seeds, each []Replica) *Replications {
	each = slices.SortedFunc(slices.Values(each), func(a, b Replica) int { return cmp.Compare(a.Seed, b.Seed) })
	r := &Replications{Seeds: seeds, Judged: len(each), Each: each, Rates: []Spread{}, Causes: []Spread{}}
	causes := map[string]map[string]bool{}
	for _, one := range each {
		switch one.Outcome {
		case Pass:
			r.Outcomes.Pass++
		case Fail:
			r.Outcomes.Fail++
			r.FirstFail = cmp.Or(r.FirstFail, &one.Seed)
		default:
			r.Outcomes.Unknown++
			r.FirstUnknown = cmp.Or(r.FirstUnknown, &one.Seed)
		}
		for k := range one.counts {
			if causes[k.metric] == nil {
				causes[k.metric] = map[string]bool{}
			}
			causes[k.metric][k.cause] = true
		}
	}
	for _, metric := range spreadMetrics() {
		for _, cause := range slices.Sorted(maps.Keys(causes[metric])) {
			s := spreadOf(spreadKey{metric, cause}, each)
			switch {
			case s.Seeds == 0:
			case cause == "":
				r.Rates = append(r.Rates, s)
			default:
				r.Causes = append(r.Causes, s)
			}
		}
	}
	r.Expectations = tallies(each)
	return r
}

// spreadOf is one figure over the seeds on which it was measured. A cause that
// a seed does not have is 0 there, if there was any harm of its kind.
func spreadOf(k spreadKey, each []Replica) Spread {
	s := Spread{Metric: k.metric, Cause: k.cause}
	var values []float64
	count, of := 0, 0
	for _, one := range each {
		c, measured := one.counts[k]
		if k.cause != "" {
			c.Of = one.counts[spreadKey{metric: k.metric}].Count
			measured = c.Of > 0
		}
		if !measured {
			continue
		}
		v := float64(c.Count) / float64(c.Of)
		if len(values) == 0 || v < s.Min.Value {
			s.Min = Extreme{v, one.Seed}
		}
		if len(values) == 0 || v > s.Max.Value {
			s.Max = Extreme{v, one.Seed}
		}
		values = append(values, v)
		count, of = count+c.Count, of+c.Of
	}
	s.Pooled = rate(count, of)
	s.Seeds = len(values)
	s.Mean, s.SD, s.Lo, s.Hi = meanInterval(values)
	return s
}

// meanInterval is the mean of shares, their standard deviation, and the 95 %
// interval of the mean.
func meanInterval(values []float64) (mean, sd, lo, hi float64) {
	n := float64(len(values))
	switch len(values) {
	case 0:
		return 0, 0, 0, 1
	case 1:
		return values[0], 0, 0, 1
	}
	if slices.Min(values) == slices.Max(values) {
		return values[0], 0, values[0], values[0] // without what rounding leaves
	}
	mean, sd = stat.MeanStdDev(values, nil)
	t := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile((1 + level) / 2)
	half := t * sd / math.Sqrt(n)
	return mean, sd, max(mean-half, 0), min(mean+half, 1)
}

// tallies counts on how many seeds each expectation holds. All seeds have the
// same ones.
func tallies(each []Replica) []Tally {
	var out []Tally
	for n, one := range each {
		for i, x := range one.expectations {
			if n == 0 {
				out = append(out, Tally{Text: x.Text, Source: x.Source, Elsewhere: x.Elsewhere})
			}
			switch t := &out[i]; {
			case x.Elsewhere:
			case x.Unmeasured:
				t.Unmeasured++
			case x.Holds:
				t.Holds++
			default:
				t.Fails++
				if t.FirstFail == nil {
					t.FirstFail, t.Observed = &one.Seed, x.Observed
				}
			}
		}
	}
	return some(out)
}

// Rate is the spread of a rate.
func (r *Replications) Rate(metric string) (Spread, bool) {
	i := slices.IndexFunc(r.Rates, func(s Spread) bool { return s.Metric == metric })
	if i < 0 {
		return Spread{Metric: metric}, false
	}
	return r.Rates[i], true
}

// Pooled counts causes of what a metric counts, over all seeds.
func (r *Replications) Pooled(metric string) map[string]int {
	out := map[string]int{}
	for _, s := range r.Causes {
		if s.Metric == metric {
			out[s.Cause] = s.Pooled.Count
		}
	}
	return out
}

// Missing is how many seeds were not run, or not judged.
func (r *Replications) Missing() int { return r.Seeds.Count() - r.Judged }

// Outcome is that of the variant: fail if any seed fails, else unknown if any
// is unknown or missing.
func (r *Replications) Outcome() Outcome {
	switch {
	case r.Outcomes.Fail > 0:
		return Fail
	case r.Outcomes.Unknown > 0 || r.Missing() > 0 || r.Judged == 0:
		return Unknown
	}
	return Pass
}

// Shown is the seed whose run stands for all: the first that fails, else the
// first that is unknown, else the first.
func (r *Replications) Shown() uint64 {
	if first := cmp.Or(r.FirstFail, r.FirstUnknown); first != nil {
		return *first
	}
	return r.Each[0].Seed
}

// Of is the variant's result: that of the seed that stands for all, with the
// outcome of all.
func (r *Replications) Of(shown *Result) *Result {
	out := *shown
	out.Replications, out.Outcome = r, r.Outcome()
	out.Why = r.why(shown.Why)
	out.Headline = fmt.Sprintf("%s; seed %d: %s", r.headline(), shown.Seed, shown.Headline)
	return &out
}

// why says on how many seeds the variant is not as expected, and why on the
// first of them.
func (r *Replications) why(first string) string {
	text := ""
	add := func(is bool, format string, args ...any) {
		if !is {
			return
		}
		if text != "" {
			text += "; "
		}
		text += fmt.Sprintf(format, args...)
	}
	n := thousands(r.Judged)
	add(r.Outcomes.Fail > 0, "%s of %s seeds %s", thousands(r.Outcomes.Fail), n, oneMany(r.Outcomes.Fail, "fails", "fail"))
	add(r.Outcomes.Unknown > 0, "%s of %s seeds %s unknown", thousands(r.Outcomes.Unknown), n, oneMany(r.Outcomes.Unknown, "is", "are"))
	add(r.Missing() > 0, "%s of %s seeds %s not run to the end", thousands(r.Missing()), thousands(r.Seeds.Count()), wasWere(r.Missing()))
	add(first != "", "seed %d: %s", r.Shown(), first)
	return text
}

func oneMany(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// headline is the harm over all seeds, in a sentence.
func (r *Replications) headline() string {
	words := map[string]string{
		"spurious_logouts": "of page views were spurious logouts", "ghost_sessions": "of uses of credentials after logout were accepted",
		"wrong_identity": "of page views showed somebody else's data", "lockouts": "of logins got nobody in", "errors": "of actions ended in an error",
	}
	text := "Over " + plural(r.Judged, "seed")
	none := true
	for _, s := range r.Rates {
		if words[s.Metric] == "" || s.Pooled.Count == 0 {
			continue
		}
		if !none {
			text += ","
		}
		none = false
		text += fmt.Sprintf(" %s %s on average", share(s.Mean), words[s.Metric])
		if s.Seeds > 1 {
			text += fmt.Sprintf(" (95 %%: %s to %s)", share(s.Lo), share(s.Hi))
		}
	}
	if !none {
		return text
	}
	s, measured := r.Rate("spurious_logouts")
	if !measured {
		return text + " nothing was measured"
	}
	return text + " nobody was logged out in " + ofNone(s.Pooled, "page view", "")
}

// share is a share in words, of two digits at least.
func share(v float64) string {
	switch {
	case v <= 0:
		return "0 %"
	case v >= 1:
		return "100 %"
	case v < 0.01:
		return figure(100*v) + " %"
	}
	return fmt.Sprintf("%.2f %%", min(100*v, 99.99))
}
