package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// hunt plants mutants in an overlay (see go help build, -overlay): the working
// tree stays as it is.
type hunt struct {
	root string // of the repository
	dir  string // for all that is made
}

func newHunt() (*hunt, error) {
	module, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOMOD: %w", err)
	}
	dir, err := os.MkdirTemp("", "mutants-")
	return &hunt{root: filepath.Dir(strings.TrimSpace(string(module))), dir: dir}, err
}

func (h *hunt) end() error { return os.RemoveAll(h.dir) }

// sound makes sure that nothing is caught where nothing was planted.
func (h *hunt) sound(ctx context.Context, all []mutant) error {
	verdict, err := h.verdict(ctx, "")
	if err != nil {
		return err
	}
	if verdict != "" {
		return fmt.Errorf("without a mutant, %s", verdict)
	}
	var packages []string
	for i := range all {
		packages = append(packages, all[i].packages()...)
	}
	slices.Sort(packages)
	failed, err := h.test(ctx, "", slices.Compact(packages))
	if err == nil && failed != "" {
		err = fmt.Errorf("without a mutant, %s", failed)
	}
	return err
}

// catches tells what catches a mutant; "" if nothing does.
func (h *hunt) catches(ctx context.Context, m mutant) (by string, err error) {
	overlay, err := h.plant(m)
	if err != nil {
		return "", err
	}
	by, err = h.verdict(ctx, overlay)
	if err != nil || by != "" {
		return by, err
	}
	return h.test(ctx, overlay, m.packages())
}

// plant writes the mutated file, and the overlay that puts it into the tree.
func (h *hunt) plant(m mutant) (overlay string, err error) {
	text, err := m.mutated(h.root)
	if err != nil {
		return "", err
	}
	file := filepath.Join(h.dir, m.Name+".go")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", err
	}
	mapping, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(h.root, m.File): file}})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(h.dir, m.Name+".json")
	return overlay, os.WriteFile(overlay, mapping, 0o600)
}

// verdict runs the catalogue in the simulator, and tells the first variant that
// is not as expected; "" if all are.
func (h *hunt) verdict(ctx context.Context, overlay string) (string, error) {
	binary, out := filepath.Join(h.dir, "logoutlab"), filepath.Join(h.dir, "out")
	if text, err := h.command(ctx, "go", "build", "-overlay="+overlay, "-o", binary, "./cmd/logoutlab"); err != nil {
		return "", fmt.Errorf("does not build: %w\n%s", err, text)
	}
	if err := os.RemoveAll(out); err != nil {
		return "", err
	}
	text, err := h.command(ctx, binary, "run", "--all", "--substrate", "sim", "--out", out)
	if err == nil {
		return "", nil
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 && exit.ExitCode() != 2 {
		return "", fmt.Errorf("%w\n%s", err, text)
	}
	return firstOdd(filepath.Join(out, "summary.json"))
}

// firstOdd is the first variant of a suite that is not as expected, and why.
func firstOdd(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var suite struct {
		Results []struct {
			Scenario, Variant, Outcome, Why string
			Expectations                    []struct {
				Text     string
				Holds    bool
				Observed string
			}
		}
	}
	if err := json.Unmarshal(text, &suite); err != nil {
		return "", err
	}
	for _, r := range suite.Results {
		if r.Outcome == "pass" {
			continue
		}
		for _, x := range r.Expectations {
			if !x.Holds {
				return fmt.Sprintf("verdict: %s/%s: %s, observed %s", r.Scenario, r.Variant, x.Text, x.Observed), nil
			}
		}
		return fmt.Sprintf("verdict: %s/%s is %s: %s", r.Scenario, r.Variant, r.Outcome, r.Why), nil
	}
	return "", fmt.Errorf("no variant in %s is odd, but the run said so", file)
}

var failing = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)

// test runs the tests of packages, and tells the first that fails; "" if none
// does.
func (h *hunt) test(ctx context.Context, overlay string, packages []string) (string, error) {
	args := append([]string{"test", "-overlay=" + overlay, "-failfast", "-timeout=5m"}, packages...)
	text, err := h.command(ctx, "go", args...)
	if err == nil {
		return "", nil
	}
	if m := failing.FindSubmatch(text); m != nil {
		return "test: " + string(m[1]), nil
	}
	if bytes.Contains(text, []byte("panic: ")) && !bytes.Contains(text, []byte("[build failed]")) {
		return "test: panic", nil
	}
	return "", fmt.Errorf("%w\n%s", err, text)
}

func (h *hunt) command(ctx context.Context, name string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = h.root
	text, err := c.CombinedOutput()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return text, err
}
