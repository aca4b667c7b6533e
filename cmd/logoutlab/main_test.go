package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"

	"github.com/logoutlab/logoutlab/harness/result"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"logoutlab": main, "logoutlab-panics": panics})
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
			"doctor":   doctor,
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
