package scenario

import (
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
	for _, item := range items {
		if x, ok := r.expectation(item, position(item)); ok {
			all = append(all, x)
		}
	}
	return all
}

const expectHint = "a variant without an expectation proves nothing; add {spurious_logouts: 0}"

// expectation reads {METRIC: BOUND, cause: CAUSE}.
func (r *reader) expectation(n ast.Node, at Position) (Expectation, bool) {
	x := Expectation{Line: at.Line, Col: at.Col}
	entries, good := r.mapping(n, at, "an expectation")
	unknown := !good
	var cause *entry
	for _, e := range entries {
		switch {
		case e.key == "cause":
			cause = &e
		case !slices.Contains(Metrics(), e.key):
			r.fail(e.at, "unknown metric "+e.key, strings.Join(Metrics(), ", ")+"; and cause",
				didYouMean(e.key, append(Metrics(), "cause")))
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
	return x, good && x.Metric != ""
}

func (r *reader) bound(e entry, to *Bound) bool {
	n := r.resolve(e.value)
	if n == nil {
		return false
	}
	s, kind, ok := scalar(n)
	if !ok || kind == ast.BoolType {
		r.fail(r.valueAt(e), fmt.Sprintf("the bound of %s is %s", e.key, describe(n)), boundForms, "")
		return false
	}
	b, err := ParseBound(s)
	if err != nil {
		r.fail(r.valueAt(e), fmt.Sprintf("the bound of %s cannot be read: %v", e.key, err), boundForms, "")
		return false
	}
	*to = b
	return true
}

func (r *reader) cause(e entry, x *Expectation) bool {
	f := word("cause", &x.Cause, "", "", Causes()...)
	value := r.value(f, e)
	if value == nil {
		return false
	}
	f.put(value)
	if x.Metric != "" && !slices.Contains([]string{"spurious_logouts", "ghost_sessions"}, x.Metric) {
		r.fail(e.at, x.Metric+" has no causes", "", "leave cause out; spurious_logouts and ghost_sessions have causes")
		return false
	}
	return true
}
