package node

import (
	"bufio"
	"io"
	"net/http"
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

	"github.com/logoutlab/logoutlab/harness/history"
)

// build makes the binary.
func build(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and starts the binary")
	}
	path := filepath.Join(t.TempDir(), "logoutlab")
	out, err := exec.Command("go", "build", "-o", path, "github.com/logoutlab/logoutlab/cmd/logoutlab").CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

// process is a node in a process of its own.
type process struct {
	*Client
	cmd    *exec.Cmd
	events history.Memory
	ended  chan struct{} // its output has been read to the end
	state  *os.ProcessState
}

// run starts the binary, with its output followed.
func run(t *testing.T, binary string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(binary, "node"), ended: make(chan struct{})}
	p.cmd.Env = []string{TokenEnv + "=" + token, AppEnv + "=127.0.0.1:0", ControlEnv + "=127.0.0.1:0"}
	stdout, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	stderr, err := p.cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { p.signal(t, syscall.SIGKILL) })
	ready, err := bufio.NewReader(stderr).ReadString('\n')
	require.NoError(t, err)
	p.Client = NewClient("app-1", "http://"+strings.TrimSpace(strings.TrimPrefix(ready, Ready)), token)
	go func() {
		defer close(p.ended)
		_, _ = Follow(stdout, p.events.Append)
		_, _ = io.Copy(io.Discard, stderr)
	}()
	return p
}

// signal ends the process and waits until all that it wrote has been read.
func (p *process) signal(t *testing.T, s syscall.Signal) {
	if p.state != nil {
		return
	}
	require.NoError(t, p.cmd.Process.Signal(s))
	<-p.ended
	_ = p.cmd.Wait()
	p.state = p.cmd.ProcessState
}

func (p *process) app(t *testing.T) string {
	h, err := p.Health(ctx)
	require.NoError(t, err)
	return "http://" + h.App
}

// TestRealProcess: what SIGTERM and SIGKILL do to a node of its own.
func TestRealProcess(t *testing.T) {
	binary := build(t)
	t.Run("SIGTERM lets a request finish", func(t *testing.T) {
		p := run(t, binary)
		require.NoError(t, p.PutState(ctx, stateOf(t, slow)))
		u := newUser(t)
		u.logIn(t, "1", p.app(t))
		status := inBackground(u, p.app(t)+"/page/1")
		require.Eventually(t, func() bool { return len(only(&p.events, history.Decision)) == 2 }, 5*time.Second, time.Millisecond)
		p.signal(t, syscall.SIGTERM)
		require.NoError(t, <-status)
		require.Zero(t, p.state.ExitCode())
		lives := only(&p.events, history.Node)
		require.Len(t, lives, 3)
		require.Equal(t, history.StateDown, lives[2].State)
	})
	t.Run("SIGKILL loses no decision that was answered", func(t *testing.T) {
		p := run(t, binary)
		require.NoError(t, p.PutState(ctx, stateOf(t, "nodes: 1, session: {kind: memory}")))
		answered := askUntilItDies(t, p)
		p.signal(t, syscall.SIGKILL)
		decided := map[int]bool{}
		for _, e := range only(&p.events, history.Decision) {
			decided[e.Req] = true
		}
		ids := answered()
		require.Greater(t, len(ids), 100)
		for _, id := range ids {
			require.True(t, decided[id], "request %d was answered", id)
		}
		require.Len(t, only(&p.events, history.Node), 1, "a killed node says nothing")
	})
	t.Run("overload ends it", func(t *testing.T) {
		p := run(t, binary)
		require.NoError(t, p.PutState(ctx, stateOf(t, "nodes: 1, session: {kind: memory}, app: {work: 1m, capacity: 1, queue: 1, on_overload: crash}")))
		u, url := newUser(t), p.app(t)
		u.logIn(t, "1", url)
		first := inBackground(u, url+"/page/1")
		require.Eventually(t, func() bool { return len(only(&p.events, history.Decision)) == 2 }, 5*time.Second, time.Millisecond)
		second, third := inBackground(u, url+"/page/1"), inBackground(u, url+"/page/1")
		<-p.ended
		for _, cut := range []<-chan error{first, second, third} {
			require.Error(t, <-cut)
		}
		require.Error(t, p.cmd.Wait())
		p.state = p.cmd.ProcessState
		require.Equal(t, 4, p.state.ExitCode())
		lives := only(&p.events, history.Node)
		require.Len(t, lives, 2)
		require.Equal(t, history.StateCrashed, lives[1].State)
		require.Equal(t, history.ReasonOverload, lives[1].Reason)
		require.Len(t, only(&p.events, history.Decision), 2, "neither the one that waited nor the last was decided")
	})
	t.Run("no token", func(t *testing.T) {
		out, err := exec.Command(binary, "node").CombinedOutput()
		require.ErrorContains(t, err, "exit status 4")
		require.Contains(t, string(out), "set LOGOUTLAB_NODE_TOKEN")
	})
}

// askUntilItDies lets eight clients open pages for a while. What it returns
// waits until all have failed, and gives the numbers of the requests that were
// answered.
func askUntilItDies(t *testing.T, p *process) func() []int {
	url := p.app(t) + "/page/1"
	var mu sync.Mutex
	var wg sync.WaitGroup
	var ids []int
	for client := range 8 {
		wg.Go(func() {
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			for n := 1; ; n++ {
				id := n*8 + client
				req, err := http.NewRequest(http.MethodGet, url, nil)
				if err != nil {
					return
				}
				req.Header.Set("X-Request-Id", strconv.Itoa(id))
				res, err := transport.RoundTrip(req)
				if err != nil {
					return
				}
				_ = res.Body.Close()
				mu.Lock()
				ids = append(ids, id)
				mu.Unlock()
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	return func() []int {
		wg.Wait()
		return ids
	}
}
