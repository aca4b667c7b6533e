package lab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// Box is a container of a lab. It keeps its address and its published ports
// over restarts.
type Box struct {
	Name      string
	Container string // its name in Docker's lists
	Image     string
	Addr      netip.Addr // on the lab's network

	lab      *Lab
	c        *testcontainers.DockerContainer
	ports    map[int]int
	follower *follower
}

// Published is where a published port can be reached: 127.0.0.1 and a port.
func (b *Box) Published(inside int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(b.ports[inside]))
}

// ID is the container's id.
func (b *Box) ID() string { return b.c.GetContainerID() }

// Write puts a file into the running container.
func (b *Box) Write(ctx context.Context, f File) error {
	return b.said("write "+f.Path+" in", b.c.CopyToContainer(ctx, []byte(f.Text), f.Path, 0o644))
}

// LastWords are the last lines that the container wrote, for an error's end.
func (b *Box) LastWords() string { return b.lab.lastWords(b.ID()) }

// Ended is an *[EndedError] if the container's process has ended, nil if it
// runs or cannot be asked.
func (b *Box) Ended(ctx context.Context) error {
	if ended := b.lab.ended(ctx, b.Name, b.ID()); ended != nil {
		return ended
	}
	return nil
}

// Signal sends a signal, such as KILL, to the container's first process.
func (b *Box) Signal(ctx context.Context, name string) error {
	_, err := b.lab.docker.ContainerKill(ctx, b.ID(), client.ContainerKillOptions{Signal: name})
	return b.said("send SIG"+name+" to", err)
}

// Stop sends SIGTERM, and SIGKILL after grace (rounded up to whole seconds,
// as Docker has it).
func (b *Box) Stop(ctx context.Context, grace time.Duration) error {
	seconds := int((grace + time.Second - 1) / time.Second)
	_, err := b.lab.docker.ContainerStop(ctx, b.ID(), client.ContainerStopOptions{Timeout: &seconds})
	return b.said("stop", err)
}

// Restart starts the container again, after Signal or Stop ended it.
func (b *Box) Restart(ctx context.Context) error {
	_, err := b.lab.docker.ContainerStart(ctx, b.ID(), client.ContainerStartOptions{})
	if err == nil {
		b.follower.again()
	}
	return b.said("start", err)
}

// Pause freezes all processes of the container, as SIGSTOP does.
func (b *Box) Pause(ctx context.Context) error {
	_, err := b.lab.docker.ContainerPause(ctx, b.ID(), client.ContainerPauseOptions{})
	return b.said("pause", err)
}

// Resume ends Pause.
func (b *Box) Resume(ctx context.Context) error {
	_, err := b.lab.docker.ContainerUnpause(ctx, b.ID(), client.ContainerUnpauseOptions{})
	return b.said("resume", err)
}

// Processes lists the container's processes: the command line of each, by
// process id.
func (b *Box) Processes(ctx context.Context) (map[int]string, error) {
	top, err := b.lab.docker.ContainerTop(ctx, b.ID(), client.ContainerTopOptions{Arguments: []string{"-eo", "pid,args"}})
	if err != nil {
		return nil, b.said("list the processes of", err)
	}
	all := map[int]string{}
	for _, fields := range top.Processes {
		if pid, err := strconv.Atoi(fields[0]); err == nil {
			all[pid] = strings.TrimSpace(strings.Join(fields[1:], " "))
		}
	}
	return all, nil
}

// Gone waits until the container's process has ended.
func (b *Box) Gone(ctx context.Context) error {
	w := b.lab.docker.ContainerWait(ctx, b.ID(), client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case <-w.Result:
		return nil
	case err := <-w.Error:
		return b.said("wait for", err)
	}
}

// Written returns when all that an ended container wrote has been handed to
// its Output.
func (b *Box) Written(ctx context.Context) error {
	return b.said("read the output of", b.follower.finish(ctx))
}

func (b *Box) said(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s %s: %w", what, b.Name, err)
	}
	return nil
}
