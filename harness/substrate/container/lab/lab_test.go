package lab

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go/wait"
	"golang.org/x/sync/errgroup"

	"github.com/logoutlab/logoutlab/harness/substrate/container/containertest"
	"github.com/logoutlab/logoutlab/harness/substrate/container/images"
)

// part is the image that the tests' containers are made from.
const part = "memcached"

func open(t *testing.T) (*Lab, *client.Client) {
	t.Helper()
	docker := containertest.Require(t, part)
	l, err := Open(t.Context(), docker)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l, docker
}

// spec is a container of the n-th address that is ready in no time.
func spec(t testing.TB, docker *client.Client, l *Lab, n int) Spec {
	t.Helper()
	image, err := images.Find(t.Context(), docker, part)
	require.NoError(t, err)
	return Spec{
		Name: "part-" + string(rune('a'+n)), Image: image, Addr: l.Addr(10 + n), Cmd: []string{"memcached", "-vv"},
		Ready: wait.ForLog("server listening").WithPollInterval(10 * time.Millisecond),
	}
}

// left counts what is there of a lab.
func left(t *testing.T, docker *client.Client, session string) Count {
	t.Helper()
	here, err := find(context.Background(), docker, labelSession+"="+session)
	require.NoError(t, err)
	return here.count()
}

// A port can be taken by another program between its choice and its use:
// another is used then.
func TestPortTaken(t *testing.T) {
	l, docker := open(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	choices := 0
	l.choose = func(inside []int) (map[int]int, error) {
		if choices++; choices > 1 {
			return l.freePorts(inside)
		}
		return map[int]int{inside[0]: taken.Addr().(*net.TCPAddr).Port}, nil
	}
	s := spec(t, docker, l, 0)
	s.Publish = []int{11211}
	b, err := l.Start(t.Context(), s)
	require.NoError(t, err)
	require.Equal(t, 2, choices)
	require.NotEqual(t, taken.Addr().String(), b.Published(11211))
	require.Equal(t, Count{1, 1}, left(t, docker, l.Session), "the one that got no port has been removed")

	l.choose = func(inside []int) (map[int]int, error) {
		return map[int]int{inside[0]: taken.Addr().(*net.TCPAddr).Port}, nil
	}
	s.Name, s.Addr = "part-b", l.Addr(11)
	_, err = l.Start(t.Context(), s)
	require.ErrorContains(t, err, taken.Addr().String())
	require.ErrorContains(t, err, "in use")
}

// A container that ends at once is reported with its own last words.
func TestEndsAtOnce(t *testing.T) {
	l, docker := open(t)
	s := spec(t, docker, l, 0)
	s.Cmd = []string{"memcached", "--no-such-option"}
	began := time.Now()
	_, err := l.Start(t.Context(), s)
	var ended *EndedError
	require.ErrorAs(t, err, &ended)
	require.Positive(t, ended.Code)
	require.ErrorContains(t, err, fmt.Sprintf("the container of part-a (image %s) ended: exit code %d; its last lines:\n    ", s.Image, ended.Code))
	require.ErrorContains(t, err, "unrecognized option '--no-such-option'")
	require.Less(t, time.Since(began), 5*time.Second)

	s.Name, s.Cmd, s.Addr = "part-b", []string{"no-such-program"}, l.Addr(11)
	_, err = l.Start(t.Context(), s)
	require.ErrorContains(t, err, "no-such-program")

	s.Name, s.Cmd, s.Addr, s.Ready = "part-c", []string{"sh", "-c", "sleep 0.3; echo it is over; exit 7"}, l.Addr(12), nil
	b, err := l.Start(t.Context(), s)
	require.NoError(t, err)
	require.NoError(t, b.Ended(t.Context()), "it runs")
	require.NoError(t, b.Gone(t.Context()))
	require.ErrorAs(t, b.Ended(t.Context()), &ended)
	require.Equal(t, 7, ended.Code)
	require.Contains(t, ended.Said, "it is over")
}

// What runs in a lab can do no more than its work needs.
func TestConfined(t *testing.T) {
	l, docker := open(t)
	plain, file := spec(t, docker, l, 0), spec(t, docker, l, 1)
	file.Files = []File{{Path: "/etc/note", Text: "x"}}
	for _, s := range []Spec{plain, file} {
		b, err := l.Start(t.Context(), s)
		require.NoError(t, err)
		found, err := docker.ContainerInspect(t.Context(), b.ID(), client.ContainerInspectOptions{})
		require.NoError(t, err)
		host := found.Container.HostConfig
		require.Equal(t, []string{"ALL"}, host.CapDrop)
		require.Empty(t, host.CapAdd)
		require.Equal(t, []string{"no-new-privileges"}, host.SecurityOpt)
		require.False(t, host.Privileged)
		require.Empty(t, host.Binds)
		require.Equal(t, len(s.Files) == 0, host.ReadonlyRootfs)
		require.EqualValues(t, memoryLimit, host.Memory)
		require.EqualValues(t, processLimit, *host.PidsLimit)
	}
}

// Whenever the start is interrupted, nothing is there after Close, nor does
// anything appear later, as the daemon may finish what it has begun.
func TestInterruptedStart(t *testing.T) {
	docker := containertest.Require(t, part)
	mine := labelOwner + "=" + owner(os.Getpid())
	for _, after := range []time.Duration{0, 10, 50, 150, 400} {
		after *= time.Millisecond
		t.Run(after.String(), func(t *testing.T) {
			interrupted, cancel := context.WithTimeout(t.Context(), after)
			defer cancel()
			if l, err := Open(interrupted, docker); err != nil {
				require.ErrorIs(t, err, context.DeadlineExceeded)
			} else {
				require.NoError(t, l.Close())
			}
			l, err := Open(t.Context(), docker)
			require.NoError(t, err)
			interrupted, cancel = context.WithTimeout(t.Context(), after)
			defer cancel()
			var started errgroup.Group
			for n := range 4 {
				started.Go(func() error {
					s := spec(t, docker, l, n)
					s.Ready = wait.ForLog("never said")
					_, err := l.Start(interrupted, s)
					return err
				})
			}
			require.ErrorIs(t, started.Wait(), context.DeadlineExceeded)
			require.NoError(t, l.Close())
			for until := time.Now().Add(time.Second); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
				here, err := find(t.Context(), docker, mine)
				require.NoError(t, err)
				require.Empty(t, here)
			}
		})
	}
}

