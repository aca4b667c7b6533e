package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Load reads the scenario that an argument names, as the command line has it,
// and lists the variants that it asks for: NAME[/VARIANT] of the catalogue, in the
// forms of [Resolve], or FILE[/VARIANT]. Files come before the catalogue. The
// error says what else it may have meant; that of a scenario with
// mistakes is a [scenario.Errors].
func Load(arg string) (*scenario.Scenario, []string, error) {
	s, variant, err := load(arg)
	if err != nil {
		return nil, nil, err
	}
	var variants []string
	for _, v := range s.Variants {
		if variant == "" || variant == v.Name {
			variants = append(variants, v.Name)
		}
	}
	if len(variants) == 0 {
		return nil, nil, fmt.Errorf("%s has no variant %q (accepted: %s)", s.Name, variant, s.VariantNames())
	}
	return s, variants, nil
}

// load reads the scenario and splits a variant off.
func load(arg string) (s *scenario.Scenario, variant string, err error) {
	if arg == "-" {
		return nil, "", errors.New("scenarios are not read from standard input, since results name the file that repeats them: save it, and name the file")
	}
	if trimmed := strings.TrimRight(arg, "/"); trimmed != "" {
		arg = trimmed
	}
	if s, err = parseFile(arg); !errors.Is(err, fs.ErrNotExist) {
		return s, "", err
	}
	if dir, last := filepath.Split(arg); dir != "" {
		if s, err = parseFile(strings.TrimRight(dir, "/")); !errors.Is(err, fs.ErrNotExist) {
			return s, last, err
		}
	}
	name, variant, ok := Resolve(arg)
	if !ok {
		return nil, "", unknown(arg)
	}
	src, err := Source(name)
	if err != nil {
		return nil, "", err
	}
	s, err = scenario.Parse(name, src)
	return s, variant, err
}

// parseFile reads a scenario from a file. The error is [fs.ErrNotExist] if
// there is none, only a directory perhaps.
func parseFile(name string) (*scenario.Scenario, error) {
	src, err := read(name)
	if err != nil {
		return nil, err
	}
	s, err := scenario.Parse(name, src)
	if err != nil {
		return nil, err
	}
	return s, s.ReadConfigs()
}

// read reads a file, as far as a parser wants it. The error is [fs.ErrNotExist]
// if there is none, only a directory perhaps.
func read(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG), err == nil && info.IsDir():
		return nil, fs.ErrNotExist
	case err != nil:
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	return io.ReadAll(io.LimitReader(f, scenario.MaxBytes+1))
}

// unknown says that an argument names nothing, and what it may have meant.
func unknown(arg string) error {
	if info, err := os.Stat(arg); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a directory: name the scenario files in it", arg)
	}
	if near := nearest(arg); near != "" {
		return fmt.Errorf("no scenario or file %q (did you mean %s?)", arg, near)
	}
	return fmt.Errorf("no scenario or file %q (`logoutlab list` shows the catalogue)", arg)
}

// nearest is the scenario of the catalogue, or the file beside the one named,
// that is most like what was written, with a variant or without; "" if none is.
func nearest(arg string) string {
	for _, written := range []string{arg, path.Dir(arg)} {
		dir, base := filepath.Split(written)
		full := map[string]string{}
		files, _ := os.ReadDir(cmp.Or(dir, ".")) // one that cannot be read has nothing to offer
		for _, f := range files {
			if ext := filepath.Ext(f.Name()); ext == ".yaml" || ext == ".yml" {
				full[f.Name()] = filepath.Join(dir, f.Name())
			}
		}
		for _, n := range All() {
			full[n], full[path.Base(n)] = n, n
		}
		words := slices.Sorted(maps.Keys(full))
		if near := cmp.Or(scenario.Nearest(written, words), scenario.Nearest(base, words), containing(base, words)); near != "" {
			return full[near]
		}
	}
	return ""
}

// containing is the first of the words that a part of one stands in.
func containing(part string, words []string) string {
	i := slices.IndexFunc(words, func(w string) bool { return len(part) > 2 && strings.Contains(path.Base(w), part) })
	if i < 0 {
		return ""
	}
	return words[i]
}
