package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// runs runs a command line that ends with this exit code.
func runs(t *testing.T, want int, args ...string) {
	t.Helper()
	var out, errs bytes.Buffer
	require.Equal(t, want, execute(context.Background(), args, &out, &errs), "%v\n%s%s", args, &out, &errs)
}

// timeless is a summary.json without its times.
func timeless(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	require.NoError(t, err)
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	require.NoError(t, d.Decode(&v))
	return fmt.Sprint(withoutTimes(v))
}

func withoutTimes(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "started")
		for k := range v {
			v[k] = withoutTimes(v[k])
		}
	case []any:
		for i := range v {
			v[i] = withoutTimes(v[i])
		}
	}
	return v
}

// TestMergedIsTheWhole: the whole catalogue, in one run and as four shards that
// come back in any order, with one result, file by file.
func TestMergedIsTheWhole(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole catalogue, twice")
	}
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	suite := []string{"run", "--all", "--substrate", "sim", "--parallel", "2"}
	runs(t, 0, append(suite, "--out", at("whole"))...)
	for i := 1; i <= 4; i++ {
		runs(t, 0, append(suite, "--shard", fmt.Sprintf("%d/4", i), "--out", at(fmt.Sprint(i)))...)
	}
	runs(t, 0, "merge", at("3"), at("1"), at("4"), at("2"), "--out", at("merged"))
	require.Equal(t, timeless(t, at("whole")), timeless(t, at("merged")))
	require.Equal(t, files(t, at("whole")), files(t, at("merged")))
}

// files are the names of all files below a directory.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			out = append(out, name)
		}
		return err
	}))
	return out
}
