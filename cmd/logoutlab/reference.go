package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/scenarios"
)

// list is something to be listed: as JSON its own fields, or as text.
type list interface {
	text(w io.Writer) error
}

// listedScenario is one scenario of the catalogue.
type listedScenario struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Variants []string `json:"variants"`
}

type catalogue []listedScenario

func readCatalogue() (list, error) {
	var all catalogue
	for _, name := range scenarios.All() {
		s, err := find(name)
		if err != nil {
			return nil, err
		}
		all = append(all, listedScenario{name, s.scenario.Title, s.variants})
	}
	return all, nil
}

func (c catalogue) text(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SCENARIO\tABOUT\tVARIANTS")
	for _, s := range c {
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, s.Title, strings.Join(s.Variants, ", "))
	}
	return w.Flush()
}

// listedField is a field of a scenario file, or a setting of a fault.
type listedField struct {
	Name     string `json:"name"`
	About    string `json:"about"`
	Accepted string `json:"accepted"`
	Default  string `json:"default,omitempty"` // as it would be written, or what it depends on
	Required bool   `json:"required,omitempty"`
}

type fieldList []listedField

func fieldsOf(all []scenario.Field) fieldList {
	var out fieldList
	for _, f := range all {
		out = append(out, listedField{f.Path, f.Doc, f.Accepts(), cmp.Or(f.Default, f.Depends), f.Required})
	}
	return out
}

// standing is whether the field must be given, and what it is if it is not.
func (f listedField) standing() string {
	switch {
	case f.Required:
		return " (required)"
	case f.Default != "":
		return " (default " + f.Default + ")"
	}
	return ""
}

func (l fieldList) text(w io.Writer) error {
	for _, f := range l {
		if _, err := fmt.Fprintf(w, "%s%s\n    %s\n    accepted: %s\n", f.Name, f.standing(), f.About, f.Accepted); err != nil {
			return err
		}
	}
	return nil
}

// listedFault is a fault and its settings, apart from `at`.
type listedFault struct {
	Name     string    `json:"name"`
	About    string    `json:"about"`
	For      string    `json:"for"` // no, optional or required
	Settings fieldList `json:"settings"`
}

type faultList []listedFault

func readFaults() faultList {
	var all faultList
	for _, f := range scenario.FaultSpecs() {
		lasts := "no"
		switch {
		case f.Ends:
			lasts = "required"
		case f.Lasts:
			lasts = "optional"
		}
		settings := append(fieldList{}, fieldsOf(f.Params)...) // never null
		all = append(all, listedFault{f.Name, f.Doc, lasts, settings})
	}
	return all
}

func (l faultList) text(w io.Writer) error {
	for _, f := range l {
		fmt.Fprintf(w, "%s (for: %s)\n    %s\n", f.Name, f.For, f.About)
		for _, s := range f.Settings {
			fmt.Fprintf(w, "    %s%s: %s\n        accepted: %s\n", s.Name, s.standing(), s.About, s.Accepted)
		}
	}
	_, err := fmt.Fprintln(w, "\nAll take `at`, the time of the injection (default 0s). `for` is how long it lasts: without, to the end of the run.")
	return err
}

// listedCause is a cause and what it means.
type listedCause struct {
	Name    string `json:"name"`
	Because string `json:"because"`
}

type causeList []listedCause

func readCauses() causeList {
	var all causeList
	for _, c := range oracle.Causes() {
		all = append(all, listedCause{c, oracle.InWords(c)})
	}
	return all
}

func (l causeList) text(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CAUSE\tBECAUSE")
	for _, c := range l {
		fmt.Fprintf(w, "%s\t%s\n", c.Name, c.Because)
	}
	return w.Flush()
}
