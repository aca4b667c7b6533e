package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Text writes one variant as a file of its own, which [Parse] reads: what its
// file sets, and what else is not so by default. about is the comment at its head.
func (s *Scenario) Text(v Variant, about string) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for _, l := range strings.Split(strings.TrimSpace(about), "\n") {
		line("# %s", l)
	}
	line("scenario: %s\ntitle: %s", s.Name, strconv.Quote(s.Title))
	if s.Culprit != "" {
		line("culprit: %s", strconv.Quote(s.Culprit))
	}
	if topics := s.About.Topics(); len(topics) > 0 {
		line("about:")
		for _, t := range topics {
			line("  %s: %s", t.Field, strconv.Quote(t.Text))
		}
	}
	if s.Seed != nil {
		line("seed: %d", *s.Seed)
	}
	architecture, workload := v.written()
	line("architecture:")
	for _, g := range grouped(architecture) {
		line("  %s", g)
	}
	line("workload:")
	for _, g := range grouped(workload) {
		line("  %s", g)
	}
	if len(v.Script) > 0 {
		line("  script:")
	}
	for _, a := range v.Script {
		line("    - %s", a)
	}
	line("variants:\n  %s:\n    title: %s", v.Name, strconv.Quote(v.Title))
	if len(v.Faults) > 0 {
		line("    faults:")
	}
	for _, f := range v.Faults {
		line("      - %s", f.Entry())
	}
	line("    expect:")
	for _, x := range v.Expect {
		line("      - %s", x)
	}
	return []byte(b.String())
}

// written lists what a file has to set, the script aside: of the workload all that means something.
func (v *Variant) written() (architecture, workload []item) {
	for _, f := range fields(v) {
		value := f.words()
		if f.Kind == Text {
			value = strconv.Quote(value)
		}
		name, ofWorkload := strings.CutPrefix(f.Path, "workload.")
		_, set := v.where[f.Path]
		set = set || f.Default != "" && !f.isDefault()
		switch {
		case ofWorkload && f.Kind != Script && !v.idle(f.Path):
			workload = append(workload, item{name, value})
		case !ofWorkload && set:
			architecture = append(architecture, item{f.Path, value})
		}
	}
	return architecture, workload
}

// Settings lists what is not so by default, as "session.kind=jwt", without
// scripts and faults: equal variants have equal ones, also once there are more
// fields than today. Of a configuration of the user's own it has the file's name.
func (v *Variant) Settings() []string {
	var all []string
	for _, f := range fields(v) {
		if f.Kind != Script && (f.Default == "" || !f.isDefault()) {
			all = append(all, f.Path+"="+f.words())
		}
	}
	return all
}

// item is a setting as a file has it.
type item struct{ path, value string }

// grouped writes settings in order, those of one group as a mapping in braces.
func grouped(items []item) []string {
	var out []string
	for len(items) > 0 {
		name, _, nested := strings.Cut(items[0].path, ".")
		if !nested {
			out = append(out, name+": "+items[0].value)
			items = items[1:]
			continue
		}
		var inner []item
		items = slices.DeleteFunc(slices.Clone(items), func(i item) bool {
			rest, ours := strings.CutPrefix(i.path, name+".")
			if ours {
				inner = append(inner, item{rest, i.value})
			}
			return ours
		})
		out = append(out, name+": {"+strings.Join(grouped(inner), ", ")+"}")
	}
	return out
}

// isDefault tells whether the field has the value that it has by default.
func (f Field) isDefault() bool {
	value, _ := f.parse(f.Default)
	switch to := f.to.(type) {
	case *string:
		return *to == value
	case *int:
		return *to == value
	case *time.Duration:
		return *to == value
	case *bool:
		return *to == value
	}
	return true
}

// String writes the action as a file does.
func (a Action) String() string {
	s := fmt.Sprintf("{user: %d, at: %s, do: %s", a.User, FormatDuration(a.At), a.Do)
	if a.Page > 0 {
		s += fmt.Sprintf(", page: %d", a.Page)
	}
	return s + "}"
}

// Entry writes the fault as a file does, with its times.
func (f Fault) Entry() string {
	s := "{" + f.Text() + ", at: " + FormatDuration(f.At)
	if f.For > 0 {
		s += ", for: " + FormatDuration(f.For)
	}
	return s + "}"
}

// String writes the expectation as a file does.
func (x Expectation) String() string {
	s := fmt.Sprintf("{%s: %q", x.Metric, x.Bound)
	if x.Cause != "" {
		s += ", cause: " + x.Cause
	}
	for _, of := range [][2]string{{"only", x.Only}, {"except", x.Except}} {
		if of[1] != "" {
			s += ", " + of[0] + ": {balancer: " + of[1] + "}"
		}
	}
	return s + "}"
}
