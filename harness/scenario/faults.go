package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// draft is a fault as read, before it is known which architecture it meets.
type draft struct {
	Fault
	where settings        // at, for and the params
	told  map[string]bool // what has been said against it; shared by its copies
	copy  *Position       // of the `same` that brought it in
}

// faults reads a variant's list; first is what `same` stands for, nil in the
// first variant itself.
func (r *reader) faults(n ast.Node, at Position, first []draft, isFirst bool) []draft {
	var all []draft
	for _, item := range r.list(n, at, "faults") {
		where := position(item)
		if s, _, ok := scalar(r.resolve(item)); ok {
			all = append(all, r.sameFaults(s, where, first, isFirst)...)
			continue
		}
		if d, ok := r.fault(item, where); ok {
			all = append(all, d)
		}
	}
	return all
}

func (r *reader) sameFaults(s string, at Position, first []draft, isFirst bool) []draft {
	switch {
	case s == same && isFirst:
		r.fail(at, "`same` stands for the first variant's faults, and this is the first variant", "", "list the faults here")
	case s == same:
		copies := slices.Clone(first)
		for i := range copies {
			copies[i].copy = &at
		}
		return copies
	default:
		hint := didYouMean(s, append(faultNames(), same))
		if slices.Contains(faultNames(), s) {
			hint = fmt.Sprintf("write {%s: {...}, at: 5m}", s)
		}
		r.fail(at, fmt.Sprintf("%q is not a fault", s), "same, or {FAULT: {...}, at: ..., for: ...}", hint)
	}
	return nil
}

// faultTimes describes what stands beside a fault.
func faultTimes(f *Fault) []Field {
	return []Field{
		span("at", &f.At, "0s", 0, longest, "When it is injected, since the start."),
		span("for", &f.For, "", time.Millisecond, longest, "How long it lasts.").depending("to the end of the run"),
	}
}

// fault reads {NAME: {params}, at: ..., for: ...}.
func (r *reader) fault(n ast.Node, at Position) (draft, bool) {
	d := draft{where: settings{}, told: map[string]bool{}}
	var name *entry
	when := newIndex(faultTimes(&d.Fault))
	entries, known := r.mapping(n, at, "a fault")
	for _, e := range entries {
		f, isTime := when.fields[e.key]
		switch {
		case isTime:
			d.read(r, f, e)
		case !slices.Contains(faultNames(), e.key):
			r.fail(e.at, "unknown fault "+e.key, strings.Join(faultNames(), ", ")+", at, for", didYouMean(e.key, append(faultNames(), "at", "for")))
			known = false
		case name != nil:
			r.fail(e.at, fmt.Sprintf("two faults in one entry: %s and %s", name.key, e.key), "", "begin a new entry with -")
		default:
			name = &e
		}
	}
	if name == nil {
		if known {
			r.fail(at, "an entry without a fault", strings.Join(faultNames(), ", "), "")
		}
		return d, false
	}
	d.Name, d.Line, d.Col = name.key, name.at.Line, name.at.Col
	d.params(r, *name)
	return d, true
}

// read reads one setting of the fault's.
func (d *draft) read(r *reader, f Field, e entry) {
	value := r.value(f, e)
	d.where[e.key] = setting{value: value, at: r.valueAt(e)}
	if value != nil {
		f.put(value)
	}
}

func (d *draft) params(r *reader, name entry) {
	d.Params.Node = -1
	spec, _ := faultSpec(d.Name, &d.Params)
	byName := newIndex(spec.Params)
	for _, p := range spec.Params {
		p.putDefault()
	}
	if n := r.resolve(name.value); n != nil && n.Type() != ast.NullType {
		entries, _ := r.mapping(name.value, name.at, d.Name)
		for _, e := range entries {
			f, ok := byName.fields[e.key]
			if !ok {
				r.fail(e.at, fmt.Sprintf("%s has no setting %s", d.Name, e.key), strings.Join(byName.paths, ", "), d.misplaced(e.key, byName.paths))
				continue
			}
			d.read(r, f, e)
		}
	}
	for _, p := range spec.Params {
		if _, given := d.where[p.Path]; p.Required && !given {
			r.fail(name.at, fmt.Sprintf("%s needs %s", d.Name, p.Path), p.Accepts(), "")
			d.where[p.Path] = setting{}
		}
	}
	switch w, given := d.where["for"]; {
	case given && !spec.Lasts:
		r.fail(w.at, d.Name+" is not taken back: it takes no `for`", "", "")
	case !given && spec.Ends:
		r.fail(name.at, d.Name+" needs `for`", "", fmt.Sprintf("write {%s: {...}, at: 5m, for: 30s}", d.Name))
	}
}

func (d *draft) misplaced(key string, names []string) string {
	if key == "at" || key == "for" {
		return fmt.Sprintf("`%s` stands beside %s: {%s: {...}, %s: 5m}", key, d.Name, d.Name, key)
	}
	return didYouMean(key, names)
}
