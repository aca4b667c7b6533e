package scenario

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Parse reads a scenario file. file names it in errors and in the result. The
// error is an [Errors] with everything that is wrong.
func Parse(file string, src []byte) (*Scenario, error) {
	r := &reader{file: file}
	s := &Scenario{File: file, Source: slices.Clone(src)}
	if root := r.root(src); root != nil {
		r.scenario(root, s)
	}
	if len(r.errs) > 0 {
		return nil, r.errs.sorted()
	}
	return s, nil
}

// byKey splits a mapping's entries into those of known names; the others are
// refused.
func (r *reader) byKey(n ast.Node, at Position, what string, names ...string) (known map[string]entry, ok bool) {
	known = map[string]entry{}
	entries, ok := r.mapping(n, at, what)
	for _, e := range entries {
		if !slices.Contains(names, e.key) {
			r.fail(e.at, fmt.Sprintf("unknown field %s in %s", e.key, what), strings.Join(names, ", "), didYouMean(e.key, names))
			continue
		}
		known[e.key] = e
	}
	return known, ok
}

func (r *reader) scenario(root ast.Node, s *Scenario) {
	top := position(root)
	known, ok := r.byKey(root, top, "the file", "scenario", "title", "culprit", "about", "seed", "architecture", "workload", "variants")
	if !ok {
		return
	}
	r.name(known, top, s)
	r.text(known, "title", &s.Title)
	if s.Title == "" {
		s.Title = s.Name
	}
	r.text(known, "culprit", &s.Culprit)
	r.about(known, s)
	r.seed(known, s)
	base := r.base(known, top)
	e, ok := known["variants"]
	if !ok {
		r.fail(top, "variants is missing", "", "add variants: {broken: {expect: [{spurious_logouts: 0}]}}")
		return
	}
	r.variants(e, base, s)
}

// name reads the scenario's name. It becomes a folder's name, as variants' do.
func (r *reader) name(known map[string]entry, top Position, s *Scenario) {
	e, ok := known["scenario"]
	if !ok {
		r.fail(top, "scenario is missing", nameForm, "a file begins with `scenario: NAME`")
		return
	}
	r.text(known, "scenario", &s.Name)
	if s.Name != "" {
		r.checkName(s.Name, r.valueAt(e))
	}
}

const nameForm = "lower-case letters, digits and hyphens, such as clock-skew"

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

func (r *reader) checkName(name string, at Position) {
	if !namePattern.MatchString(name) {
		r.fail(at, fmt.Sprintf("%q is not a name", name), nameForm, "")
	}
}

func (r *reader) text(known map[string]entry, key string, to *string) {
	e, ok := known[key]
	if !ok {
		return
	}
	f := text(key, to, "", "")
	if value := r.value(f, e); value != nil {
		f.put(value)
	}
}

// seed reads the seed that the file pins.
func (r *reader) seed(known map[string]entry, s *Scenario) {
	e, ok := known["seed"]
	if !ok {
		return
	}
	if text, kind, _ := scalar(r.resolve(e.value)); kind == ast.IntegerType {
		if n, err := strconv.ParseUint(text, 10, 64); err == nil {
			s.Seed = &n
			return
		}
	}
	r.fail(r.valueAt(e), "seed is no whole number that a seed can be", "0..18446744073709551615", "without it, it is 1")
}

// base reads what all variants have in common.
func (r *reader) base(known map[string]entry, top Position) settings {
	base, all := settings{}, newIndex(Fields())
	r.common = top
	inWorkload := func(path string) bool { return strings.HasPrefix(path, "workload.") }
	if e, ok := known["architecture"]; ok {
		r.common = e.at
		rest := all.under(func(p string) bool { return !inWorkload(p) })
		decoder{reader: r, index: rest, layer: layerBase, into: base}.group("", e.value, e.at, "architecture")
	}
	if e, ok := known["workload"]; ok {
		decoder{reader: r, index: all.under(inWorkload), layer: layerBase, into: base}.group("workload.", e.value, e.at, "workload")
	}
	return base
}

func (r *reader) variants(e entry, base settings, s *Scenario) {
	entries, _ := r.mapping(e.value, e.at, "variants")
	if m, ok := r.resolve(e.value).(*ast.MappingNode); ok && len(m.Values) == 0 {
		r.fail(e.at, "variants is empty", "", "add at least one, such as broken")
	}
	var first []draft
	for i, v := range entries {
		r.checkName(v.key, v.at)
		variant, drafts := r.variant(v, base, first, i == 0)
		if i == 0 {
			first = drafts
		}
		s.Variants = append(s.Variants, variant)
	}
}

func (r *reader) variant(v entry, base settings, first []draft, isFirst bool) (Variant, []draft) {
	known, ok := r.byKey(v.value, v.at, "variant "+v.key, "title", "with", "faults", "expect")
	if !ok {
		return Variant{}, nil
	}
	with := settings{}
	if e, ok := known["with"]; ok {
		decoder{reader: r, index: newIndex(Fields()), layer: layerWith, dotted: true, into: with}.group("", e.value, e.at, "with")
	}
	a := assemble(r, base, with, v.key, v.at)
	a.check()
	r.text(known, "title", &a.variant.Title)
	var drafts []draft
	if e, ok := known["faults"]; ok {
		drafts = r.faults(e.value, e.at, first, isFirst)
	}
	a.takeFaults(drafts)
	if e, ok := known["expect"]; ok {
		a.variant.Expect = r.expectations(e.value, e.at)
		a.checkExpectations()
	} else {
		r.fail(v.at, fmt.Sprintf("variant %s expects nothing", v.key), "", expectHint)
	}
	return a.variant, drafts
}
