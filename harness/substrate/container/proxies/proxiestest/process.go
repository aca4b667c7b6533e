package proxiestest

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

// Process is a product at work on this machine.
type Process struct {
	Addr string // host:port where clients come in

	t       testing.TB
	product proxies.Product
	root    string // what stands for the container's /
	cmd     *exec.Cmd

	mu   sync.Mutex
	said bytes.Buffer
}

// Need returns the path of a product's program. Without it the test is
// skipped, loudly; LOGOUTLAB_PROXIES=require makes it fail.
func Need(t testing.TB, program, apt string) string {
	t.Helper()
	path, err := lookPath(program)
	if err != nil {
		missing := "no " + program + ": install it (apt package " + apt + ")"
		if os.Getenv("LOGOUTLAB_PROXIES") == "require" {
			t.Fatal(missing)
		}
		t.Logf("NOT TESTED against a real %s.", program)
		t.Skip(missing)
	}
	return path
}

// lookPath finds a program as a shell would, and where Debian has it but does
// not let users look.
func lookPath(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/" + program)
}

// FreeAddr is a loopback address that nobody listens on.
func FreeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

// Run starts a product as its setup says, and ends it with the test. Listen is
// chosen if o leaves it open.
func Run(t testing.TB, p proxies.Product, a scenario.Architecture, o proxies.Options) *Process {
	t.Helper()
	if o.Listen == "" {
		o.Listen = FreeAddr(t)
	}
	s, err := p.Setup(a, o)
	require.NoError(t, err)
	r := &Process{Addr: o.Listen, t: t, product: p, root: t.TempDir()}
	r.Write(s.Files...)
	for _, dir := range s.Tmpfs {
		require.NoError(t, os.MkdirAll(filepath.Join(r.root, dir), 0o777))
	}
	r.start(s)
	return r
}

// Write puts files in place of those of the setup.
func (r *Process) Write(files ...proxies.File) {
	r.t.Helper()
	for _, f := range files {
		WriteFile(r.t, filepath.Join(r.root, f.Path), f.Text)
	}
}

// WriteFile writes a file, and makes its directory.
func WriteFile(t testing.TB, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

func (r *Process) start(s proxies.Setup) {
	r.t.Helper()
	args := local(r.root, s)
	program, err := lookPath(args[0])
	require.NoError(r.t, err)
	r.cmd = exec.Command(program, args[1:]...)
	r.cmd.Dir = r.root
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // products have workers
	out, in := io.Pipe()
	r.cmd.Stdout, r.cmd.Stderr = in, in
	require.NoError(r.t, r.cmd.Start())
	read := make(chan struct{})
	go func() { defer close(read); r.listen(out) }()
	ended := make(chan struct{})
	go func() { defer close(ended); _ = r.cmd.Wait(); _ = in.Close() }()
	r.t.Cleanup(func() {
		_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
		<-ended
		<-read
		if r.t.Failed() {
			r.t.Logf("%s said:\n%s", args[0], r.Said())
		}
	})
	require.Eventually(r.t, func() bool {
		select {
		case <-ended:
			return true
		default:
		}
		c, err := net.Dial("tcp", r.Addr)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, 10*time.Second, 20*time.Millisecond, "%s did not come up", args[0])
	select {
	case <-ended:
		r.t.Fatalf("%s ended at once", strings.Join(args, " "))
	default:
	}
}

// local puts the root before every path in the command that the setup has a
// file or a directory of its own at.
func local(root string, s proxies.Setup) []string {
	var own []string
	for _, f := range s.Files {
		own = append(own, f.Path)
	}
	own = append(own, s.Tmpfs...)
	args := append([]string(nil), s.Command...)
	for i, arg := range args {
		for _, path := range own {
			if arg == path {
				args[i] = filepath.Join(root, path)
			}
		}
	}
	return args
}

func (r *Process) listen(out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		r.mu.Lock()
		r.said.WriteString(lines.Text() + "\n")
		r.mu.Unlock()
	}
}

// Said is the product's output so far.
func (r *Process) Said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said.String()
}

// Lines are the output's lines that the product's ParseLog understands.
func (r *Process) Lines() []proxies.Line {
	var all []proxies.Line
	for text := range strings.Lines(r.Said()) {
		if l, ok := r.product.ParseLog(strings.TrimSuffix(text, "\n")); ok {
			all = append(all, l)
		}
	}
	return all
}

// Line waits for the line about a request.
func (r *Process) Line(request string) proxies.Line {
	r.t.Helper()
	var found proxies.Line
	require.Eventually(r.t, func() bool {
		for _, l := range r.Lines() {
			if l.Request == request {
				found = l
				return true
			}
		}
		return false
	}, 5*time.Second, 10*time.Millisecond, "no line about request %s", request)
	return found
}

// Signal sends a signal to the product's first process.
func (r *Process) Signal(s os.Signal) {
	r.t.Helper()
	require.NoError(r.t, r.cmd.Process.Signal(s))
}

// Processes lists the product's processes, as ps shows them.
func (r *Process) Processes(ctx context.Context) (proxies.Processes, error) {
	out, err := exec.CommandContext(ctx, "ps", "-eo", "pgid=,pid=,args=").Output()
	all := proxies.Processes{}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if pid, bad := strconv.Atoi(f[1]); bad == nil && f[0] == strconv.Itoa(r.cmd.Process.Pid) {
			all[pid] = strings.Join(f[2:], " ")
		}
	}
	return all, err
}
