package lab

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Inside runs a shell command in the network namespace of the box, from an
// image that has what it needs, as root with NET_ADMIN and no other capability;
// the box itself gets none. It fails if the box does not run, or the command
// fails; the error then ends with what it said.
func (b *Box) Inside(ctx context.Context, image, command string) error {
	return b.said("change the network of", b.inside(ctx, image, command))
}

func (b *Box) inside(ctx context.Context, image, command string) (err error) {
	docker := b.lab.docker
	made, err := docker.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: &container.Config{Image: image, User: "0", Cmd: []string{"sh", "-c", command}, Labels: b.lab.labels()},
		HostConfig: &container.HostConfig{
			NetworkMode: container.NetworkMode("container:" + b.ID()),
			CapDrop:     []string{"ALL"}, CapAdd: []string{"NET_ADMIN"}, SecurityOpt: []string{"no-new-privileges"},
		},
	})
	if err != nil {
		return err
	}
	defer func() {
		_, err1 := docker.ContainerRemove(ctx, made.ID, client.ContainerRemoveOptions{Force: true})
		if !errdefs.IsNotFound(err1) {
			err = errors.Join(err, err1)
		}
	}()
	ended := docker.ContainerWait(ctx, made.ID, client.ContainerWaitOptions{Condition: container.WaitConditionNextExit})
	if _, err := docker.ContainerStart(ctx, made.ID, client.ContainerStartOptions{}); err != nil {
		return err
	}
	select {
	case end := <-ended.Result:
		if end.StatusCode != 0 {
			return fmt.Errorf("the command %q ended with %d%s", command, end.StatusCode, b.lab.lastWords(made.ID))
		}
		return nil
	case err := <-ended.Error:
		return err
	}
}

// Down tells whether an error of [Box.Inside] says that the box does not run.
func Down(err error) bool { return strings.Contains(err.Error(), "non running container") }
