package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed mutants.yaml
var list []byte

// mutant is a fault to plant: a text in a file, and what takes its place.
type mutant struct {
	Name   string   `yaml:"name"`
	Breaks string   `yaml:"breaks"` // what is wrong with it, in a sentence
	File   string   `yaml:"file"`   // from the repository's root
	Old    string   `yaml:"old"`    // is in the file once
	New    string   `yaml:"new"`
	Tests  []string `yaml:"tests"` // packages beside the file's own whose tests may catch it
}

func mutants() ([]mutant, error) {
	var all []mutant
	if err := yaml.UnmarshalWithOptions(list, &all, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("mutants.yaml: %w", err)
	}
	return all, nil
}

// packages are those whose tests may catch the mutant, its own first.
func (m *mutant) packages() []string {
	return append([]string{"./" + filepath.ToSlash(filepath.Dir(m.File))}, m.Tests...)
}

// mutated is the file with the fault in it.
func (m *mutant) mutated(root string) (string, error) {
	source, err := os.ReadFile(filepath.Join(root, m.File))
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(source), m.Old); n != 1 {
		return "", fmt.Errorf("its text is %d times in %s, not once: bring mutants.yaml up to date", n, m.File)
	}
	return strings.Replace(string(source), m.Old, m.New, 1), nil
}
