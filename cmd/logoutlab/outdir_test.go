package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/run"
)

// Half a file is not left behind, and what is there already stays.
func TestWriteNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	half := func(f *os.File) error {
		_, err := f.WriteString("half")
		return errors.Join(err, errors.New("the disk is full"))
	}
	whole := func(f *os.File) error { _, err := f.WriteString("whole"); return err }

	err := writeNew(path, "another file", half)
	require.EqualError(t, err, "write "+path+": the disk is full")
	require.ErrorAs(t, err, new(*run.InfrastructureError))
	require.NoFileExists(t, path)

	require.NoError(t, writeNew(path, "another file", whole))
	require.ErrorContains(t, writeNew(path, "another file", half), "exists already: move it away, or name another file")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "whole", string(text))
}
