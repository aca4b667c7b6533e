package lab

import (
	"context"

	"github.com/moby/moby/client"
)

// Running tells whether the container's process runs. What cannot be asked
// counts as running: time limits end the wait for it.
func (b *Box) Running(ctx context.Context) bool {
	found, err := b.lab.docker.ContainerInspect(ctx, b.ID(), client.ContainerInspectOptions{})
	return err != nil || found.Container.State == nil || found.Container.State.Running
}
