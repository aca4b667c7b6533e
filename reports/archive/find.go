package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/reports"
)

// maxBytes is the length of the longest file that is read.
const maxBytes = 64 << 20

// resultFile is what a run that was killed leaves of each variant that was done.
const resultFile = "result.json"

// Find lists the runs below a directory: every directory that has a summary.json
// or, without one, a result.json. What cannot be read is listed with its problem.
func Find(root *os.Root) ([]reports.Kept, error) {
	var all []reports.Kept
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			all = append(all, reports.Kept{Path: name, Problem: err.Error()})
			return fs.SkipDir
		case !d.IsDir():
			return nil
		}
		for _, file := range []string{reports.SummaryFile, resultFile} {
			if k, found := read(root, name, file); found {
				all = append(all, k)
				return fs.SkipDir // what is below belongs to it
			}
		}
		return nil
	})
	return all, err
}

// read reads a directory's file; found is false if there is none.
func read(root *os.Root, dir, file string) (k reports.Kept, found bool) {
	k.Path = dir
	name := path.Join(dir, file)
	info, err := root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return k, false
	case err == nil && !info.Mode().IsRegular():
		err = fmt.Errorf("%s is no file", file)
	case err == nil && info.Size() > maxBytes:
		err = fmt.Errorf("%s is longer than %d bytes", file, maxBytes)
	case err == nil:
		k.Saved, err = parse(root, name, file)
	}
	if err != nil {
		k.Problem = err.Error()
	}
	page, err := root.Stat(path.Join(dir, reports.Page))
	k.Report = err == nil && page.Mode().IsRegular()
	return k, true
}

func parse(root *os.Root, name, file string) (*reports.Saved, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxBytes))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
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
