package scenario

import (
	"slices"
	"strings"
	"time"
)

// ParseFault reads one fault as it stands in a list of faults, such as
// {node_kill: {node: app-2}, for: 10s}, the outer braces or not, and checks it
// against the variant that it is meant for. The name alone stands for a fault
// without settings. The error is an [Errors].
func ParseFault(v Variant, text string) (Fault, error) {
	r := &reader{file: text}
	kind := "session.kind"
	a := &assembly{reader: r, variant: v.Clone(), set: settings{kind: {value: v.Architecture.Session.Kind}}}
	a.variant.Faults = nil
	if root := r.root([]byte(spelledOut(text))); root != nil {
		if d, ok := r.fault(root, position(root)); ok {
			a.takeFaults([]draft{d})
		}
	}
	if len(r.errs) == 0 {
		return a.variant.Faults[0], nil
	}
	errs := r.errs.sorted()
	for i := range errs {
		errs[i].Line, errs[i].Col = 0, 0 // the text is one line
	}
	return Fault{}, errs
}

func spelledOut(text string) string {
	if name := strings.TrimSpace(text); slices.Contains(faultNames(), name) {
		return "{" + name + ": {}}"
	}
	return text
}

// Lasting adds `for` to the text of a fault, as [ParseFault] reads it.
func Lasting(text string, d time.Duration) string {
	text = strings.TrimSpace(spelledOut(text))
	last := "for: " + FormatDuration(d)
	switch inner, braced := strings.CutSuffix(text, "}"); {
	case braced && strings.HasPrefix(text, "{"):
		return inner + ", " + last + "}"
	case strings.Contains(text, "\n"):
		return text + "\n" + last
	}
	return "{" + text + ", " + last + "}"
}

// Text writes the fault as a scenario file does, without its times.
func (f Fault) Text() string {
	var words []string
	spec, _ := faultSpec(f.Name, &f.Params)
	for _, p := range spec.Params {
		if !p.absent() {
			words = append(words, p.Path+": "+p.words())
		}
	}
	return f.Name + ": {" + strings.Join(words, ", ") + "}"
}
