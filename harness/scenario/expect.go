package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// expectations reads a variant's `expect` list.
func (r *reader) expectations(n ast.Node, at Position) []Expectation {
	items := r.list(n, at, "expect")
	if s, ok := r.resolve(n).(*ast.SequenceNode); ok && len(s.Values) == 0 {
		r.fail(at, "expect is empty", "", expectHint)
	}
	var all []Expectation
	whole := true
	for _, item := range items {
		x, ok := r.expectation(item, position(item))
		if ok {
			all = append(all, x)
		}
		whole = whole && ok
	}
	if whole && len(all) > 0 {
		r.nobodyLeftOut(all, at)
	}
	return all
}

// nobodyLeftOut refuses a list that says nothing about runs with some balancer.
func (r *reader) nobodyLeftOut(all []Expectation, at Position) {
	for _, balancer := range append([]string{""}, BalancerProducts()...) {
		if slices.ContainsFunc(all, func(x Expectation) bool { return x.For(balancer) }) {
			continue
		}
		r.fail(at, "no expectation is for "+cmp.Or(balancer, "our own balancer"), "", "add one, with {only: {balancer: ...}} or without")
	}
}

// For tells whether the expectation is for runs with that balancer product; ""
// is our own balancer.
func (x Expectation) For(balancer string) bool {
	return (x.Only == "" || x.Only == balancer) && (x.Except == "" || x.Except != balancer)
}

// BalancerProducts are the products that an expectation can be for, or not for.
func BalancerProducts() []string { return []string{"haproxy", "nginx"} }

const expectHint = "a variant without an expectation proves nothing; add {spurious_logouts: 0}"

// expectation reads {METRIC: BOUND, cause: CAUSE, only: {balancer: PRODUCT}},
// or except in the place of only.
func (r *reader) expectation(n ast.Node, at Position) (Expectation, bool) {
	x := Expectation{Line: at.Line, Col: at.Col}
	entries, good := r.mapping(n, at, "an expectation")
	unknown := !good
	var cause *entry
	for _, e := range entries {
		switch {
		case e.key == "only":
			good = r.product(e, &x.Only) && good
		case e.key == "except":
			good = r.product(e, &x.Except) && good
		case e.key == "cause":
			cause = &e
		case !slices.Contains(Metrics(), e.key):
			r.fail(e.at, "unknown metric "+e.key, strings.Join(Metrics(), ", ")+"; and cause, only, except",
				didYouMean(e.key, append(Metrics(), "cause", "only", "except")))
			unknown = true
		case x.Metric != "":
			r.fail(e.at, fmt.Sprintf("two metrics in one entry: %s and %s", x.Metric, e.key), "", "begin a new entry with -")
			good = false
		default:
			x.Metric = e.key
			good = r.bound(e, &x.Bound) && good
		}
	}
	if x.Metric == "" && !unknown {
		r.fail(at, "an expectation without a metric", strings.Join(Metrics(), ", "), "")
	}
	if cause != nil {
		good = r.cause(*cause, &x) && good
	}
	if cause != nil && good && x.Metric != "" && x.Bound.none() {
		r.fail(cause.at, fmt.Sprintf("%s %s with a cause can never hold: what never happens has no cause", x.Metric, x.Bound),
			"", `leave cause out, or give a bound that some can meet, such as "> 1%"`)
		good = false
	}
	return x, good && x.Metric != ""
}

func (r *reader) bound(e entry, to *Bound) bool {
	n := r.resolve(e.value)
	if n == nil {
		return false
	}
	forms := boundForms
	if inDurations(e.key) {
		forms = spanForms
	}
	s, kind, ok := scalar(n)
	if !ok || kind == ast.BoolType {
		r.fail(r.valueAt(e), fmt.Sprintf("the bound of %s is %s", e.key, describe(n)), forms, "")
		return false
	}
	b, err := ParseBound(s)
	if err != nil {
		r.fail(r.valueAt(e), fmt.Sprintf("the bound of %s cannot be read: %v", e.key, err), forms, "")
		return false
	}
	if span := inDurations(e.key); span && !b.Span() {
		r.fail(r.valueAt(e), fmt.Sprintf("the bound of %s is no duration: %s", e.key, b), spanForms, "")
		return false
	} else if b.Span() && !span {
		r.fail(r.valueAt(e), fmt.Sprintf("the bound of %s is a duration: %s", e.key, b), boundForms, "")
		return false
	}
	*to = b
	return true
}

// product reads {balancer: PRODUCT}.
func (r *reader) product(e entry, to *string) bool {
	const role = "balancer"
	entries, ok := r.mapping(e.value, e.at, e.key)
	if ok && len(entries) == 0 {
		r.fail(e.at, e.key+" names no product", strings.Join(BalancerProducts(), ", "), "write "+e.key+": {balancer: nginx}")
	}
	for _, of := range entries {
		if of.key != role {
			r.fail(of.at, e.key+" has no "+of.key, role, didYouMean(of.key, []string{role}))
			return false
		}
		f := word(role, to, "", "", BalancerProducts()...)
		value := r.value(f, of)
		if value == nil {
			return false
		}
		f.put(value)
	}
	return *to != ""
}

// withCauses lists the metrics that count what has causes.
func withCauses() []string {
	return []string{"spurious_logouts", "ghost_sessions", "wrong_identity", "lockouts"}
}

func (r *reader) cause(e entry, x *Expectation) bool {
	f := word("cause", &x.Cause, "", "", Causes()...)
	value := r.value(f, e)
	if value == nil {
		return false
	}
	f.put(value)
	if x.Metric != "" && !slices.Contains(withCauses(), x.Metric) {
		r.fail(e.at, x.Metric+" has no causes", "", "leave cause out; these have causes: "+strings.Join(withCauses(), ", "))
		return false
	}
	return true
}
