package lab

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Fetch reads a file of an image. Nothing of the image is run.
func (l *Lab) Fetch(ctx context.Context, image, path string) ([]byte, error) {
	text, err := l.fetch(ctx, image, path)
	if err != nil {
		return nil, fmt.Errorf("read %s of the image %s: %w", path, image, err)
	}
	return text, nil
}

func (l *Lab) fetch(ctx context.Context, image, path string) (text []byte, err error) {
	made, err := l.docker.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config:     &container.Config{Image: image, Labels: l.labels()},
		HostConfig: &container.HostConfig{NetworkMode: "none"},
	})
	if err != nil {
		return nil, err
	}
	defer func() {
		_, err1 := l.docker.ContainerRemove(ctx, made.ID, client.ContainerRemoveOptions{Force: true})
		if !errdefs.IsNotFound(err1) {
			err = errors.Join(err, err1)
		}
	}()
	copied, err := l.docker.CopyFromContainer(ctx, made.ID, client.CopyFromContainerOptions{SourcePath: path})
	if err != nil {
		return nil, err
	}
	defer copied.Content.Close()
	archive := tar.NewReader(copied.Content)
	if _, err := archive.Next(); err != nil {
		return nil, err
	}
	return io.ReadAll(archive)
}
