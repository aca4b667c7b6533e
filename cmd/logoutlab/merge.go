package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/shard"
	"github.com/logoutlab/logoutlab/reports"
)

// divide leaves one shard of what was to run, and notes what all of it is.
func (f *runFlags) divide(cmd *cobra.Command, work *planned) error {
	if f.shard.Of > len(work.plans) {
		return fmt.Errorf("--shard %s: there are %d variants to run, and an empty shard would prove nothing: use at most %d shards", f.shard, len(work.plans), len(work.plans))
	}
	r := &shard.Record{Shard: f.shard, Version: harness.Version(), Substrate: f.substrate, Command: commandLine(cmd, "shard")}
	digest := sha256.New()
	var seeds []string
	for _, p := range work.plans {
		name := p.Scenario.Name + "/" + p.Variant.Name
		seed := fmt.Sprint(p.Seed)
		if f.seeds != nil {
			seed = f.seeds.String()
		}
		if !slices.Contains(seeds, seed) {
			seeds = append(seeds, seed)
		}
		o := run.Options{Plan: p, Substrate: work.substrate, History: work.history}
		fmt.Fprintf(digest, "%s %s %s %v %s\n", name, p.Design(), seed, p.Compress, o.Repeat())
		r.Selection = append(r.Selection, name)
	}
	r.Seeds, r.Digest = strings.Join(seeds, ", "), hex.EncodeToString(digest.Sum(nil))
	work.plans, work.shard = shard.Take(f.shard, work.plans), r
	return nil
}

func newMerge() *cobra.Command {
	var out, baseline string
	var ci ciFlags
	cmd := &cobra.Command{
		Use:   "merge DIR... --out DIR",
		Short: "Make one result of the shards of a suite",
		Long: `Merge takes the output directories of all shards of a suite (logoutlab run --shard
I/N), in any order, and writes what one run of the whole suite would have written:
the same reports, histories and results, but for times. Shards of another version,
substrate, seed or selection are refused, and so is a set with a gap or an overlap,
which are named. All histories are judged again: a file of results that says otherwise
is refused. The exit code is that of the whole.`,
		Example: "  logoutlab run --all --substrate sim --shard 1/2 --out a\n  logoutlab run --all --substrate sim --shard 2/2 --out b\n  logoutlab merge a b --out whole",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("name the output directories of all shards")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := readShards(args)
			if err != nil {
				return err
			}
			if err := outside(out, args); err != nil {
				return err
			}
			judged, err := all.judged()
			if err != nil {
				return err
			}
			against, err := all.hold(baseline)
			if err != nil {
				return err
			}
			against.note(cmd.ErrOrStderr())
			f := runFlags{ciFlags: ci, out: out}
			dir, unwritable, err := f.makeOut(cmd.ErrOrStderr(), time.Now())
			if err != nil {
				return err
			}
			suite := suiteOf(judged, all.missing())
			suite.Version, suite.Started, suite.Command, suite.Gate = all.record.Version, all.started(), all.record.Command, against.compare()
			err = errors.Join(unwritable, all.copyTo(dir), all.failed(), f.write(cmd, dir, suite), f.print(cmd.OutOrStdout(), judged, len(all.record.Selection)))
			return f.end(cmd, suite, err)
		},
	}
	fl := cmd.Flags()
	fl.Var(&value[string]{&out, "", "DIR", readGiven("names of directories, new or empty")}, "out", "new directory for the result of the whole (default: "+outDefault+"/DATE-TIME)")
	fl.Var(&value[string]{&baseline, "", "FILE", readGiven("files that `logoutlab baseline` wrote")}, "baseline", "hold the whole against this stored one: exit 1 if it is worse")
	ci.add(cmd)
	return cmd
}

// outside refuses to write into one of the directories that are read; "" is a new
// one below the current directory, which may be in one as well.
func outside(out string, dirs []string) error {
	out = cmp.Or(out, outDefault)
	for _, dir := range dirs {
		for up := resolved(out); ; up = filepath.Dir(up) {
			if up == resolved(dir) {
				return fmt.Errorf("--out %s is inside of the shard %s, which is only read: name a directory elsewhere", out, dir)
			}
			if up == filepath.Dir(up) {
				break
			}
		}
	}
	return nil
}

// resolved is the absolute path without symbolic links, as far as it exists.
func resolved(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil || abs == filepath.Dir(abs) {
		return cmp.Or(real, abs)
	}
	return filepath.Join(resolved(filepath.Dir(abs)), filepath.Base(abs))
}

// shards are the directories of a suite, all of them.
type shards struct {
	record *shard.Record // of the first
	dirs   []string
	saved  []*reports.Saved
}

