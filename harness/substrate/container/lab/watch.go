package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"

	"github.com/logoutlab/logoutlab/harness/substrate/container/daemon"
)

// watchVariable makes this program, or a test of another module that imports
// this package, the watcher of the session that it names.
const watchVariable = "LOGOUTLAB_WATCH_LAB"

// Whatever program a lab is part of is its watcher too: it is there, and needs
// no other to be found or built. This fills no variable; it diverts a process
// that [startWatcher] made before anything else of it runs. A call from main in
// its place would have to stand in each main and TestMain that leads here, those
// of other modules' suites (harness.Run) too: one that lacked it would run its
// tests once more where it should watch.
func init() {
	session := os.Getenv(watchVariable)
	if session == "" {
		return
	}
	// What ends a whole group of processes is for the others: who watches them
	// ends last, with the pipe.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	if err := watch(os.Stdin, session); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// watcher is a process that outlives this one, to clean up after it.
type watcher struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser
	once sync.Once
	err  error
}

// startWatcher starts the watcher in a session of its own, so that Ctrl-C does
// not reach it. It holds the other end of a pipe: when this process ends,
// however it ends, the pipe closes.
func startWatcher(session string) (*watcher, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start the watcher: %w", err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), watchVariable+"="+session)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the watcher: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the watcher %s: %w", program, err)
	}
	return &watcher{cmd: cmd, pipe: pipe}, nil
}

// allGone is what a watcher is told by a process that left nothing to remove.
const allGone = "all gone"

// release lets the watcher finish: with nothing left for it to do, or else
// after it has done it.
func (w *watcher) release(nothingLeft bool) error {
	w.once.Do(func() {
		if nothingLeft {
			_, _ = io.WriteString(w.pipe, allGone) // a watcher that has gone says so below
		}
		_ = w.pipe.Close()
		if err := w.cmd.Wait(); err != nil {
			w.err = fmt.Errorf("the watcher of the containers: %w", err)
		}
	})
	return w.err
}

// watch waits until r ends, which is when the process that holds its other end
// does, and removes what is left of the session, unless it read that nothing is.
func watch(r io.Reader, session string) error {
	if last, _ := io.ReadAll(r); string(last) == allGone {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), removal)
	defer cancel()
	docker, err := daemon.Connect(ctx)
	if err != nil {
		return err
	}
	_, err = sweep(ctx, docker, session, settling)
	return errors.Join(err, docker.Close())
}
