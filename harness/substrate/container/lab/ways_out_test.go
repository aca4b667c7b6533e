package lab

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/substrate/container/daemon"
	"github.com/logoutlab/logoutlab/harness/substrate/container/images"
)

// wayVariable makes this test a program that ends in the way that it names,
// with a lab open.
const wayVariable = "LOGOUTLAB_TEST_WAY_OUT"

// ways are the ways out that run no Close.
var ways = map[string]func(){
	"panic":            func() { panic("a defect") },
	"panic elsewhere":  func() { go func() { panic("a defect") }(); time.Sleep(time.Minute) },
	"exit":             func() { os.Exit(5) },
	"SIGKILL":          func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL); time.Sleep(time.Minute) },
	"SIGHUP":           func() { _ = syscall.Kill(os.Getpid(), syscall.SIGHUP); time.Sleep(time.Minute) },
	"SIGKILL at birth": nil, // while containers are being created
}

func TestMain(m *testing.M) {
	if way := os.Getenv(wayVariable); way != "" {
		fmt.Fprintln(os.Stderr, hold(way))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// hold opens a lab, says which, and leaves it in some way.
func hold(way string) error {
	ctx := context.Background()
	docker, err := daemon.Connect(ctx)
	if err != nil {
		return err
	}
	image, err := images.Find(ctx, docker, part)
	if err != nil {
		return err
	}
	l, err := Open(ctx, docker)
	if err != nil {
		return err
	}
	fmt.Println(l.Session)
	start := func(n int) error {
		_, err := l.Start(ctx, Spec{Name: fmt.Sprint("part-", n), Image: image, Addr: l.Addr(10 + n), Cmd: []string{"memcached"}})
		return err
	}
	if end := ways[way]; end != nil {
		if err := start(0); err != nil {
			return err
		}
		end()
	}
	for n := range 4 {
		go func() { _ = start(n) }()
	}
	for { // the first container appears while others are on their way
		if here, err := find(ctx, docker, labelSession+"="+l.Session); err != nil || here.count().Containers > 0 {
			ways["SIGKILL"]()
		}
	}
}

// However a process ends, its watcher removes within seconds what it leaves,
// and ends too.
func TestWaysOut(t *testing.T) {
	_, docker := open(t)
	for way := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			var out, said bytes.Buffer
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), wayVariable+"="+way)
			cmd.Stdout, cmd.Stderr = &out, &said
			require.Error(t, cmd.Run())
			ended := time.Now()
			session := strings.TrimSpace(out.String())
			require.Regexp(t, `^[a-z0-9]{12}$`, session, said.String())
			for left(t, docker, session) != (Count{}) || len(watchers(t, session)) > 0 {
				require.Less(t, time.Since(ended), 10*time.Second, "%v is left, watched by %v", left(t, docker, session), watchers(t, session))
				time.Sleep(50 * time.Millisecond)
			}
			t.Logf("gone after %v", time.Since(ended).Round(time.Millisecond))
			time.Sleep(time.Second)
			require.Zero(t, left(t, docker, session), "nothing appears later")
		})
	}
}

// What ends a process and its children leaves the watcher to the last.
func TestWatcherOutlivesSignals(t *testing.T) {
	l, docker := open(t)
	_, err := l.Start(t.Context(), spec(t, docker, l, 0))
	require.NoError(t, err)
	pids := watchers(t, l.Session)
	require.Len(t, pids, 1)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		require.NoError(t, syscall.Kill(pids[0], signal))
	}
	time.Sleep(100 * time.Millisecond)
	require.Equal(t, pids, watchers(t, l.Session))
}

// watchers lists the processes that watch a lab.
func watchers(t *testing.T, session string) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	require.NoError(t, err)
	var pids []int
	for _, file := range files {
		env, err := os.ReadFile(file)
		if err == nil && bytes.Contains(env, []byte(watchVariable+"="+session)) {
			var pid int
			_, err := fmt.Sscanf(file, "/proc/%d/", &pid)
			require.NoError(t, err)
			pids = append(pids, pid)
		}
	}
	return pids
}
