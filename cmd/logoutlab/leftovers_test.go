package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"
)

// cleaning is how long after a process's end anything of it may remain.
const cleaning = 10 * time.Second

// inContainers is a process that runs a scenario in containers, or keeps it up
// there, and what it was seen to have.
type inContainers struct {
	*exec.Cmd
	docker  *client.Client
	out     string       // directory of the results, of a run
	tmp     string       // its directory for temporary files
	said    bytes.Buffer // to be read once it has ended
	over    chan error   // what its end was
	ended   time.Time
	looking context.CancelFunc
	looked  sync.WaitGroup

	mu       sync.Mutex // guards what follows
	sessions map[string]bool
	ports    map[uint16]bool
	volumes  map[string]bool
}

// runInContainers is a program of this test's that will run a variant.
func runInContainers(t *testing.T, docker *client.Client, program, variant string, flags ...string) *inContainers {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	p := newInContainers(t, docker, program, append([]string{"run", variant, "--substrate", "container", "--out", out}, flags...)...)
	p.out = out
	p.Env = append(p.Env, panicVariable+"="+out)
	return p
}

func newInContainers(t *testing.T, docker *client.Client, program string, args ...string) *inContainers {
	t.Helper()
	path, err := exec.LookPath(program)
	require.NoError(t, err)
	p := &inContainers{docker: docker, tmp: t.TempDir(), sessions: map[string]bool{}, ports: map[uint16]bool{}, volumes: map[string]bool{}}
	p.Cmd = exec.Command(path, args...)
	p.Env = append(os.Environ(), "TMPDIR="+p.tmp)
	p.Stderr = &p.said
	return p
}

// begin starts it, and looks at what it has until it ends.
func (p *inContainers) begin(t *testing.T) {
	t.Helper()
	require.NoError(t, p.Start())
	p.over = make(chan error, 1)
	go func() {
		err := p.Wait()
		p.ended = time.Now()
		p.over <- err
		close(p.over)
	}()
	ctx, cancel := context.WithCancel(context.Background())
	p.looking = cancel
	p.looked.Go(func() {
		for ctx.Err() == nil {
			_, _ = p.look(ctx) // the daemon is asked again soon
			time.Sleep(50 * time.Millisecond)
		}
	})
	t.Cleanup(func() {
		_ = p.Process.Kill() // if a test gave up early
		cancel()
	})
}

// end waits for its end and returns its exit code, -1 if a signal ended it.
func (p *inContainers) end(t *testing.T) int {
	t.Helper()
	err := <-p.over
	p.looking()
	p.looked.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return p.ProcessState.ExitCode()
}

// look lists the containers and networks that are there of the process, and
// notes what belongs to them.
func (p *inContainers) look(ctx context.Context) (left []string, err error) {
	ours := client.Filters{}.Add("label", "io.logoutlab=1")
	containers, err := p.docker.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: ours})
	if err != nil {
		return nil, err
	}
	networks, err := p.docker.NetworkList(ctx, client.NetworkListOptions{Filters: ours})
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range containers.Items {
		if !p.owns(c.Labels) {
			continue
		}
		left = append(left, "container "+strings.Join(c.Names, " "))
		for _, port := range c.Ports {
			p.ports[port.PublicPort] = true
		}
		for _, m := range c.Mounts {
			if m.Type == mount.TypeVolume {
				p.volumes[m.Name] = true
			}
		}
	}
	for _, n := range networks.Items {
		if p.owns(n.Labels) {
			left = append(left, "network "+n.Name)
		}
	}
	return left, nil
}

// owns tells whether labels are those of this process's things.
func (p *inContainers) owns(labels map[string]string) bool {
	owner := strings.Split(labels["io.logoutlab.owner"], "/") // machine, boot, namespace, process, start
	if len(owner) != 5 || owner[3] != strconv.Itoa(p.Process.Pid) {
		return false
	}
	p.sessions[labels["io.logoutlab.session"]] = true
	return true
}

// remains lists all that is there of the process.
func (p *inContainers) remains(ctx context.Context) (left []string, err error) {
	if left, err = p.look(ctx); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for v := range p.volumes {
		switch _, err := p.docker.VolumeInspect(ctx, v, client.VolumeInspectOptions{}); {
		case err == nil:
			left = append(left, "volume "+v)
		case !errdefs.IsNotFound(err):
			return nil, err
		}
	}
	for port := range p.ports {
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); port != 0 && err != nil {
			left = append(left, fmt.Sprintf("port %d", port))
		} else if err == nil {
			_ = l.Close()
		}
	}
	files, err := os.ReadDir(p.tmp)
	for _, f := range files {
		left = append(left, "temporary file "+f.Name())
	}
	return append(left, p.processes()...), err
}

// processes lists those that work for the process, or for what it started.
func (p *inContainers) processes() (left []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		env, _ := os.ReadFile(file) // one that has ended meanwhile is no matter
		for _, v := range bytes.Split(env, []byte{0}) {
			session, watches := bytes.CutPrefix(v, []byte("LOGOUTLAB_WATCH_LAB="))
			if watches && p.sessions[string(session)] || string(v) == "TMPDIR="+p.tmp {
				left = append(left, "process "+filepath.Base(filepath.Dir(file)))
			}
		}
	}
	slices.Sort(left)
	return slices.Compact(left)
}

// leavesNothing waits until nothing is left of an ended process, and returns
// how long that took after its end.
func (p *inContainers) leavesNothing(t *testing.T) time.Duration {
	t.Helper()
	for {
		left, err := p.remains(t.Context())
		require.NoError(t, err)
		if len(left) == 0 {
			return time.Since(p.ended)
		}
		require.Less(t, time.Since(p.ended), cleaning, "is left: %s\n%s", strings.Join(left, ", "), &p.said)
		time.Sleep(50 * time.Millisecond)
	}
}

// acts waits until users have acted for a while.
func (p *inContainers) acts(t *testing.T) {
	t.Helper()
	late := time.After(4 * time.Minute) // a busy machine is slow to bring containers up
	for !grown(p.out) {
		select {
		case err := <-p.over:
			require.FailNow(t, "it ended before its users had acted", "%v\n%s", err, &p.said)
		case <-late:
			_ = p.Process.Signal(syscall.SIGQUIT) // its goroutines tell what it waits for
			<-p.over
			require.FailNow(t, "its users do not act", &p.said)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// grown tells whether a history below dir has some actions.
func grown(dir string) bool {
	files, _ := filepath.Glob(filepath.Join(dir, "*", "*", "history.jsonl.gz"))
	return slices.ContainsFunc(files, func(f string) bool {
		info, err := os.Stat(f)
		return err == nil && info.Size() > 3000
	})
}

// judge judges what was recorded, and returns the exit code.
func (p *inContainers) judge(t *testing.T) int {
	t.Helper()
	var said bytes.Buffer
	code := execute(t.Context(), []string{"judge", p.out}, &said, &said)
	t.Logf("judged: %s", &said)
	return code
}
