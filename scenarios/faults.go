package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Faults is what the architectures are compared under: the catalogue's named
// lists of faults, in the order of their file.
func Faults() ([]scenario.FaultSet, error) {
	const name = "faults.yaml"
	src, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return scenario.ParseFaultSets("scenarios/"+name, src)
}

// ChooseFaults finds lists of faults as the command line names them: NAME of the
// catalogue, or FILE[/NAME] of the user's own. "none" stands for none of them,
// and no names at all for the whole catalogue.
func ChooseFaults(names []string) ([]scenario.FaultSet, error) {
	catalogue, err := Faults()
	if err != nil || len(names) == 0 {
		return catalogue, err
	}
	var chosen []scenario.FaultSet
	var errs []error
	for _, name := range names {
		some, err := chooseFaults(catalogue, name)
		errs = append(errs, err)
		for _, f := range some {
			if i := slices.IndexFunc(chosen, func(x scenario.FaultSet) bool { return x.Name == f.Name }); i >= 0 {
				errs = append(errs, fmt.Errorf("%s is named twice: %s and %s", f.Name, chosen[i].Ref(), f.Ref()))
			}
		}
		chosen = append(chosen, some...)
	}
	return chosen, errors.Join(errs...)
}

func chooseFaults(catalogue []scenario.FaultSet, name string) ([]scenario.FaultSet, error) {
	if name == scenario.NoFault {
		return nil, nil
	}
	if i := slices.IndexFunc(catalogue, func(f scenario.FaultSet) bool { return f.Name == name }); i >= 0 {
		return catalogue[i : i+1], nil
	}
	if own, err := parseFaults(name); !errors.Is(err, fs.ErrNotExist) {
		return own, err
	}
	if dir, last := filepath.Split(name); dir != "" {
		if own, err := parseFaults(strings.TrimRight(dir, "/")); !errors.Is(err, fs.ErrNotExist) {
			return named(own, last, name, err)
		}
	}
	return named(catalogue, name, path.Base(name), nil)
}

// named is the list of that name.
func named(all []scenario.FaultSet, name, arg string, err error) ([]scenario.FaultSet, error) {
	if err != nil {
		return nil, err
	}
	accepted := []string{scenario.NoFault}
	for i, f := range all {
		if f.Name == name {
			return all[i : i+1], nil
		}
		accepted = append(accepted, f.Name)
	}
	hint := ""
	if near := scenario.Nearest(name, accepted); near != "" {
		hint = "; did you mean " + near + "?"
	}
	return nil, fmt.Errorf("no faults or file %q (accepted: %s, or FILE[/NAME]%s)", arg, strings.Join(accepted, ", "), hint)
}

// parseFaults reads lists of faults from a file of the user's own.
func parseFaults(name string) ([]scenario.FaultSet, error) {
	src, err := read(name)
	if err != nil {
		return nil, err
	}
	sets, err := scenario.ParseFaultSets(name, src)
	for i := range sets {
		sets[i].Own = true
	}
	return sets, err
}
