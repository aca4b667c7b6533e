package images

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/image"
	"github.com/moby/moby/client"
)

// pullLimit bounds how long a run waits for an image that `make images` should
// have brought before.
const pullLimit = time.Minute

// Lister lists the images of a daemon. A *client.Client is one.
type Lister interface {
	ImageList(ctx context.Context, options client.ImageListOptions) (client.ImageListResult, error)
}

// Puller lists the images of a daemon and pulls further ones.
type Puller interface {
	Lister
	ImagePull(ctx context.Context, ref string, options client.ImagePullOptions) (client.ImagePullResponse, error)
}

// Find returns the image that stands for a part: the local one if there is one,
// else the official one, which is pulled if it is missing. An error says what to
// do about it.
func Find(ctx context.Context, cli Puller, part string) (string, error) {
	wanted, err := Of(part)
	if err != nil {
		return "", err
	}
	if ref, err := Present(ctx, cli, wanted); ref != "" || err != nil {
		return ref, err
	}
	if wanted.Official == "" {
		return "", fmt.Errorf("no image for %s: %s is not here: run `make images` in a checkout of logoutlab, on Debian or Ubuntu", part, wanted.Local)
	}
	if err := pull(ctx, cli, wanted.Official); err != nil {
		return "", fmt.Errorf("no image for %s: neither %s nor %s is here, and pulling failed (%w): run `make images` in a checkout of logoutlab",
			part, wanted.Local, wanted.Official, err)
	}
	return wanted.Official, nil
}

// Present returns the image that is here for a part: the newest local one, else
// the official one, else "".
func Present(ctx context.Context, cli Lister, wanted Image) (string, error) {
	local, err := list(ctx, cli, client.Filters{}.Add("reference", wanted.Local).Add("label", Label))
	if err != nil {
		return "", err
	}
	for _, found := range local {
		if ref := tagIn(found, wanted.Local); ref != "" {
			return ref, nil
		}
	}
	if wanted.Official == "" {
		return "", nil
	}
	official, err := list(ctx, cli, client.Filters{}.Add("reference", wanted.Official))
	if err != nil || len(official) == 0 {
		return "", err
	}
	return wanted.Official, nil
}

// list returns images, the newest first.
func list(ctx context.Context, cli Lister, filters client.Filters) ([]image.Summary, error) {
	found, err := cli.ImageList(ctx, client.ImageListOptions{Filters: filters})
	if err != nil {
		return nil, fmt.Errorf("cannot list the images of the Docker daemon: %w", err)
	}
	slices.SortStableFunc(found.Items, func(a, b image.Summary) int { return cmp.Compare(b.Created, a.Created) })
	return found.Items, nil
}

// tagIn returns the name that an image has in a repository, or "".
func tagIn(found image.Summary, repository string) string {
	for _, ref := range found.RepoTags {
		if strings.HasPrefix(ref, repository+":") {
			return ref
		}
	}
	return ""
}

func pull(ctx context.Context, cli Puller, ref string) error {
	ctx, cancel := context.WithTimeout(ctx, pullLimit)
	defer cancel()
	progress, err := cli.ImagePull(ctx, ref, client.ImagePullOptions{})
	if err != nil {
		return err
	}
	return progress.Wait(ctx)
}
