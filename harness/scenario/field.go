package scenario

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is what can be written in a field.
type Kind uint8

// The kinds of field.
const (
	Word     Kind = iota // one of Field.Accepted
	Text                 // any text
	Count                // a whole number
	Duration             // a duration with a unit
	Flag                 // true or false
	Node                 // app-1 to app-N, or all
	Parts                // two parts of the system: [app-1, store]
	Percent              // a whole number with a percent sign
	Script               // a list of actions
)

// longest is the longest duration that a field takes.
const longest = 3650 * day

// Field describes one field of a scenario file.
type Field struct {
	Path     string // dotted, relative to the architecture; the workload's begin with "workload."
	Kind     Kind
	Accepted []string // Word: the words; Node: those beside the nodes' names
	Min, Max int64    // Count, Percent, and Duration in nanoseconds: the inclusive limits
	Default  string   // as it would be written; "" if there is none or it depends
	Depends  string   // what the default depends on, in words
	Doc      string   // one sentence
	Required bool
	Real     bool // Duration: in real time, i.e. never compressed

	orZero  bool           // Duration: 0 will do too, below Min
	notZero bool           // Duration: 0 will not do
	matches *regexp.Regexp // Text: what it has to match; nil: any text will do
	looks   string         // the same in words
	to      any            // where the value goes: *string, *int, *time.Duration, *bool, *Pair or *[]Action
}

func word(path string, to *string, def, doc string, accepted ...string) Field {
	return Field{Path: path, Kind: Word, to: to, Default: def, Doc: doc, Accepted: accepted}
}

func text(path string, to *string, def, doc string) Field {
	return Field{Path: path, Kind: Text, to: to, Default: def, Doc: doc}
}

func count(path string, to *int, def string, least, most int64, doc string) Field {
	return Field{Path: path, Kind: Count, to: to, Default: def, Min: least, Max: most, Doc: doc}
}

func share(path string, to *int, def string, least, most int64, doc string) Field {
	return Field{Path: path, Kind: Percent, to: to, Default: def, Min: least, Max: most, Doc: doc}
}

func span(path string, to *time.Duration, def string, least, most time.Duration, doc string) Field {
	return Field{Path: path, Kind: Duration, to: to, Default: def, Min: int64(least), Max: int64(most), Doc: doc}
}

func flag(path string, to *bool, def, doc string) Field {
	return Field{Path: path, Kind: Flag, to: to, Default: def, Doc: doc}
}

func node(to *int, def, doc string) Field {
	return Field{Path: "node", Kind: Node, to: to, Default: def, Doc: doc}
}

// orStore lets a node be the shared store too.
func (f Field) orStore() Field {
	f.Accepted = []string{StorePart}
	return f
}

func parts(path string, to *Pair, doc string) Field {
	return Field{Path: path, Kind: Parts, to: to, Doc: doc}
}

// zeroToo takes 0 beside what is within the limits: none, or not at all.
func (f Field) zeroToo() Field {
	f.orZero = true
	return f
}

// neverZero refuses 0 within the limits.
func (f Field) neverZero() Field {
	f.notZero = true
	return f
}

// formed bounds a text to a form, which looks tells in words.
func (f Field) formed(form *regexp.Regexp, looks string) Field {
	f.matches, f.looks = form, looks
	return f
}

// required marks a field that has no default.
func (f Field) required() Field {
	f.Required = true
	return f
}

// depending documents a default that [derive] works out.
func (f Field) depending(on string) Field {
	f.Depends = on
	return f
}

// Accepts says in words what the field takes.
func (f Field) Accepts() string {
	switch f.Kind {
	case Word:
		return strings.Join(f.Accepted, ", ")
	case Count:
		return fmt.Sprintf("%d..%d", f.Min, f.Max)
	case Percent:
		return fmt.Sprintf("%d%%..%d%%", f.Min, f.Max)
	case Duration:
		return "a duration such as 25s, 15m, 12h or 30d" + f.limits()
	case Flag:
		return "true, false"
	case Node:
		return strings.Join(append([]string{"app-1, app-2, ..."}, f.Accepted...), ", ") + " or all"
	case Parts:
		return "two of cache, balancer, app-1 to app-N (or nodes), store, such as [app-2, store]"
	case Script:
		return "a list such as [{user: 1, at: 12s, do: login}, {user: 1, at: 40s, do: page, page: 3}]; do is " + strings.Join(deeds, ", ")
	case Text:
		return cmp.Or(f.looks, "text")
	}
	return ""
}

