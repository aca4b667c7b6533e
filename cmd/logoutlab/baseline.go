package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness"
	"github.com/logoutlab/logoutlab/harness/gate"
	"github.com/logoutlab/logoutlab/harness/run"
)

func newBaseline() *cobra.Command {
	var replace bool
	cmd := &cobra.Command{
		Use:   "baseline FILE RUNDIR|HISTORY...",
		Short: "Store what runs came to, to hold later runs against it",
		Long: `Baseline judges saved histories and writes what they came to to FILE: of each
variant and seed how many users were logged out, let in after a logout, shown
somebody else's data, locked out or shown an error, and by which causes; the rates
and latencies; and digests of the test and of the design.
` + "`logoutlab run ... --baseline FILE`" + ` holds a run against it, of the same test, on
the same system or on another. A run that is unknown is refused.`,
		Example: "  logoutlab run my-scenario.yaml --substrate loopback --seeds 1..20 --out before\n  logoutlab baseline shop.baseline.json before\n  logoutlab run my-scenario.yaml --substrate loopback --seeds 1..20 --baseline shop.baseline.json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return errors.New("name the file to write, and a run's output directory or a history")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			judged, err := judgeAll(args[1:])
			if err != nil {
				return err
			}
			b := &gate.Baseline{}
			var errs []error
			for _, j := range judged {
				errs = append(errs, b.Add(j.Header, j.Result, j.Judgement))
			}
			if err := errors.Join(errs...); err != nil {
				return err
			}
			if err := writeBaseline(args[0], b, replace); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %d variants, %d runs of logoutlab %s\n", args[0], len(b.Variants), len(judged), b.Version)
			return nil
		},
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "write over a baseline that is there")
	return cmd
}

// writeBaseline writes a new file; in the place of a baseline only if it may.
func writeBaseline(path string, b *gate.Baseline, replace bool) error {
	if !replace {
		return writeNew(path, "another file, or give --replace", func(f *os.File) error { return b.Write(f) })
	}
	if old, err := os.ReadFile(path); err == nil {
		if _, err := gate.Read(path, old); err != nil {
			return fmt.Errorf("--replace replaces a baseline, and nothing else: %w", err)
		}
	}
	next, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return &run.InfrastructureError{Err: err}
	}
	err = errors.Join(b.Write(next), next.Chmod(0o644), next.Close())
	if err == nil {
		err = os.Rename(next.Name(), path)
	}
	if err != nil {
		return &run.InfrastructureError{Err: errors.Join(err, os.Remove(next.Name()))}
	}
	return nil
}

// held is a run that is held against a baseline. A nil one is held against
// nothing.
type held struct {
	file string
	base *gate.Baseline

	mu  sync.Mutex // guards now
	now []gate.Variant
}

// hold reads the baseline, and refuses what it is not of.
func (f *runFlags) hold(ctx context.Context, work planned) (*held, error) {
	if f.baseline == "" {
		return nil, nil
	}
	h, err := newHeld(f.baseline)
	if err != nil {
		return nil, err
	}
	for _, p := range work.plans {
		v := gate.DesignOf(run.Outline(ctx, run.Options{Plan: p, Substrate: work.substrate, Version: harness.Version(), History: work.history}))
		h.now = append(h.now, v)
	}
	expected := slices.Clone(h.now)
	for i, p := range work.plans {
		expected[i].Runs = []gate.Run{{Seed: p.Seed}}
		if f.seeds != nil {
			expected[i].Runs = make([]gate.Run, f.seeds.Count())
			for n := range expected[i].Runs {
				expected[i].Runs[n].Seed = f.seeds.At(n)
			}
		}
	}
	return h, h.accept(harness.Version(), expected)
}

// newHeld reads the baseline.
func newHeld(file string) (*held, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--baseline: %w", err)
	}
	base, err := gate.Read(file, text)
	return &held{file: file, base: base}, err
}

// holdJudged holds judged histories against a baseline, if one is named.
func holdJudged(file, version string, judged []*run.Judged) (*held, error) {
	if file == "" {
		return nil, nil
	}
	h, err := newHeld(file)
	if err != nil {
		return nil, err
	}
	for _, j := range judged {
		h.take(j)
	}
	return h, h.accept(version, h.now)
}

// accept refuses what the baseline is not of.
func (h *held) accept(version string, now []gate.Variant) error {
	for _, v := range now {
		slices.SortFunc(v.Runs, func(a, b gate.Run) int { return cmp.Compare(a.Seed, b.Seed) })
	}
	if err := h.base.Accept(version, now); err != nil {
		return fmt.Errorf("--baseline %s is not of this run:\n  %s", h.file, strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	return nil
}

// note says what the comparison cannot tell, however it comes out.
func (h *held) note(w io.Writer) {
	if h == nil {
		return
	}
	if !harness.Told(h.base.Version) {
		fmt.Fprintf(w, "warning: the baseline is of logoutlab %s, which does not tell what was built: another build may judge otherwise; use a release, or a build of a commit without changes\n", h.base.Version)
	}
	if slices.ContainsFunc(h.now, func(v gate.Variant) bool { return v.Substrate == "sim" }) {
		fmt.Fprintln(w, "note: on sim a run of the same version, system and seed repeats to the byte: only a change of the architecture in the scenario can make it worse or better")
	}
}

// take keeps what one seed's run came to.
func (h *held) take(j *run.Judged) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	v := gate.DesignOf(j.Header)
	i := slices.IndexFunc(h.now, func(o gate.Variant) bool { return o.Name() == v.Name() })
	if i < 0 {
		i = len(h.now)
		h.now = append(h.now, v)
	}
	h.now[i].Runs = append(h.now[i].Runs, gate.RunOf(j.Result, j.Judgement))
}

// compare compares all that was taken; nil if there is no baseline.
func (h *held) compare() *gate.Comparison {
	if h == nil {
		return nil
	}
	for _, v := range h.now {
		slices.SortFunc(v.Runs, func(a, b gate.Run) int { return cmp.Compare(a.Seed, b.Seed) })
	}
	return gate.Compare(h.base, h.file, h.now, gate.Level)
}

// tellComparison writes what came of it, and is an error if anything is worse.
func tellComparison(w io.Writer, c *gate.Comparison) error {
	if c == nil {
		return nil
	}
	for _, line := range c.Lines() {
		fmt.Fprintln(w, line)
	}
	switch {
	case len(c.Alarms()) > 0:
		return outcomeError(exitFails)
	case c.Compared == 0, c.Blind(), len(c.Untested) > 0:
		return outcomeError(exitUnknown)
	}
	return nil
}
