package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
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
		dir, err := run.NewDir(outDefault, now)
		if err != nil {
			return "", &run.InfrastructureError{Err: err}
		}
		return dir, nil
	}
	entries, err := os.ReadDir(dir)
	switch {
	case err == nil && len(entries) > 0:
		return "", fmt.Errorf("--out %s is not empty (it holds %s): name a new directory, nothing was written", dir, entries[0].Name())
	case errors.Is(err, syscall.ENOTDIR):
		return "", fmt.Errorf("--out %s is not a directory: name a new one, nothing was written", dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", &run.InfrastructureError{Err: fmt.Errorf("--out: %w", err)}
	}
	if _, linked := os.Readlink(dir); linked == nil && err != nil {
		return "", fmt.Errorf("--out %s is a symbolic link to nothing: name a new directory, nothing was written", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", &run.InfrastructureError{Err: fmt.Errorf("--out: %w", err)}
	}
	return dir, writable(dir)
}

// writable tries a directory before anything is started for its sake.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".logoutlab-*")
	if err != nil {
		return &run.InfrastructureError{Err: fmt.Errorf("--out: %w", err)}
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// writeNew writes a file that must not exist yet, by way of fn. otherwise is what
// else could be named if it does. A file that could not be written whole is
// removed again.
func writeNew(path, otherwise string, fn func(*os.File) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already: move it away, or name %s", path, otherwise)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: there is no directory %s: make it, or name a file in one that is there", path, filepath.Dir(path))
	}
	if err != nil {
		return &run.InfrastructureError{Err: err}
	}
	if err := errors.Join(fn(f), f.Close()); err != nil {
		return &run.InfrastructureError{Err: errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(path))}
	}
	return nil
}
