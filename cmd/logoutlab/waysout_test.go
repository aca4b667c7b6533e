package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/substrate/container/containertest"
)

// panicVariable is the directory of the results for a program that panics in
// the middle of them.
const panicVariable = "LOGOUTLAB_TEST_PANIC"

// panics is the program, with a defect.
func panics() {
	go func() {
		for !grown(os.Getenv(panicVariable)) {
			time.Sleep(10 * time.Millisecond)
		}
		panic("a defect")
	}()
	main()
}

// waysOut is a scenario with a variant for each way out.
const waysOut = `
scenario: ways
architecture: {nodes: 2, session: {kind: redis}}
workload: {users: 10, think: 1s, duration: 10s}
variants:
  sound: {expect: [{spurious_logouts: 0}]}
  wrong: {expect: [{spurious_logouts: "> 10%"}]}
  long: {with: {workload.duration: 600s, workload.users: 50}, expect: [{spurious_logouts: 0}]}
  refused: {with: {balancer.config: bad.cfg}, expect: [{spurious_logouts: 0}]}
`

const badConfig = "frontend x\n  bind {{.Listen}}\n  no-such-word\nbackend y\n{{range .Servers}}  server {{.Name}} {{.Address}}\n{{end}}"

// programOfNodes names a program for nodes, so that not every run builds one.
func programOfNodes(t *testing.T) {
	t.Helper()
	if os.Getenv("LOGOUTLAB_NODE_BINARY") != "" {
		return
	}
	program := filepath.Join(t.TempDir(), "logoutlab")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	t.Setenv("LOGOUTLAB_NODE_BINARY", program)
}

// writeWays writes the scenario into a file.
func writeWays(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "ways.yaml")
	require.NoError(t, os.WriteFile(file, []byte(waysOut), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bad.cfg"), []byte(badConfig), 0o644))
	return file
}

// Whichever way a run ends, nothing of it is left: no container, network,
// volume, process, published port or temporary file. What was recorded can be
// judged.
func TestWaysOut(t *testing.T) {
	docker := containertest.Require(t, "haproxy", "redis")
	programOfNodes(t)
	file := writeWays(t)
	signals := func(list ...syscall.Signal) func(*testing.T, *inContainers) {
		return func(t *testing.T, p *inContainers) {
			p.acts(t)
			for _, s := range list {
				require.NoError(t, p.Process.Signal(s))
				time.Sleep(200 * time.Millisecond)
			}
		}
	}
	for name, c := range map[string]struct {
		variant string
		program string
		do      func(*testing.T, *inContainers) // nil: it ends by itself
		code    int
		judged  int // 0: not judged
	}{
		"success":                {variant: "sound"},
		"a failing expectation":  {variant: "wrong", code: exitFails, judged: exitFails},
		"a refused config":       {variant: "refused", code: exitUsage},
		"SIGINT":                 {variant: "long", do: signals(syscall.SIGINT), code: exitUnknown, judged: exitUnknown},
		"SIGTERM":                {variant: "long", do: signals(syscall.SIGTERM), code: exitUnknown, judged: exitUnknown},
		"SIGINT twice":           {variant: "long", do: signals(syscall.SIGINT, syscall.SIGINT), code: -1, judged: exitUnknown},
		"SIGHUP":                 {variant: "long", do: signals(syscall.SIGHUP), code: -1, judged: exitUnknown},
		"SIGQUIT":                {variant: "long", do: signals(syscall.SIGQUIT), code: 2, judged: exitUnknown},
		"SIGPIPE":                {variant: "sound", do: signals(syscall.SIGPIPE)},
		"SIGKILL":                {variant: "long", do: signals(syscall.SIGKILL), code: -1, judged: exitUnknown},
		"SIGKILL as it comes up": {variant: "long", do: killedEarly, code: -1, judged: exitUnknown},
		"panic":                  {variant: "long", program: "logoutlab-panics", code: 2, judged: exitUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := "logoutlab"
			if c.program != "" {
				program = c.program
			}
			p := runInContainers(t, docker, program, file+"/"+c.variant, "--retry-slow", "5")
			p.begin(t)
			if c.do != nil {
				c.do(t, p)
			}
			require.Equal(t, c.code, p.end(t), &p.said)
			t.Logf("gone %v after its end", p.leavesNothing(t).Round(time.Millisecond))
			require.NotEmpty(t, p.sessions, "it had a system")
			if c.judged != 0 {
				require.Equal(t, c.judged, p.judge(t))
			}
		})
	}
}

// killedEarly kills a run once the first of its containers is there.
func killedEarly(t *testing.T, p *inContainers) {
	require.Eventually(t, func() bool {
		left, err := p.look(t.Context())
		return err == nil && len(left) > 1 // the network comes first
	}, time.Minute, time.Millisecond)
	require.NoError(t, p.Process.Kill())
}

// A reader who goes away, as head does, ends nothing, and leaves nothing.
func TestHead(t *testing.T) {
	docker := containertest.Require(t, "haproxy", "redis")
	programOfNodes(t)
	file := writeWays(t)
	p := runInContainers(t, docker, "logoutlab", file+"/sound", "--json", "--retry-slow", "5")
	r, w, err := os.Pipe()
	require.NoError(t, err)
	p.Stdout, p.Stderr = w, w
	p.begin(t)
	require.NoError(t, w.Close())
	_, err = io.ReadFull(r, make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.Equal(t, exitHolds, p.end(t))
	p.leavesNothing(t)
}

// A system that is kept up goes with its program, whichever way that ends.
func TestUpEnds(t *testing.T) {
	docker := containertest.Require(t, "haproxy", "redis", "netadmin")
	programOfNodes(t)
	file := writeWays(t)
	for _, c := range []struct {
		signal syscall.Signal
		code   int
	}{{syscall.SIGINT, exitHolds}, {syscall.SIGHUP, exitHolds}, {syscall.SIGKILL, -1}} {
		p := newInContainers(t, docker, "logoutlab", "up", file+"/sound")
		p.Env = append(p.Env, "XDG_RUNTIME_DIR="+t.TempDir())
		r, w, err := os.Pipe()
		require.NoError(t, err)
		p.Stdout = w
		p.begin(t)
		require.NoError(t, w.Close())
		_, err = io.ReadFull(r, make([]byte, 1)) // it says that it is up
		require.NoError(t, err)
		require.NoError(t, p.Process.Signal(c.signal))
		require.Equal(t, c.code, p.end(t), &p.said)
		t.Logf("%v: gone %v after its end", c.signal, p.leavesNothing(t).Round(time.Millisecond))
		require.NoError(t, r.Close())
	}
}
