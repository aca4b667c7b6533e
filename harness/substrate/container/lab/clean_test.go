package lab

import (
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/substrate/container/images"
)

// ended is the owner's name of a process that has ended.
func ended(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("sleep", "60")
	require.NoError(t, cmd.Start())
	name := owner(cmd.Process.Pid)
	require.Equal(t, living, lifeOf(name))
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	return name
}

func TestLifeOf(t *testing.T) {
	me := owner(os.Getpid())
	f := strings.Split(me, "/")
	for name, c := range map[string]struct {
		owner string
		want  life
	}{
		"this process":               {me, living},
		"its parent":                 {owner(os.Getppid()), living},
		"an ended process":           {ended(t), dead},
		"another with this id":       {strings.Join([]string{f[0], f[1], f[2], f[3], "1"}, "/"), dead},
		"before this machine's boot": {strings.Join([]string{f[0], "b", f[2], f[3], f[4]}, "/"), dead},
		"another machine":            {strings.Join([]string{"h", "b", f[2], f[3], f[4]}, "/"), elsewhere},
		"another container here":     {strings.Join([]string{"h", f[1], "1", f[3], f[4]}, "/"), elsewhere},
		"this machine, renamed":      {strings.Join([]string{"h", f[1], f[2], f[3], f[4]}, "/"), living},
		"a label of other versions":  {"17/18/x", elsewhere},
		"no process id":              {strings.Join([]string{f[0], f[1], f[2], "-1", f[4]}, "/"), elsewhere},
		"no label":                   {"", elsewhere},
	} {
		require.Equal(t, c.want, lifeOf(c.owner), name)
	}
}

// A process that nobody has waited for is as dead as it gets.
func TestZombie(t *testing.T) {
	cmd := exec.Command("true")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	name := owner(cmd.Process.Pid)
	_, err = out.Read(make([]byte, 1)) // ends when the process does
	require.Error(t, err)
	require.Eventually(t, func() bool { return lifeOf(name) == dead }, 5*time.Second, time.Millisecond)
	require.NoError(t, cmd.Wait())
}

// Clean removes what dead processes left, and nothing else.
func TestClean(t *testing.T) {
	running, docker := open(t)
	_, err := running.Start(t.Context(), spec(t, docker, running, 0))
	require.NoError(t, err)
	made := strings.ToLower(rand.Text()[:8])
	foreign := []string{
		place(t, docker, nil),
		place(t, docker, map[string]string{"org.example": made}),
		place(t, docker, map[string]string{labelOurs: "1", "org.example": made}), // not ours: of no session
	}
	foreignNets := []string{
		connect(t, docker, "foreign-"+made, nil),
		connect(t, docker, "logoutlab-"+made, map[string]string{"org.example": made}), // whatever it is called
		connect(t, docker, "ours-"+made, map[string]string{labelOurs: "1"}),           // not ours: of no session
	}
	dead := "dead" + made
	labels := map[string]string{labelOurs: "1", labelSession: dead, labelOwner: ended(t)}
	place(t, docker, labels)
	connect(t, docker, "logoutlab-"+dead, labels)
	far := "far" + made
	place(t, docker, map[string]string{labelOurs: "1", labelSession: far, labelOwner: "another/boot/1/2/3"})

	cleaned, err := Clean(t.Context(), docker, false)
	require.NoError(t, err)
	require.GreaterOrEqual(t, cleaned.Removed.Containers, 1)
	require.GreaterOrEqual(t, cleaned.Removed.Networks, 1)
	require.GreaterOrEqual(t, cleaned.Living.Containers, 1)
	require.GreaterOrEqual(t, cleaned.Elsewhere.Containers, 1)
	require.Zero(t, left(t, docker, dead))
	require.Equal(t, Count{1, 1}, left(t, docker, running.Session))
	require.Equal(t, Count{1, 0}, left(t, docker, far))
	for _, id := range foreign {
		_, err := docker.ContainerInspect(t.Context(), id, client.ContainerInspectOptions{})
		require.NoError(t, err)
	}
	for _, id := range foreignNets {
		_, err := docker.NetworkInspect(t.Context(), id, client.NetworkInspectOptions{})
		require.NoError(t, err)
	}

	// Everywhere is tried on this test's own only: others' tests may be at work.
	here, err := find(t.Context(), docker, labelSession+"="+far)
	require.NoError(t, err)
	cleaned, err = here.clean(t.Context(), docker, true)
	require.NoError(t, err)
	require.Equal(t, Cleaned{Removed: Count{1, 0}}, cleaned)
	here, err = find(t.Context(), docker, labelSession+"="+running.Session)
	require.NoError(t, err)
	cleaned, err = here.clean(t.Context(), docker, true)
	require.NoError(t, err)
	require.Equal(t, Cleaned{Living: Count{1, 1}}, cleaned, "no living run, not even so")
}

// place makes a container that never runs.
func place(t *testing.T, docker *client.Client, labels map[string]string) string {
	t.Helper()
	image, err := images.Find(t.Context(), docker, part)
	require.NoError(t, err)
	c, err := docker.ContainerCreate(t.Context(), client.ContainerCreateOptions{Config: &container.Config{Image: image, Labels: labels}})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, _ = docker.ContainerRemove(context.Background(), c.ID, client.ContainerRemoveOptions{Force: true})
	})
	return c.ID
}

// connect makes a network that nothing is on.
func connect(t *testing.T, docker *client.Client, name string, labels map[string]string) string {
	t.Helper()
	n, err := docker.NetworkCreate(t.Context(), name, client.NetworkCreateOptions{
		Labels: labels, IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: someSubnet()}}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = docker.NetworkRemove(context.Background(), n.ID, client.NetworkRemoveOptions{}) })
	return n.ID
}
