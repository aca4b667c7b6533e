package images_test

import (
	"context"
	"errors"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/image"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/substrate/container/images"
)

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range images.Table() {
		require.False(t, seen[row.Part], row.Part)
		seen[row.Part] = true
		if row.Part != "skew" { // of our own making
			require.Regexp(t, `^[a-z/]+:v?[0-9][0-9.]+$`, row.Official, "pinned")
		}
		require.Equal(t, "logoutlab/"+row.Part, row.Local)
		require.FileExists(t, row.Part+".Dockerfile")
	}
	for _, part := range []string{"haproxy", "nginx", "varnish", "redis", "memcached", "netadmin", "skew"} {
		require.True(t, seen[part], part)
	}
	_, err := images.Of("squid")
	require.ErrorContains(t, err, "known are memcached, redis, haproxy")
}

// TestOneTable keeps the names in images.txt alone.
func TestOneTable(t *testing.T) {
	script, err := os.ReadFile("build.sh")
	require.NoError(t, err)
	code := regexp.MustCompile(`(?m)#.*$`).ReplaceAllString(string(script), "")
	for _, row := range images.Table() {
		if row.Official != "" {
			require.NotContains(t, code, row.Official)
		}
		require.NotContains(t, code, row.Local)
	}
}

// shelf is a daemon with some images and no registry.
type shelf struct {
	client.ImagePullResponse
	images []image.Summary
	broken error
	pulls  int

	used    map[string]bool // images of a container
	removed []string
}

var errNoRegistry = errors.New("no such host")

func (s *shelf) ImageList(_ context.Context, options client.ImageListOptions) (client.ImageListResult, error) {
	var found []image.Summary
	for _, i := range s.images {
		if s.has(i, options.Filters) {
			found = append(found, i)
		}
	}
	return client.ImageListResult{Items: found}, s.broken
}

func (s *shelf) has(i image.Summary, filters client.Filters) bool {
	for label := range filters["label"] {
		if _, ok := i.Labels[label]; !ok {
			return false
		}
	}
	for pattern := range filters["reference"] {
		for _, tag := range i.RepoTags {
			name, _, _ := strings.Cut(tag, ":")
			whole, _ := path.Match(pattern, tag)
			short, _ := path.Match(pattern, name)
			if whole || short {
				return true
			}
		}
	}
	return len(filters["reference"]) == 0
}

func (s *shelf) ImagePull(context.Context, string, client.ImagePullOptions) (client.ImagePullResponse, error) {
	s.pulls++
	return nil, errNoRegistry
}

func made(created int64, tags ...string) image.Summary {
	return image.Summary{Created: created, RepoTags: tags, Labels: map[string]string{images.Label: "1"}}
}

func TestFind(t *testing.T) {
	haproxy, err := images.Of("haproxy")
	require.NoError(t, err)
	official := image.Summary{RepoTags: []string{haproxy.Official}}
	for name, c := range map[string]struct {
		here []image.Summary
		want string
	}{
		"local":                   {[]image.Summary{made(1, "logoutlab/haproxy:2.6.12")}, "logoutlab/haproxy:2.6.12"},
		"the newest local":        {[]image.Summary{made(1, "logoutlab/haproxy:2.6.12"), made(3, "logoutlab/haproxy:3.0.11"), made(2, "logoutlab/haproxy:2.8.5")}, "logoutlab/haproxy:3.0.11"},
		"local before official":   {[]image.Summary{official, made(1, "logoutlab/haproxy:2.6.12")}, "logoutlab/haproxy:2.6.12"},
		"official":                {[]image.Summary{made(1, "logoutlab/nginx:1.22.1"), official}, haproxy.Official},
		"not somebody's namesake": {[]image.Summary{{RepoTags: []string{"logoutlab/haproxy:mine"}}, official}, haproxy.Official},
		"one of several names":    {[]image.Summary{made(1, "mine/haproxy:1", "logoutlab/haproxy:2.6.12")}, "logoutlab/haproxy:2.6.12"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{images: c.here}
			ref, err := images.Find(t.Context(), s, "haproxy")
			require.NoError(t, err)
			require.Equal(t, c.want, ref)
			require.Zero(t, s.pulls)
		})
	}
}

func TestFindSaysWhatToDo(t *testing.T) {
	s := &shelf{images: []image.Summary{{RepoTags: []string{"haproxy:1.5"}}}}
	_, err := images.Find(t.Context(), s, "haproxy")
	require.ErrorIs(t, err, errNoRegistry)
	require.ErrorContains(t, err, "make images")
	require.ErrorContains(t, err, "logoutlab/haproxy")
	require.Equal(t, 1, s.pulls)

	_, err = images.Find(t.Context(), s, "skew")
	require.ErrorContains(t, err, "make images")
	require.Equal(t, 1, s.pulls, "there is none to pull")

	_, err = images.Find(t.Context(), &shelf{broken: errors.New("permission denied")}, "haproxy")
	require.ErrorContains(t, err, "permission denied")
	_, err = images.Find(t.Context(), s, "squid")
	require.ErrorContains(t, err, "squid")
}

func (s *shelf) ImageRemove(_ context.Context, ref string, _ client.ImageRemoveOptions) (client.ImageRemoveResult, error) {
	if s.used[ref] {
		return client.ImageRemoveResult{}, errdefs.ErrConflict
	}
	s.removed = append(s.removed, ref)
	return client.ImageRemoveResult{}, s.broken
}

func TestPruneNodes(t *testing.T) {
	node := func(id string, tags ...string) image.Summary {
		return image.Summary{ID: id, RepoTags: tags, Labels: map[string]string{images.NodeLabel: "1"}}
	}
	s := &shelf{
		images: []image.Summary{
			node("sha256:1", "logoutlab/node:111111111111"), node("sha256:2", "logoutlab/node:222222222222"),
			node("sha256:3", "logoutlab/node:333333333333"), node("sha256:4"), made(1, "logoutlab/haproxy:2.6.12"),
			{Created: 1000, RepoTags: []string{"logoutlab/node:555555555555"}, Labels: map[string]string{images.NodeLabel: "1"}},
		},
		used: map[string]bool{"logoutlab/node:222222222222": true},
	}
	removed, err := images.PruneNodes(t.Context(), s, time.Unix(1000, 0), "logoutlab/node:333333333333")
	require.NoError(t, err)
	require.Equal(t, []string{"logoutlab/node:111111111111", "sha256:4"}, removed)
	require.Equal(t, removed, s.removed)
}