func (f Field) limits() string {
	least, most := time.Duration(f.Min), time.Duration(f.Max)
	switch {
	case f.orZero:
		return ", 0 or at least " + FormatDuration(least)
	case f.notZero:
		return ", with a sign, not 0"
	case most < longest:
		return ", from " + FormatDuration(least) + " to " + FormatDuration(most)
	case least > 0:
		return ", at least " + FormatDuration(least)
	case least < 0:
		return ", with a sign"
	}
	return ", not negative"
}

// parse reads a value from its text; problem says what is wrong with it.
func (f Field) parse(s string) (value any, problem string) {
	switch f.Kind {
	case Word:
		return f.parseWord(s)
	case Count:
		return f.parseCount(s)
	case Percent:
		return f.parsePercent(s)
	case Duration:
		return f.parseDuration(s)
	case Flag:
		return s == "true", ""
	case Node:
		return f.parseNode(s)
	case Parts:
		return f.parseParts(s)
	case Text:
		return f.parseText(s)
	}
	return s, ""
}

func (f Field) parseWord(s string) (any, string) {
	if !slices.Contains(f.Accepted, s) {
		return nil, fmt.Sprintf("%s is %q", f.Path, s)
	}
	return s, ""
}

func (f Field) parseText(s string) (any, string) {
	if f.matches != nil && !f.matches.MatchString(s) {
		return nil, fmt.Sprintf("%s is %q", f.Path, s)
	}
	return s, ""
}

// octal is a number with a leading zero: octal to YAML 1.1, decimal to YAML 1.2.
var octal = regexp.MustCompile(`^[-+]?0[0-9_]`)

func (f Field) parseCount(s string) (any, string) {
	if octal.MatchString(s) {
		return nil, fmt.Sprintf("%s is %s: leave the leading zero out", f.Path, s)
	}
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil || n < f.Min || n > f.Max {
		return nil, fmt.Sprintf("%s is %s", f.Path, s)
	}
	return int(n), ""
}

func (f Field) parsePercent(s string) (any, string) {
	number, ok := strings.CutSuffix(s, "%")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || int64(n) < f.Min || int64(n) > f.Max {
		return nil, fmt.Sprintf("%s is %s", f.Path, s)
	}
	return n, ""
}

func (f Field) parseDuration(s string) (any, string) {
	d, err := ParseDuration(s)
	if err != nil {
		return nil, fmt.Sprintf("%s is %q, %v", f.Path, s, err)
	}
	within := int64(d) >= f.Min && int64(d) <= f.Max
	if d == 0 {
		within = !f.notZero && (within || f.orZero)
	}
	if !within {
		return nil, fmt.Sprintf("%s is %s", f.Path, s)
	}
	return d, ""
}

func (f Field) parseNode(s string) (any, string) {
	switch {
	case s == "all":
		return -1, ""
	case slices.Contains(f.Accepted, s):
		return Store, ""
	}
	n, ok := nodeIndex(s)
	if !ok {
		return nil, fmt.Sprintf("%s is %q, not the name of a node", f.Path, s)
	}
	return n, ""
}

func (f Field) parseParts(s string) (any, string) {
	p, ok := ParsePair(s)
	if !ok {
		return nil, fmt.Sprintf("%s is %s", f.Path, s)
	}
	return p, ""
}

// put stores a value that parse returned.
func (f Field) put(value any) {
	switch to := f.to.(type) {
	case *string:
		*to = value.(string)
	case *int:
		*to = value.(int)
	case *time.Duration:
		*to = value.(time.Duration)
	case *bool:
		*to = value.(bool)
	case *Pair:
		*to = value.(Pair)
	case *[]Action:
		*to = value.([]Action)
	}
}

// putDefault stores the field's default, if it has one.
func (f Field) putDefault() {
	if f.Default == "" {
		return
	}
	if value, problem := f.parse(f.Default); problem == "" {
		f.put(value)
	}
}

// Store is the number of the shared store, among those of app nodes, for faults
// that can be on either.
const Store = -2

// NodeName is the name of node i, 0-based: app-1 is the first; -1 is all.
func NodeName(i int) string {
	switch {
	case i == Store:
		return StorePart
	case i < 0:
		return "all"
	}
	return "app-" + strconv.Itoa(i+1)
}
