package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/logoutlab/logoutlab/harness/run"
)

// outDefault is where runs go when --out is not given, each in a directory of
// its own.
const outDefault = "logoutlab-out"

// makeOut creates the directory that a run writes to. It must be new or empty:
// nothing that is there is ever overwritten.
func makeOut(dir string, now time.Time) (string, error) {
	if dir == "" {
		return makeDated(now)
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		return "", fmt.Errorf("--out %s is not empty (it holds %s): name a new directory, nothing was written", dir, entries[0].Name())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("--out %s: %w", dir, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", &run.InfrastructureError{Err: err}
	}
	return dir, nil
}

func makeDated(now time.Time) (string, error) {
	if err := os.MkdirAll(outDefault, 0o755); err != nil {
		return "", &run.InfrastructureError{Err: err}
	}
	base := filepath.Join(outDefault, now.Format("20060102-150405"))
	dir := base
	for i := 2; ; i++ {
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", &run.InfrastructureError{Err: err}
		}
		dir = fmt.Sprintf("%s-%d", base, i)
	}
}

// writeNew writes a file that must not exist yet, by way of fn.
func writeNew(path string, fn func(*os.File) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already: move it away, or name another file with --out", path)
	}
	if err != nil {
		return &run.InfrastructureError{Err: err}
	}
	if err := errors.Join(fn(f), f.Close()); err != nil {
		return &run.InfrastructureError{Err: fmt.Errorf("write %s: %w", path, err)}
	}
	return nil
}
