package agree

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/logoutlab/logoutlab/harness/history"
)

// roles are the parts whose products set two systems apart.
var roles = []string{"balancer", "cache"}

// and stands between a product and a field in the name of a documented
// difference: "nginx and balancer.retry_on".
const and = " and "

// columnOf is the place that a source's runs were made in.
func columnOf(s Source) (Column, error) {
	c := Column{Source: s.Name}
	if len(s.Runs) == 0 {
		return c, fmt.Errorf("%s holds no results", s.Name)
	}
	substrates, products := map[string]bool{}, map[string]string{}
	var errs []error
	for _, r := range s.Runs {
		substrates[r.Header.Substrate] = true
		for _, part := range roles {
			name := r.Header.Product(part)
			if before := products[part]; name != "" && before != "" && before != name {
				errs = append(errs, mixed(s, []string{before, name}))
			}
			products[part] = cmp.Or(name, products[part])
		}
	}
	if len(substrates) > 1 {
		errs = append(errs, mixed(s, slices.Sorted(maps.Keys(substrates))))
	}
	first := slices.MinFunc(s.Runs, func(a, b Run) int { return a.Header.Started.Compare(b.Header.Started) })
	c.Name, c.Version, c.Started = first.Header.Substrate, first.Header.Version, first.Header.Started
	var used []string
	for _, part := range roles {
		if p := products[part]; p != "" && !slices.Contains(used, p) {
			used = append(used, p)
		}
	}
	if len(used) > 0 {
		c.Name += ": " + strings.Join(used, ", ")
	}
	return c, errors.Join(errs...)
}

func mixed(s Source, what []string) error {
	return fmt.Errorf("%s mixes %s: name a directory for each", s.Name, strings.Join(what, " and "))
}

// differences are those that a header documents, by product and field.
func differences(h history.Header) map[string]string {
	out := map[string]string{}
	for _, p := range h.Parts {
		for _, d := range p.Differences {
			name, text := p.Product+and+d.Field, d.Says+"; this product: "+d.Instead
			if before := out[name]; before != "" {
				text = before + ". " + text
			}
			out[name] = text
		}
	}
	return out
}

// explain finds the documented difference in a field; "" if there is none to
// find.
func explain(variant, field string, documented map[string]string) (string, error) {
	if field == "" {
		return "", nil
	}
	for _, name := range slices.Sorted(maps.Keys(documented)) {
		if strings.HasSuffix(name, and+field) {
			return name + ": " + documented[name], nil
		}
	}
	known := "none is"
	if len(documented) > 0 {
		known = "documented are " + strings.Join(slices.Sorted(maps.Keys(documented)), ", ")
	}
	return "", fmt.Errorf("%s: no product is documented to differ in %s (%s)", variant, field, known)
}

// sameSystem refuses to compare what was not the same system under the same
// load with the same faults. How far a run was compressed does not matter.
func (t *Table) sameSystem(name string, runs []*Run) error {
	var first *Run
	for i, r := range runs {
		switch {
		case r == nil:
		case first == nil:
			first = r
		default:
			if what := unlike(first.Header, r.Header); what != "" {
				return fmt.Errorf("%s was not the same in %s: %s. Run it with the same scenario file, --users and --for",
					name, t.Columns[i].Source, what)
			}
		}
	}
	return nil
}

// systemFacts are those that say what was run, in scenario time.
var systemFacts = []string{"nodes", "balancer", "session", "cache", "client", "application", "promise", "workload"}

// unlike says in what two runs' systems are not the same.
func unlike(a, b history.Header) string {
	for _, f := range systemFacts {
		if a.Facts[f] != b.Facts[f] {
			return fmt.Sprintf("%s is %q and %q", f, a.Facts[f], b.Facts[f])
		}
	}
	sameFault := func(x, y history.PlannedFault) bool { return x.Name == y.Name && maps.Equal(x.Params, y.Params) }
	if !slices.EqualFunc(a.Faults, b.Faults, sameFault) {
		return "the faults are others"
	}
	sameBound := func(x, y history.Expectation) bool {
		return x.Metric == y.Metric && x.Bound == y.Bound && x.Cause == y.Cause && x.Only == y.Only && x.Except == y.Except
	}
	if !slices.EqualFunc(a.Expect, b.Expect, sameBound) {
		return "the expectations are others"
	}
	return ""
}
