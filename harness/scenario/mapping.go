package scenario

import (
	"fmt"
	"regexp"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// mapping gives the entries of a mapping in file order, merge keys resolved:
// a key of the mapping's own wins over a merged one. what names it in errors;
// ok is false, and an error noted, if it is no mapping.
func (r *reader) mapping(n ast.Node, at Position, what string) (entries []entry, ok bool) {
	return r.merged(n, at, what, 0)
}

func (r *reader) merged(n ast.Node, at Position, what string, depth int) (own []entry, ok bool) {
	pairs, ok := r.pairs(n, at, what, depth)
	if !ok {
		return nil, false
	}
	var merged []entry
	seen := map[string]Position{}
	for _, p := range pairs {
		if p.Key == nil {
			continue
		}
		if p.Key.IsMergeKey() {
			merged = append(merged, r.mergeKey(p, what, depth+1)...)
			continue
		}
		e := entry{key: keyText(p.Key), at: position(p.Key), value: p.Value}
		if first, twice := seen[e.key]; twice {
			r.fail(e.at, fmt.Sprintf("%s is given twice", e.key), "",
				fmt.Sprintf("the first is in line %d; keep one", first.Line))
			continue
		}
		seen[e.key] = e.at
		own = append(own, e)
	}
	for _, e := range merged {
		if _, known := seen[e.key]; !known {
			seen[e.key] = e.at
			own = append(own, e)
		}
	}
	return own, true
}

// pairs gives a mapping's raw pairs, or says that it is none.
func (r *reader) pairs(n ast.Node, at Position, what string, depth int) ([]*ast.MappingValueNode, bool) {
	if depth > maxDepth {
		r.fail(at, "merge keys that lead in a circle", "", "")
		return nil, false
	}
	n = r.resolve(n)
	var pairs []*ast.MappingValueNode
	switch v := n.(type) {
	case *ast.MappingNode:
		pairs = v.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{v}
	default:
		if n != nil {
			r.fail(at, fmt.Sprintf("%s is %s", what, describe(n)), "a mapping", "")
		}
		return nil, false
	}
	return pairs, r.afford(len(pairs), at)
}

// mergeKey gives the entries that a `<<` brings in: of one mapping, or of a
// list of them, where the earlier wins.
func (r *reader) mergeKey(p *ast.MappingValueNode, what string, depth int) []entry {
	at := position(p.Key)
	list, ok := r.resolve(p.Value).(*ast.SequenceNode)
	sources := []ast.Node{p.Value}
	if ok {
		sources = list.Values
	}
	var all []entry
	for _, n := range sources {
		entries, _ := r.merged(n, at, "the merge key of "+what, depth)
		all = append(all, entries...)
	}
	return all
}

// list gives the elements of a list.
func (r *reader) list(n ast.Node, at Position, what string) []ast.Node {
	n = r.resolve(n)
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		if n != nil {
			r.fail(at, fmt.Sprintf("%s is %s", what, describe(n)), "a list", "")
		}
		return nil
	}
	if !r.afford(len(s.Values), at) {
		return nil
	}
	return s.Values
}

// afford counts what has been read, aliases expanded, against the limit.
func (r *reader) afford(n int, at Position) bool {
	before := r.entries
	r.entries += n + 1
	if r.entries <= maxEntries {
		return true
	}
	if before <= maxEntries {
		r.fail(at, fmt.Sprintf("more than %d entries, aliases included", maxEntries), "", "write a smaller scenario")
	}
	return false
}

func keyText(k ast.MapKeyNode) string {
	if s, ok := k.(*ast.StringNode); ok {
		return s.Value
	}
	if t := k.GetToken(); t != nil {
		return t.Value
	}
	return ""
}

// wholeNumber is a number to YAML however large it is; the library takes those
// beyond 64 bits for text.
var wholeNumber = regexp.MustCompile(`^[-+]?[0-9]+$`)

// scalar gives a scalar's text and what kind of scalar it is.
func scalar(n ast.Node) (text string, kind ast.NodeType, ok bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		if v.Token.Type == token.StringType && wholeNumber.MatchString(v.Value) {
			return v.Value, ast.IntegerType, true
		}
		return v.Value, ast.StringType, true
	case *ast.LiteralNode:
		if v.Value == nil {
			return "", ast.StringType, true
		}
		return v.Value.Value, ast.StringType, true
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, n.Type(), true
	case *ast.BoolNode:
		return map[bool]string{true: "true", false: "false"}[v.Value], ast.BoolType, true
	default:
		return "", ast.UnknownNodeType, false
	}
}

// describe says what a node is, for errors.
func describe(n ast.Node) string {
	kind := n.Type()
	if _, of, ok := scalar(n); ok {
		kind = of
	}
	switch kind {
	case ast.NullType:
		return "empty"
	case ast.MappingType, ast.MappingValueType:
		return "a mapping"
	case ast.SequenceType:
		return "a list"
	case ast.BoolType:
		return "true or false"
	case ast.IntegerType, ast.FloatType, ast.InfinityType, ast.NanType:
		return "a number"
	case ast.TagType:
		return "a tagged value"
	default:
		return "text"
	}
}
