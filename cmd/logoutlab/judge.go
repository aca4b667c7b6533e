package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/reports"
)

func newJudge() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "judge RUNDIR|HISTORY...",
		Short:   "Judge saved histories again, offline",
		Long:    "Judge reads saved histories, as a run's output directory or one by one, and gives\nthe same verdicts as the run did. It writes nothing.",
		Example: "  logoutlab judge logoutlab-out/20260102-150405\n  logoutlab judge results/clock-skew/broken/history.jsonl.gz --json",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			judged, err := judgeAll(args)
			if err != nil {
				return err
			}
			f := runFlags{json: asJSON}
			if err := f.print(cmd.OutOrStdout(), judged, len(judged)); err != nil {
				return &run.InfrastructureError{Err: err}
			}
			shown := newProgress(cmd.ErrOrStderr(), len(judged))
			for _, j := range judged {
				shown.line(j.Result.Scenario+"/"+j.Result.Variant, j.Result, nil)
			}
			shown.close()
			return verdictOf(resultsOf(judged))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result (an array for several histories) on standard output")
	return cmd
}

func newReport() *cobra.Command {
	var out, format string
	cmd := &cobra.Command{
		Use:     "report RUNDIR|HISTORY...",
		Short:   "Write a report from saved histories",
		Long:    "Report judges saved histories and writes one report of them all: as an HTML file\nfor people, as JUnit XML or JSON for tools, or as Markdown for a job summary.",
		Example: "  logoutlab report results --out again.html\n  logoutlab report results --format markdown >> \"$GITHUB_STEP_SUMMARY\"",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := writers[formats[format]]
			if !ok {
				return fmt.Errorf("unknown --format %q (accepted: html, junit, json, markdown)", format)
			}
			judged, err := judgeAll(args)
			if err != nil {
				return err
			}
			s := suiteOf(judged, judged[0].Result.Started, cmd)
			if out == "" {
				return write(cmd.OutOrStdout(), s)
			}
			return writeNew(out, func(f *os.File) error { return write(f, s) })
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file to write, which must not exist (default: standard output)")
	cmd.Flags().StringVar(&format, "format", "html", "html, junit, json or markdown")
	return cmd
}

var formats = map[string]string{
	"html": "report.html", "junit": "junit.xml", "json": "summary.json", "markdown": "summary.md",
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

// histories lists the history files below a directory, or the file itself.
func histories(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var found []string
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == run.HistoryFile {
			found = append(found, p)
		}
		return err
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s holds no %s: name a run's output directory, or a history", path, run.HistoryFile)
	}
	return found, err
}

// suiteOf is what the reports are about.
func suiteOf(judged []*run.Judged, started time.Time, cmd *cobra.Command) reports.Suite {
	s := reports.Suite{Title: "logoutlab", Version: fullVersion(), Started: started, Command: commandLine(cmd)}
	for _, j := range judged {
		s.Runs = append(s.Runs, reports.NewRun(j.Header, j.Result, j.Judgement))
	}
	return s
}

func commandLine(cmd *cobra.Command) string {
	return strings.Join(append([]string{cmd.CommandPath()}, withoutSecrets(os.Args[min(2, len(os.Args)):])...), " ")
}

// withoutSecrets replaces the address of a Redis, which may hold a password.
func withoutSecrets(args []string) []string {
	out := slices.Clone(args)
	for i, a := range out {
		switch {
		case strings.HasPrefix(a, "--redis="):
			out[i] = "--redis=URL"
		case i > 0 && args[i-1] == "--redis":
			out[i] = "URL"
		}
	}
	return out
}
