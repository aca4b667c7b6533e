package images

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPrebuilt(t *testing.T) {
	path, err := Prebuilt(runtime.GOARCH)
	require.NoError(t, err)
	require.Empty(t, path, "a test is not logoutlab")

	t.Setenv(binaryVariable, "/nonexistent/logoutlab")
	_, err = Prebuilt(runtime.GOARCH)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "CGO_ENABLED=0")

	script := filepath.Join(t.TempDir(), "script")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\n"), 0o700))
	t.Setenv(binaryVariable, script)
	_, err = Prebuilt(runtime.GOARCH)
	require.ErrorContains(t, err, script)
}

// TestBuildElsewhere builds from a module that requires ours: a repository with
// a regression suite of its own.
func TestBuildElsewhere(t *testing.T) {
	root, err := run(exec.Command("go", "list", "-m", "-f", "{{.Dir}}"))
	require.NoError(t, err)
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	home := t.TempDir()
	mod := fmt.Sprintf("module example.com/shop\ngo 1.26.0\nrequire github.com/logoutlab/logoutlab v0.0.0\nreplace github.com/logoutlab/logoutlab => %s\n", root)
	require.NoError(t, os.WriteFile(filepath.Join(home, "go.mod"), []byte(mod), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(home, "go.sum"), sums, 0o600))
	t.Chdir(home)

	path, err := build(t.Context(), runtime.GOARCH, t.TempDir())
	require.NoError(t, err)
	require.True(t, isCommand(path))
	require.NoError(t, static(path))
	after, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	require.Equal(t, mod, string(after), "its files are left as they are")

	t.Setenv(binaryVariable, path)
	chosen, err := Prebuilt(runtime.GOARCH)
	require.NoError(t, err)
	require.Equal(t, path, chosen)
}

func TestBuildNeedsAModule(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	_, err := nodeBinary(t.Context(), runtime.GOARCH)
	require.ErrorContains(t, err, "in no Go module")
	require.ErrorContains(t, err, binaryVariable)
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	require.Empty(t, left)
}