// Close may be called again, and lets the watcher go.
func TestCloseTwice(t *testing.T) {
	l, docker := open(t)
	_, err := l.Start(t.Context(), spec(t, docker, l, 0))
	require.NoError(t, err)
	require.Equal(t, Count{1, 1}, left(t, docker, l.Session))
	require.NotEmpty(t, watchers(t, l.Session))
	require.NoError(t, l.Close())
	require.Zero(t, left(t, docker, l.Session))
	require.Empty(t, watchers(t, l.Session))
	require.NoError(t, l.Close())
}

// A watcher that hears that nothing is left asks no daemon.
func TestWatchNothingLeft(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
	require.NoError(t, watch(strings.NewReader(allGone), "any"))
	require.ErrorContains(t, watch(strings.NewReader(""), "any"), "no Docker daemon answers")
}

// A file of an image is read without a container that stays.
func TestFetch(t *testing.T) {
	l, docker := open(t)
	image, err := images.Find(t.Context(), docker, part)
	require.NoError(t, err)
	text, err := l.Fetch(t.Context(), image, "/etc/passwd")
	require.NoError(t, err)
	require.Contains(t, string(text), "memcache:")
	_, err = l.Fetch(t.Context(), image, "/no/such/file")
	require.ErrorContains(t, err, "read /no/such/file of the image "+image)
	require.Zero(t, left(t, docker, l.Session).Containers)
}
