package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/scenarios"
)

// selected is a scenario and the variants of it that were asked for.
type selected struct {
	scenario *scenario.Scenario
	variants []string
}

// choose turns command-line arguments into scenarios: a catalogue name, a
// file, either with /VARIANT; a group of the catalogue; or all culprits.
func choose(args []string, all bool) ([]selected, error) {
	if all {
		if len(args) > 0 {
			return nil, errors.New("--all and names exclude each other")
		}
		args = scenarios.Names()
	}
	if len(args) == 0 {
		return nil, errors.New("name a scenario, a group, a file, or --all (`logoutlab list` shows the catalogue)")
	}
	var out []selected
	var errs []error
	for _, a := range spelledOut(args) {
		s, err := find(a)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, s)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return distinct(out)
}

// spelledOut has a group's scenarios in the place of its name.
func spelledOut(args []string) []string {
	var out []string
	for _, a := range args {
		if group := scenarios.Group(strings.TrimRight(a, "/")); len(group) > 0 {
			out = append(out, group...)
		} else {
			out = append(out, a)
		}
	}
	return out
}

// find resolves one argument.
func find(arg string) (selected, error) {
	s, variants, err := scenarios.Load(arg)
	return selected{s, variants}, err
}

// distinct refuses two scenarios of one name: they would share a directory.
func distinct(sel []selected) ([]selected, error) {
	seen := map[string]string{}
	for _, s := range sel {
		for _, v := range s.variants {
			key := s.scenario.Name + "/" + v
			if other, ok := seen[key]; ok {
				return nil, fmt.Errorf("%s is named twice: %s and %s", key, other, s.scenario.File)
			}
			seen[key] = s.scenario.File
		}
	}
	return sel, nil
}
