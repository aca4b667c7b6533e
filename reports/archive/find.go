package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/reports"
)

// maxBytes is the length of the longest file that is read.
const maxBytes = 64 << 20

// resultFile is what a run that was killed leaves of each variant that was done.
const resultFile = "result.json"

// Find lists what is kept below a directory: as a run every directory that has a
// summary.json or, without one, a result.json; as a comparison every one that has
// a compare.json. What cannot be read is listed with its problem.
func Find(root *os.Root) (reports.Archive, error) {
	var all reports.Archive
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			all.Runs = append(all.Runs, reports.Kept{Path: name, Problem: err.Error()})
			return fs.SkipDir
		case !d.IsDir():
			return nil
		}
		c, compared := readComparison(root, name)
		if compared {
			all.Comparisons = append(all.Comparisons, c)
		}
		k, kept := readRun(root, name)
		if kept {
			all.Runs = append(all.Runs, k)
		}
		if kept || compared {
			return fs.SkipDir // what is below belongs to it
		}
		return nil
	})
	return all, err
}

// readRun reads the run that a directory holds; found is false if there is none.
func readRun(root *os.Root, dir string) (k reports.Kept, found bool) {
	for _, name := range []string{reports.SummaryFile, resultFile} {
		text, _, err := read(root, dir, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		k.Path, k.Report = dir, hasPage(root, dir)
		if err == nil {
			k.Saved, err = parse(name, text)
		}
		if err != nil {
			k.Problem = err.Error()
		}
		return k, true
	}
	return k, false
}

// readComparison reads the comparison that a directory holds; found is false if
// there is none.
func readComparison(root *os.Root, dir string) (c reports.Compared, found bool) {
	text, written, err := read(root, dir, reports.MatrixFile)
	if errors.Is(err, fs.ErrNotExist) {
		return c, false
	}
	c.Path, c.Report, c.Written = dir, hasPage(root, dir), written
	if err == nil {
		c.Matrix, err = reports.ReadMatrix(reports.MatrixFile, text)
	}
	if err != nil {
		c.Problem = err.Error()
	}
	return c, true
}

// hasPage reports whether a directory has a report to show.
func hasPage(root *os.Root, dir string) bool {
	page, err := root.Stat(path.Join(dir, reports.Page))
	return err == nil && page.Mode().IsRegular()
}

// read reads a directory's file, and when it was written.
func read(root *os.Root, dir, file string) (text []byte, written time.Time, err error) {
	name := path.Join(dir, file)
	info, err := root.Stat(name)
	switch {
	case err != nil:
		return nil, written, err
	case !info.Mode().IsRegular():
		return nil, written, fmt.Errorf("%s is no file", file)
	case info.Size() > maxBytes:
		return nil, written, fmt.Errorf("%s is longer than %d bytes", file, maxBytes)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, written, err
	}
	text, err = io.ReadAll(io.LimitReader(f, maxBytes))
	return text, info.ModTime(), errors.Join(err, f.Close())
}

// parse reads what a run has written.
func parse(file string, text []byte) (*reports.Saved, error) {
	if file == reports.SummaryFile {
		return reports.ReadSummary(file, text)
	}
	var r result.Result
	switch err := json.Unmarshal(text, &r); {
	case err != nil:
		return nil, fmt.Errorf("%s: %w: the file is damaged", file, err)
	case r.Schema != result.Schema:
		return nil, fmt.Errorf("%s has the schema %d: accepted is %d", file, r.Schema, result.Schema)
	}
	return &reports.Saved{Version: r.Version, Started: r.Started, Results: []*result.Result{&r}}, nil
}
