package lab

import (
	"bufio"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

// follower hands a container's standard output on, line by line, over all its
// restarts, each line once. Docker keeps what a process wrote before it was
// killed, and ends a stream when the container stops: after a restart the
// output is read from its beginning, and the lines known already are skipped.
type follower struct {
	docker *client.Client
	id     string
	output func(line []byte)
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu   sync.Mutex // held while lines are handed on
	seen int        // complete lines handed on
}

func follow(docker *client.Client, id string, output func([]byte)) *follower {
	f := &follower{docker: docker, id: id, output: output}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.again()
	return f
}

// again follows from now on, as a stream that has ended does not.
func (f *follower) again() {
	if f.output == nil {
		return
	}
	f.done.Add(1)
	go func() {
		defer f.done.Done()
		_ = f.read(f.ctx, true) // what a broken stream misses, finish reads
	}()
}

// finish reads what is left of a container that has stopped.
func (f *follower) finish(ctx context.Context) error {
	if f.output == nil {
		return nil
	}
	return f.read(ctx, false)
}

func (f *follower) stop() {
	f.cancel()
	f.done.Wait()
}

// read hands on the lines that are new.
func (f *follower) read(ctx context.Context, on bool) error {
	logs, err := f.docker.ContainerLogs(ctx, f.id, client.ContainerLogsOptions{ShowStdout: true, Follow: on})
	if err != nil {
		return err
	}
	defer logs.Close()
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(demultiplex(w, io.Discard, logs)) }()
	defer r.Close()
	lines := bufio.NewReaderSize(r, 64<<10)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil // an unfinished line is none
		}
		if err != nil {
			return err
		}
		f.hand(n, line[:len(line)-1])
	}
}

// hand hands line n on unless an earlier stream has brought it.
func (f *follower) hand(n int, line []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n == f.seen+1 {
		f.seen = n
		f.output(line)
	}
}

func demultiplex(stdout, stderr io.Writer, from io.Reader) error {
	_, err := stdcopy.StdCopy(stdout, stderr, from)
	return err
}
