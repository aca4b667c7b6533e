package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/reports"
)

// ciFlags say what is told beside the files, and in which form.
type ciFlags struct {
	json        bool
	tap         bool
	annotations string // auto, github or none
}

// The forms of annotations.
const (
	annotateAuto   = "auto" // github in a job of GitHub Actions, otherwise none
	annotateGitHub = "github"
	annotateNone   = "none"
)

func (c *ciFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.BoolVar(&c.json, "json", false, "print the result (an array for several variants) on standard output")
	fl.BoolVar(&c.tap, "tap", false, "print the outcomes on standard output in the Test Anything Protocol, version 14")
	cmd.MarkFlagsMutuallyExclusive("json", "tap")
	c.annotations = annotateAuto
	fl.Var(&value[string]{&c.annotations, annotateAuto, "FORM", readAnnotations}, "annotations",
		"what is not as expected, and mistakes in scenarios, as annotations on standard error: github, none, or auto (github where GITHUB_ACTIONS is true)")
	complete(cmd, "annotations", annotateAuto, annotateGitHub, annotateNone)
}

func readAnnotations(s string) (string, error) {
	switch s {
	case annotateAuto, annotateGitHub, annotateNone:
		return s, nil
	}
	return "", accepted("auto, github and none")
}

// plainOut is where words for people go: standard output, unless a program reads
// that.
func (c *ciFlags) plainOut(cmd *cobra.Command) io.Writer {
	if c.json || c.tap {
		return cmd.ErrOrStderr()
	}
	return cmd.OutOrStdout()
}

// annotates tells whether annotations of GitHub Actions are wanted.
func (c *ciFlags) annotates() bool {
	return c.annotations == annotateGitHub || c.annotations == annotateAuto && os.Getenv("GITHUB_ACTIONS") == "true"
}

// refused annotates the mistakes in scenarios that err has, and gives err back.
func (c *ciFlags) refused(w io.Writer, err error) error {
	if !c.annotates() {
		return err
	}
	for _, all := range mistakes(err) {
		err = errors.Join(err, reports.Mistakes(w, all, inRepository))
	}
	return err
}

// mistakes are all that is wrong with scenarios, of an error that may join
// several.
func mistakes(err error) []scenario.Errors {
	switch err := err.(type) {
	case scenario.Errors:
		return []scenario.Errors{err}
	case interface{ Unwrap() []error }:
		var all []scenario.Errors
		for _, one := range err.Unwrap() {
			all = append(all, mistakes(one)...)
		}
		return all
	case interface{ Unwrap() error }:
		return mistakes(err.Unwrap())
	}
	return nil
}

// tell prints the suite for the CI server.
func (c *ciFlags) tell(cmd *cobra.Command, suite reports.Suite) error {
	var errs []error
	if c.tap {
		errs = append(errs, reports.TAP(cmd.OutOrStdout(), suite))
	}
	if c.annotates() {
		errs = append(errs, reports.Annotations(cmd.ErrOrStderr(), suite, inRepository), appendSummary(os.Getenv("GITHUB_STEP_SUMMARY"), suite))
	}
	return errors.Join(errs...)
}

// inRepository is the path of a file from the top of the repository that GitHub
// Actions has checked out (GITHUB_WORKSPACE); without one, as it was named.
func inRepository(file string) (string, bool) {
	if info, err := os.Stat(file); err != nil || info.IsDir() {
		return "", false
	}
	top := os.Getenv("GITHUB_WORKSPACE")
	if top == "" {
		return filepath.ToSlash(file), true
	}
	full, err := filepath.Abs(file)
	if err != nil {
		return "", false
	}
	path, err := filepath.Rel(top, full)
	if err != nil || !filepath.IsLocal(path) {
		return "", false
	}
	return filepath.ToSlash(path), true
}

// summaryLimit is how much GitHub takes of a step; of more it shows nothing.
const summaryLimit = 1 << 20

// appendSummary adds the page for people to the job's summary, which is in a file
// that GitHub Actions names; "": there is none.
func appendSummary(file string, suite reports.Suite) error {
	if file == "" {
		return nil
	}
	var page bytes.Buffer
	if err := reports.Markdown(&page, suite); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return &run.InfrastructureError{Err: fmt.Errorf("GITHUB_STEP_SUMMARY: %w", err)}
	}
	room := summaryLimit
	if info, err := f.Stat(); err == nil {
		room -= int(info.Size())
	}
	_, err = f.WriteString(cutLines(page.String(), room))
	if err = errors.Join(err, f.Close()); err != nil {
		return &run.InfrastructureError{Err: fmt.Errorf("GITHUB_STEP_SUMMARY: %w", err)}
	}
	return nil
}

// cutLines keeps the first lines of a page, as many as there is room for, and
// says so.
func cutLines(page string, room int) string {
	const rest = "\n\n(GitHub takes no more: the whole page is summary.md in the results.)\n"
	if len(page) <= room {
		return page
	}
	if room <= len(rest) {
		return ""
	}
	page = page[:room-len(rest)]
	return page[:strings.LastIndexByte(page, '\n')+1] + rest
}
