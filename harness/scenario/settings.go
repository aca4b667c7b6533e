package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// setting is a value that the file gives to a field.
type setting struct {
	value any // nil if it could not be read
	at    Position
	layer int
}

// The layers of settings: a later one lies over an earlier one.
const (
	layerNone = iota // not set: the default
	layerBase        // architecture and workload
	layerWith        // the variant's own
)

// settings are a layer's settings by path.
type settings map[string]setting

// index finds fields and groups of fields by path.
type index struct {
	fields map[string]Field
	paths  []string
	groups map[string]bool
}

func newIndex(fields []Field) index {
	x := index{fields: map[string]Field{}, groups: map[string]bool{}}
	for _, f := range fields {
		x.fields[f.Path] = f
		x.paths = append(x.paths, f.Path)
		for i, c := range f.Path {
			if c == '.' {
				x.groups[f.Path[:i]] = true
			}
		}
	}
	return x
}

// under gives the index of the fields for which keep says so.
func (x index) under(keep func(path string) bool) index {
	var kept []Field
	for _, p := range x.paths {
		if keep(p) {
			kept = append(kept, x.fields[p])
		}
	}
	return newIndex(kept)
}

// names lists what can stand in the group with this prefix ("" or "a.b.").
func (x index) names(prefix string) []string {
	var names []string
	for _, p := range x.paths {
		rest, ok := strings.CutPrefix(p, prefix)
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(rest, ".")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// decoder reads a mapping of settings.
type decoder struct {
	*reader
	index
	layer  int
	dotted bool // keys may be dotted paths
	into   settings
}

// group reads the settings of the group with this prefix.
func (d decoder) group(prefix string, n ast.Node, at Position, what string) {
	entries, _ := d.mapping(n, at, what)
	for _, e := range entries {
		path := prefix + e.key
		switch f, known := d.fields[path]; {
		case strings.Contains(e.key, ".") && !d.dotted:
			d.fail(e.at, fmt.Sprintf("%s is a dotted path", e.key), "", "dotted paths work under `with` only; nest the fields here")
		case known:
			d.set(path, e, f)
		case d.groups[path]:
			d.group(path+".", e.value, e.at, path)
		default:
			d.unknown(prefix, e)
		}
	}
}

func (d decoder) set(path string, e entry, f Field) {
	if first, twice := d.into[path]; twice {
		d.fail(e.at, path+" is given twice", "", fmt.Sprintf("the first is in line %d; keep one", first.at.Line))
		return
	}
	d.into[path] = setting{value: d.value(f, e), at: d.valueAt(e), layer: d.layer}
}

func (d decoder) unknown(prefix string, e entry) {
	names := d.names(prefix)
	hint := didYouMean(e.key, names)
	if d.dotted && prefix == "" {
		if strings.Contains(e.key, ".") {
			hint = didYouMean(e.key, d.paths)
		}
	}
	d.fail(e.at, "unknown field "+prefix+e.key, strings.Join(names, ", "), hint)
}

// valueAt is where an entry's value begins, or its key if it has none.
func (r *reader) valueAt(e entry) Position {
	if e.value == nil || e.value.Type() == ast.NullType {
		return e.at
	}
	return position(e.value)
}

// value reads an entry as the field has it; nil, and an error noted, if it is
// no such thing.
func (r *reader) value(f Field, e entry) any {
	n := r.resolve(e.value)
	if n == nil {
		return nil
	}
	at := r.valueAt(e)
	switch f.Kind {
	case Parts:
		return r.pair(f, n, at)
	case Script:
		return r.script(n, at)
	}
	s, kind, ok := scalar(n)
	if !ok {
		r.fail(at, fmt.Sprintf("%s is %s", f.Path, describe(n)), f.Accepts(), "")
		return nil
	}
	if hint, wrong := f.mistyped(s, kind); wrong {
		r.fail(at, fmt.Sprintf("%s is %s (%s)", f.Path, describe(n), s), f.Accepts(), hint)
		return nil
	}
	value, problem := f.parse(s)
	if problem != "" {
		r.fail(at, problem, f.Accepts(), didYouMean(s, f.Accepted))
	}
	return value
}

// pair reads a list of two names.
func (r *reader) pair(f Field, n ast.Node, at Position) any {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		r.fail(at, fmt.Sprintf("%s is %s", f.Path, describe(n)), f.Accepts(), "")
		return nil
	}
	var names []string
	for _, item := range list.Values {
		name, _, _ := scalar(r.resolve(item))
		names = append(names, name)
	}
	value, problem := f.parse("[" + strings.Join(names, ", ") + "]")
	if problem != "" {
		r.fail(at, problem, f.Accepts(), "")
	}
	return value
}

// mistyped says whether a scalar of this kind cannot be the field's value, and
// perhaps why.
func (f Field) mistyped(s string, kind ast.NodeType) (hint string, wrong bool) {
	switch f.Kind {
	case Count:
		return "a whole number in digits, without quotes", kind != ast.IntegerType
	case Percent:
		return fmt.Sprintf("add the percent sign: %s%%", s), kind != ast.StringType
	case Flag:
		return "true or false, without quotes", kind != ast.BoolType
	case Duration:
		if kind == ast.StringType || s == "0" {
			return "", false
		}
		return fmt.Sprintf("add the unit: %ss, %sm or %sh", s, s, s), true
	case Text:
		return "put it in quotes", kind != ast.StringType && kind != ast.IntegerType
	default:
		return "", kind != ast.StringType
	}
}
