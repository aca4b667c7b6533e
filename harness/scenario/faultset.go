package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// NoFault is what the absence of faults is called; no [FaultSet] may be.
const NoFault = "none"

// FaultSet is faults that belong together, under a name: what can be done to
// any architecture that has what they need. The zero value is no faults.
type FaultSet struct {
	Name   string // as in the file, e.g. "clock-skew"
	Title  string
	File   string
	Line   int
	Own    bool // it is not the catalogue's
	drafts []draft
}

// Ref names it on a command line: by its name, or by its file too if that is the
// user's own.
func (s FaultSet) Ref() string {
	if s.Own {
		return s.File + "/" + s.Name
	}
	return s.Name
}

// ParseFaultSets reads a file of named lists of faults, in file order. file
// names it in errors. The error is an [Errors] with everything that is wrong
// whatever architecture they meet; what is wrong with one of them [FaultSet.On]
// says.
func ParseFaultSets(file string, src []byte) ([]FaultSet, error) {
	r := &reader{file: file}
	var sets []FaultSet
	if root := r.root(src); root != nil {
		sets = r.faultSets(root)
	}
	if len(r.errs) > 0 {
		return nil, r.errs.sorted()
	}
	return sets, nil
}

const faultSetHint = "write {NAME: {title: ..., inject: [{node_kill: {node: app-2}, at: 5m}]}}"

func (r *reader) faultSets(root ast.Node) []FaultSet {
	top := position(root)
	known, ok := r.byKey(root, top, "the file", "faults")
	if !ok {
		return nil
	}
	e, ok := known["faults"]
	if !ok {
		r.fail(top, "faults is missing", "", faultSetHint)
		return nil
	}
	entries, ok := r.mapping(e.value, e.at, "faults")
	if ok && len(entries) == 0 {
		r.fail(e.at, "faults is empty", "", faultSetHint)
	}
	var sets []FaultSet
	for _, x := range entries {
		r.checkName(x.key, x.at)
		if x.key == NoFault {
			r.fail(x.at, fmt.Sprintf("%q stands for no faults at all", x.key), nameForm, "give it another name")
		}
		sets = append(sets, r.faultSet(x))
	}
	return sets
}

func (r *reader) faultSet(x entry) FaultSet {
	s := FaultSet{Name: x.key, Title: x.key, File: r.file, Line: x.at.Line}
	known, ok := r.byKey(x.value, x.at, x.key, "title", "inject")
	if !ok {
		return s
	}
	r.text(known, "title", &s.Title)
	list, ok := known["inject"]
	if !ok {
		r.fail(x.at, x.key+" injects nothing", "", faultSetHint)
		return s
	}
	before := len(r.errs)
	s.drafts = r.faults(list.value, list.at, nil, true)
	if len(s.drafts) == 0 && len(r.errs) == before {
		r.fail(list.at, x.key+" injects nothing", "", faultSetHint)
	}
	return s
}

// Faults lists the faults' own names, in order.
func (s FaultSet) Faults() []string {
	var names []string
	for _, d := range s.drafts {
		names = append(names, d.Name)
	}
	return names
}

// On is the variant with these faults in place of its own. The error is an
// [Errors] that says why the architecture or the workload cannot have them. The
// catalogue's faults, which say "one node", are on the last one where there are
// fewer; those of a user's own are on the node that they name.
func (s FaultSet) On(v Variant) (Variant, error) {
	r := &reader{file: s.File}
	a := &assembly{reader: r, variant: v.Clone(), set: settings{
		"session.kind": {value: v.Architecture.Session.Kind}, "client.kind": {value: v.Architecture.Client.Kind},
	}}
	a.variant.Faults = nil
	drafts := make([]draft, len(s.drafts))
	for i, d := range s.drafts {
		d.told = map[string]bool{} // to others it may be said again
		if !s.Own {
			d.fit(v.Architecture.Nodes)
		}
		drafts[i] = d
	}
	a.takeFaults(drafts)
	if len(r.errs) > 0 {
		return Variant{}, r.errs.sorted()
	}
	return a.variant, nil
}

// fit puts a fault on the last node if the one that it names does not exist.
func (d *draft) fit(nodes int) {
	p := &d.Params
	p.Node = min(p.Node, nodes-1) // all of them, and the store, are below 0
	for i, part := range p.Between {
		if n, ok := nodeIndex(part); ok {
			p.Between[i] = NodeName(min(n, nodes-1))
		}
	}
}

// Lacking reports whether all that is wrong is that the architecture has no such
// part: no store, no keys, no phones, no cache.
func (e Errors) Lacking() bool {
	return len(e) > 0 && !slices.ContainsFunc(e, func(x Error) bool { return !x.Lacks })
}

// Reasons are the messages of the errors alone, without their places, for
// where it is known what they are about.
func (e Errors) Reasons() string {
	var all []string
	for _, x := range e {
		all = append(all, x.Msg)
	}
	return strings.Join(all, "; ")
}

// Latest is when the last of the faults begins.
func (s FaultSet) Latest() time.Duration {
	var at time.Duration
	for _, d := range s.drafts {
		at = max(at, d.At)
	}
	return at
}
