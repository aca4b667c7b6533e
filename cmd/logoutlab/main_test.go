package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/jsonschema-go/jsonschema"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/result"
)

func TestMain(m *testing.M) {
	testscript.Main(apart{m}, map[string]func(){"logoutlab": main, "logoutlab-panics": panics})
}

// apart keeps what tests run out of the job of GitHub Actions that runs them.
type apart struct{ *testing.M }

func (a apart) Run() int {
	for _, name := range []string{"GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"} {
		if err := os.Unsetenv(name); err != nil {
			panic(err)
		}
	}
	return a.M.Run()
}

// TestScripts runs the command line as users do: testdata/script/*.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"await":    await,
			"agree":    agreeFiles,
			"truncate": truncate,
			"edit":     edit,
			"doctor":   doctor,
			"conforms": conforms,
		},
	})
}

// exits CODE COMMAND...: the command ends with this exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// await FILE SIZE: waits until a file has at least so many bytes.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE SIZE")
	}
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if info, err := os.Stat(ts.MkAbs(args[0])); err == nil && info.Size() >= size {
			return
		}
	}
	ts.Fatalf("%s did not grow to %s bytes", args[0], args[1])
}

// agree A B: two result files say the same.
func agreeFiles(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: agree A B")
	}
	var a, b result.Result
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &a))
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &b))
	if same := assert.ObjectsAreEqual(a, b); same == neg {
		ts.Fatalf("equal: %v", same)
	}
}

// edit FILE OLD NEW: puts one text in the place of another, wherever it is.
func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o600))
}

// truncate FILE N: cuts N bytes off a file's end.
func truncate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: truncate FILE N")
	}
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), info.Size()-n))
}

// doctor FILE LINE [TEXT]: replaces a line of a saved history, by its number or
// the last ($), with a text, or takes it out.
func doctor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: doctor FILE LINE [TEXT]")
	}
	in, err := gzip.NewReader(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	raw, err := io.ReadAll(in)
	ts.Check(err)
	lines := strings.SplitAfter(string(raw), "\n")
	line := len(lines) - 2 // what follows the last newline is empty
	if args[1] != "$" {
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		line = n - 1
	}
	text := ""
	if len(args) == 3 {
		text = args[2] + "\n"
	}
	lines[line] = text
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err = z.Write([]byte(strings.Join(lines, "")))
	ts.Check(errors.Join(err, z.Close()))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out.Bytes(), 0o600))
}

// conforms SCHEMA FILE: a YAML or JSON file meets a JSON Schema.
func conforms(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: conforms SCHEMA FILE")
	}
	var s jsonschema.Schema
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &s))
	schema, err := s.Resolve(nil)
	ts.Check(err)
	var data any
	ts.Check(yaml.Unmarshal([]byte(ts.ReadFile(args[1])), &data)) // JSON is YAML
	if err := schema.Validate(data); (err != nil) != neg {
		ts.Fatalf("%s: %v", args[1], err)
	}
}

var update = flag.Bool("update", false, "write the published schemas anew")

// The schemas that editors load by their address are those of this version.
func TestPublishedSchemas(t *testing.T) {
	for _, s := range schemas() {
		var text bytes.Buffer
		require.NoError(t, s.print(&text))
		path := filepath.Join("..", "..", filepath.FromSlash(s.file))
		if *update {
			require.NoError(t, os.WriteFile(path, text.Bytes(), 0o644))
		}
		published, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(published), text.String(), "go test ./cmd/logoutlab -run Published -update")
	}
}
