package lab

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// asking is how long the daemon may take to tell about a container.
const asking = 2 * time.Second

// EndedError says that a container's process ended, and what it said last.
type EndedError struct {
	Name, Image string
	Code        int // the exit code; over 128: the signal that ended it, plus 128
	OutOfMemory bool
	Said        string // its last lines
}

// Error gives the exit code and the last lines.
func (e *EndedError) Error() string {
	why := fmt.Sprintf("exit code %d", e.Code)
	if e.OutOfMemory {
		why += ", out of memory"
	}
	return fmt.Sprintf("the container of %s (image %s) ended: %s%s", e.Name, e.Image, why, e.Said)
}

// notReady is the error of a container that did not come up: its own end, if
// that is why.
func (l *Lab) notReady(ctx context.Context, s Spec, id string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("start %s: %w", s.Name, ctx.Err())
	}
	if portTaken(err) {
		return fmt.Errorf("start %s: %w", s.Name, err)
	}
	if ended := l.ended(ctx, s.Name, id); ended != nil {
		return ended
	}
	return fmt.Errorf("start %s from image %s: %w%s", s.Name, s.Image, err, l.lastWords(id))
}

// ended is nil for a container that runs, was never started, or cannot be asked.
func (l *Lab) ended(ctx context.Context, name, id string) *EndedError {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	found, err := l.docker.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil || found.Container.State == nil || found.Container.State.Status != container.StateExited {
		return nil
	}
	state := found.Container.State
	return &EndedError{
		Name: name, Image: found.Container.Config.Image, Code: state.ExitCode, OutOfMemory: state.OOMKilled, Said: l.lastWords(id),
	}
}

// lastWords are a container's last lines, for an error's end.
func (l *Lab) lastWords(id string) string {
	ctx, cancel := context.WithTimeout(context.Background(), asking)
	defer cancel()
	logs, err := l.docker.ContainerLogs(ctx, id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Tail: "12"})
	if err != nil {
		return ""
	}
	defer logs.Close()
	var text strings.Builder
	_ = demultiplex(&text, &text, io.LimitReader(logs, 8192))
	said := strings.TrimSpace(text.String())
	if said == "" {
		return "; it said nothing"
	}
	return "; its last lines:\n    " + strings.ReplaceAll(said, "\n", "\n    ")
}