// readShards reads what the directories say of themselves, and refuses those
// that are not the shards of one suite.
func readShards(dirs []string) (*shards, error) {
	s := &shards{dirs: dirs}
	var parts []shard.Part
	var errs []error
	for _, dir := range dirs {
		name := filepath.Join(dir, reports.SummaryFile)
		text, err := os.ReadFile(name)
		if err != nil {
			errs = append(errs, fmt.Errorf("%w: name the output directory of a shard that was run to its end", err))
			continue
		}
		saved, err := reports.ReadSummary(name, text)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		part := shard.Part{Dir: dir, Record: saved.Shard}
		for _, r := range saved.Results {
			part.Has = append(part.Has, r.Scenario+"/"+r.Variant)
		}
		for _, n := range saved.NotRun {
			if !n.Excluded {
				part.Has = append(part.Has, n.Scenario+"/"+n.Variant)
			}
		}
		s.saved, parts = append(s.saved, saved), append(parts, part)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if err := shard.Check(parts); err != nil {
		return nil, err
	}
	s.record = parts[0].Record
	return s, nil
}

// inOrder sorts by the suite's order of variants.
func (s *shards) inOrder(a, b string) int {
	return cmp.Compare(slices.Index(s.record.Selection, a), slices.Index(s.record.Selection, b))
}

// judged judges all histories again. What the shards' files say must be what
// that comes to.
func (s *shards) judged() ([]*run.Judged, error) {
	var out []*run.Judged
	var errs []error
	for i, saved := range s.saved {
		for _, r := range saved.Results {
			dir := filepath.Join(s.dirs[i], r.Scenario, r.Variant)
			j, err := judgeVariant(dir, r)
			if err == nil {
				err = asJudged(filepath.Join(s.dirs[i], reports.SummaryFile), r, j.Result)
			}
			if err != nil {
				errs = append(errs, err)
				continue
			}
			out = append(out, j)
		}
	}
	slices.SortFunc(out, func(a, b *run.Judged) int {
		return s.inOrder(a.Header.Scenario+"/"+a.Header.Variant, b.Header.Scenario+"/"+b.Header.Variant)
	})
	return out, errors.Join(errs...)
}

// judgeVariant judges a variant's history, or those of all its seeds; r is what
// was saved of it.
func judgeVariant(dir string, r *result.Result) (*run.Judged, error) {
	if r.Replications == nil {
		return judgeSaved(dir)
	}
	found, err := filepath.Glob(filepath.Join(dir, "seed-*", run.ResultFile))
	if err != nil {
		return nil, err
	}
	all := &replicas{seeds: r.Replications.Seeds, whole: map[result.Outcome]*run.Judged{}}
	for _, name := range found {
		j, err := judgeSaved(filepath.Dir(name))
		if err != nil {
			return nil, err
		}
		all.keep(j)
	}
	j, err := all.sum(r.Replications.Repeat)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", dir, err)
	case j == nil:
		return nil, fmt.Errorf("%s holds no seed-N/%s: the results of its seeds were taken away", dir, run.ResultFile)
	}
	return j, savedAs(dir, j.Result)
}

// judgeSaved judges the one history of a directory, and holds the result beside
// it against that.
func judgeSaved(dir string) (*run.Judged, error) {
	j, err := judgeDir(dir)
	if err != nil {
		return nil, err
	}
	return j, savedAs(dir, j.Result)
}

// savedAs refuses a directory whose result is not what judging comes to.
func savedAs(dir string, judged *result.Result) error {
	name := filepath.Join(dir, run.ResultFile)
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	saved := &result.Result{}
	if err := json.Unmarshal(text, saved); err != nil {
		return fmt.Errorf("%s: %w: the file is damaged", name, err)
	}
	return asJudged(name, saved, judged)
}

// asJudged refuses the result that a file has if judging comes to another one.
func asJudged(file string, saved, judged *result.Result) error {
	var fields [2]map[string]json.RawMessage
	for i, r := range []*result.Result{saved, judged} {
		text, err := json.Marshal(r)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &fields[i]); err != nil {
			return err
		}
	}
	others := map[string]bool{}
	for _, all := range fields {
		for name := range all {
			if !bytes.Equal(fields[0][name], fields[1][name]) {
				others[name] = true
			}
		}
	}
	if len(others) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %s/%s is judged otherwise than the file says (%s): it was edited, is of another run, or this version judges otherwise: run the shard again",
		file, judged.Scenario, judged.Variant, strings.Join(slices.Sorted(maps.Keys(others)), ", "))
}

// judgeDir judges the one history of a directory.
func judgeDir(dir string) (*run.Judged, error) {
	if _, err := os.Stat(filepath.Join(dir, run.WholeFile)); err == nil {
		return run.JudgeFile(filepath.Join(dir, run.WholeFile))
	}
	return run.JudgeFile(filepath.Join(dir, run.HistoryFile))
}

// missing is what was not run, as it would be listed had there been one run.
func (s *shards) missing() []reports.NotRun {
	var out, excluded []reports.NotRun
	for i, saved := range s.saved {
		for _, n := range saved.NotRun {
			switch {
			case !n.Excluded:
				out = append(out, n)
			case i == 0: // each shard leaves out the same
				excluded = append(excluded, n)
			}
		}
	}
	slices.SortFunc(out, func(a, b reports.NotRun) int {
		return s.inOrder(a.Scenario+"/"+a.Variant, b.Scenario+"/"+b.Variant)
	})
	return append(out, excluded...)
}

// failed is the failure of the infrastructure in any shard.
func (s *shards) failed() error {
	for _, n := range s.missing() {
		if n.Failed {
			return &run.InfrastructureError{Err: fmt.Errorf("%s/%s could not be run: %s", n.Scenario, n.Variant, n.Why)}
		}
	}
	return nil
}

// started is when the first shard began.
func (s *shards) started() time.Time {
	first := s.saved[0].Started
	for _, saved := range s.saved {
		if saved.Started.Before(first) {
			first = saved.Started
		}
	}
	return first
}

// hold holds all runs, of every seed, against a baseline.
func (s *shards) hold(baseline string) (*held, error) {
	if baseline == "" {
		return nil, nil
	}
	judged, err := judgeAll(s.dirs)
	if err != nil {
		return nil, err
	}
	return holdJudged(baseline, s.record.Version, judged)
}

// copyTo copies the variants' files.
func (s *shards) copyTo(to string) error {
	var errs []error
	for i, saved := range s.saved {
		for _, name := range shard.Take(saved.Shard.Shard, s.record.Selection) {
			from := filepath.Join(s.dirs[i], name)
			if _, err := os.Stat(from); err == nil { // not of one that was never begun
				errs = append(errs, os.CopyFS(filepath.Join(to, name), os.DirFS(from)))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return &run.InfrastructureError{Err: err}
	}
	return nil
}
