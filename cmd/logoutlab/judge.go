package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/reports"
)

func newJudge() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "judge RUNDIR|HISTORY...",
		Short:   "Judge saved histories again, offline",
		Long:    "Judge reads saved histories, as a run's output directory or one by one, and gives\nthe same verdicts as the run did. It writes nothing.\n\nOf a run with --history affected it judges the users again whose history is kept,\nholds their verdicts against those of the run, and gives what the whole run came\nto as it was.",
		Example: "  logoutlab judge logoutlab-out/20260102-150405\n  logoutlab judge results/clock-skew/broken/history.jsonl.gz --json",
		Args:    needHistories,
		RunE: func(cmd *cobra.Command, args []string) error {
			judged, err := judgeAll(args)
			if err != nil {
				return err
			}
			f := runFlags{ciFlags: ciFlags{json: asJSON}}
			if err := f.print(cmd.OutOrStdout(), judged, len(judged)); err != nil {
				return err
			}
			shown := newProgress(cmd.ErrOrStderr(), len(judged))
			names := namesOf(headersOf(judged))
			for i, j := range judged {
				shown.line(names[i], outcomeLine(j.Result, keptOf(j.Result)))
			}
			shown.close()
			return verdictOf(resultsOf(judged))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result (an array for several histories) on standard output")
	return cmd
}

// keptOf says whose history was judged, if it was not everybody's.
func keptOf(r *result.Result) string {
	switch k := r.HistoryOf; {
	case k == nil:
		return ""
	case k.Why != "":
		return " (the run's own counts: nobody's history is kept: " + k.Why + ")"
	default:
		return fmt.Sprintf(" (the run's own counts; the %d of %d harmed users whose history is kept, and %d others, judged again: as they were)", k.Harmed, k.Of, k.Others)
	}
}

func newReport() *cobra.Command {
	var out, format string
	cmd := &cobra.Command{
		Use:     "report RUNDIR|HISTORY...",
		Short:   "Write a report from saved histories",
		Long:    "Report judges saved histories and writes one report of them all: as an HTML file\nfor people, as JUnit XML, JSON or TAP (the Test Anything Protocol, version 14) for tools, or\nas Markdown for a job summary.",
		Example: "  logoutlab report results --out again.html\n  logoutlab report results --format markdown >> \"$GITHUB_STEP_SUMMARY\"",
		Args:    needHistories,
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := formats[format]
			if !ok {
				return fmt.Errorf("unknown --format %q (accepted: html, junit, json, markdown, tap)", format)
			}
			judged, err := judgeAll(args)
			if err != nil {
				return err
			}
			s := suiteOf(judged, nil)
			s.Started, s.Command = judged[0].Result.Started, repeats(judged)
			if out == "" {
				return write(cmd.OutOrStdout(), s)
			}
			return writeNew(out, "another file with --out", func(f *os.File) error { return write(f, s) })
		},
	}
	fl := cmd.Flags()
	fl.Var(&value[string]{&out, "", "FILE", readGiven("names of files that do not exist")}, "out", "file to write, which must not exist (default: standard output)")
	fl.StringVar(&format, "format", "html", "html, junit, json, markdown or tap")
	complete(cmd, "format", "html", "junit", "json", "markdown", "tap")
	return cmd
}

// namesOf names histories, with their seeds where a variant is there with
// several.
func namesOf(headers []history.Header) []string {
	first, several := map[string]uint64{}, map[string]bool{}
	names := make([]string, len(headers))
	for i, h := range headers {
		names[i] = h.Scenario + "/" + h.Variant
		if seed, seen := first[names[i]]; seen && seed != h.Seed {
			several[names[i]] = true
		} else {
			first[names[i]] = h.Seed
		}
	}
	for i, h := range headers {
		if several[names[i]] {
			names[i] += fmt.Sprintf(", seed %d", h.Seed)
		}
	}
	return names
}

func headersOf(judged []*run.Judged) []history.Header {
	var out []history.Header
	for _, j := range judged {
		out = append(out, j.Header)
	}
	return out
}

func needHistories(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return errors.New("name a run's output directory, or a history")
	}
	return nil
}

var formats = map[string]reports.Writer{
	"html": reports.HTML, "junit": reports.JUnit, "json": reports.Summary, "markdown": reports.Markdown, "tap": reports.TAP,
}

// judgeAll judges every history that the arguments name.
func judgeAll(args []string) ([]*run.Judged, error) {
	var out []*run.Judged
	var errs []error
	for _, a := range args {
		paths, err := histories(a)
		errs = append(errs, err)
		for _, p := range paths {
			j, err := run.JudgeFile(p)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			out = append(out, j)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return out, nil
}

// histories lists the history files below a directory, which may be a symbolic
// link, or the file itself; in place of a history that is not of all users, the
// file that says what the whole run came to.
func histories(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var found []string
	root, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && (d.Name() == run.HistoryFile || d.Name() == run.WholeFile) {
			found = append(found, p)
		}
		return err
	})
	found = slices.DeleteFunc(found, func(p string) bool {
		return filepath.Base(p) == run.HistoryFile && slices.Contains(found, filepath.Join(filepath.Dir(p), run.WholeFile))
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s holds no %s: name a run's output directory, or a history", path, run.HistoryFile)
	}
	return found, err
}

// suiteOf is what the reports are about.
func suiteOf(judged []*run.Judged, missing []reports.NotRun) reports.Suite {
	s := reports.Suite{Title: "logoutlab", Version: harness.Version(), NotRun: missing}
	for _, j := range judged {
		s.Runs = append(s.Runs, reports.NewRun(j.Header, j.Result, j.Judgement))
	}
	return s
}

// repeats lists the commands that make the runs again, one a line.
func repeats(judged []*run.Judged) string {
	var lines []string
	for _, j := range judged {
		if !slices.Contains(lines, j.Result.Repeat) {
			lines = append(lines, j.Result.Repeat)
		}
	}
	return strings.Join(lines, "\n")
}
