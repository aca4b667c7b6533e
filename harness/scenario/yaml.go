package scenario

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// MaxBytes is the length of the longest file that [Parse] reads.
const MaxBytes = 64 << 10

// Limits on what is read: a scenario is a few kilobytes, and neither a wrong
// file nor aliases that multiply may keep the reader busy.
const (
	maxEntries = 10_000
	maxDepth   = 20 // of aliases and merge keys
)

// reader reads one file's syntax tree and collects what is wrong with it.
type reader struct {
	file    string
	errs    Errors
	anchors map[string]ast.Node
	entries int
	common  Position // of the architecture that the variants share
}

// entry is one key of a mapping.
type entry struct {
	key   string
	at    Position // of the key
	value ast.Node
}

func (r *reader) fail(at Position, msg, accepted, hint string) {
	r.errs = append(r.errs, Error{
		File: r.file, Line: at.Line, Col: at.Col, Msg: msg, Accepted: accepted, Hint: hint})
}

// root parses the source and gives its only document's body; nil if there is
// none to read.
func (r *reader) root(src []byte) ast.Node {
	if len(src) > MaxBytes {
		r.fail(Position{1, 1}, "the file is too long for a scenario", fmt.Sprintf("up to %d bytes", MaxBytes), "")
		return nil
	}
	text, ok := r.decode(src)
	if !ok {
		return nil
	}
	file, err := parseYAML(text)
	if err != nil {
		r.syntax(err)
		return nil
	}
	docs := documents(file)
	if len(docs) == 0 {
		r.fail(Position{1, 1}, "the file is empty", "", "a scenario begins with `scenario: NAME`")
		return nil
	}
	if len(docs) > 1 {
		r.fail(position(docs[1]), "a second YAML document", "one document a file", "put each scenario into a file of its own")
	}
	r.anchors = map[string]ast.Node{}
	ast.Walk(r, docs[0])
	return docs[0]
}

// parseYAML turns a panic of the YAML library, which malformed input has been
// known to provoke, into an error.
func parseYAML(src []byte) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("this is not YAML: %v", p)
		}
	}()
	// Duplicate keys are allowed here to be refused later, all at once.
	return parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
}

func documents(file *ast.File) []ast.Node {
	var bodies []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentType && d.Body.Type() != ast.DirectiveType {
			bodies = append(bodies, d.Body)
		}
	}
	return bodies
}

func (r *reader) syntax(err error) {
	at, msg := Position{1, 1}, err.Error()
	if e, ok := err.(yaml.Error); ok {
		msg = e.GetMessage()
		if t := e.GetToken(); t != nil && t.Position != nil {
			at = Position{t.Position.Line, t.Position.Column}
		}
	}
	r.fail(at, "not valid YAML: "+strings.ReplaceAll(msg, "\t", `\t`), "", syntaxHint(msg))
}

// syntaxHint says what to do about what the YAML library complains of.
func syntaxHint(msg string) string {
	for _, h := range []struct{ says, hint string }{
		{"header option", `a value that begins with > needs quotes, as in "> 1%"`},
		{"character '\t'", "YAML forbids tabs here: indent with spaces"},
		{"not allowed in this context", `indent all fields of a group alike, and put a text with ": " in it in quotes`},
	} {
		if strings.Contains(msg, h.says) {
			return h.hint
		}
	}
	return ""
}

// Visit collects the anchors; it makes the reader an [ast.Visitor].
func (r *reader) Visit(n ast.Node) ast.Visitor {
	anchor, ok := n.(*ast.AnchorNode)
	if !ok || anchor.Name == nil {
		return r
	}
	name := anchor.Name.GetToken().Value
	if _, twice := r.anchors[name]; twice {
		r.fail(position(n), fmt.Sprintf("the anchor %q is defined twice", name), "", "give it another name")
	}
	r.anchors[name] = anchor.Value
	return r
}

// resolve follows anchors and aliases to the node that they stand for.
func (r *reader) resolve(n ast.Node) ast.Node {
	start := n
	for range maxDepth {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.AliasNode:
			name := v.Value.GetToken().Value
			target, ok := r.anchors[name]
			if !ok {
				r.fail(position(v), fmt.Sprintf("no anchor is called %q", name), "", "")
				return nil
			}
			n = target
		default:
			return n
		}
	}
	r.fail(position(start), "aliases that lead in a circle", "", "")
	return nil
}

// position is where a node begins.
func position(n ast.Node) Position {
	if n == nil {
		return Position{1, 1}
	}
	t := n.GetToken()
	switch v := n.(type) {
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return position(v.Values[0].Key)
		}
		t = v.Start
	case *ast.MappingValueNode:
		return position(v.Key)
	}
	if t == nil || t.Position == nil {
		return Position{1, 1}
	}
	return Position{t.Position.Line, t.Position.Column}
}
