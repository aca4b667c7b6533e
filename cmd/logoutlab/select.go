package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
// file, either with /VARIANT; or everything in the catalogue.
func choose(args []string, all bool) ([]selected, error) {
	if all {
		if len(args) > 0 {
			return nil, errors.New("--all and names exclude each other")
		}
		args = scenarios.Names()
	}
	if len(args) == 0 {
		return nil, errors.New("name a scenario, a file, or --all (`logoutlab list` shows the catalogue)")
	}
	var out []selected
	var errs []error
	for _, a := range args {
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

// find resolves one argument.
func find(arg string) (selected, error) {
	s, variant, err := load(arg)
	if err != nil {
		return selected{}, err
	}
	out := selected{scenario: s}
	var names []string
	for _, v := range s.Variants {
		names = append(names, v.Name)
		if variant == "" || variant == v.Name {
			out.variants = append(out.variants, v.Name)
		}
	}
	if len(out.variants) == 0 {
		return out, fmt.Errorf("%s has no variant %q (accepted: %s)", s.Name, variant, strings.Join(names, ", "))
	}
	return out, nil
}

// load reads the scenario that an argument names, and splits a variant off.
func load(arg string) (*scenario.Scenario, string, error) {
	if s, err := parseFile(arg); !errors.Is(err, fs.ErrNotExist) {
		return s, "", err
	}
	if dir, variant := filepath.Split(arg); dir != "" {
		if s, err := parseFile(strings.TrimSuffix(dir, "/")); !errors.Is(err, fs.ErrNotExist) {
			return s, variant, err
		}
	}
	name, variant, ok := scenarios.Resolve(arg)
	if !ok {
		return nil, "", fmt.Errorf("no scenario or file %q%s", arg, hint(arg))
	}
	src, err := scenarios.Source(name)
	if err != nil {
		return nil, "", err
	}
	s, err := scenario.Parse(name, src)
	return s, variant, err
}

func parseFile(path string) (*scenario.Scenario, error) {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return nil, fs.ErrNotExist
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return scenario.Parse(path, src)
}

func hint(arg string) string {
	var near []string
	for _, n := range scenarios.Names() {
		if strings.Contains(n, strings.Trim(filepath.Base(arg), "/")) {
			near = append(near, n)
		}
	}
	if len(near) > 0 {
		return fmt.Sprintf(" (did you mean %s?)", strings.Join(near, " or "))
	}
	return " (`logoutlab list` shows the catalogue)"
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
