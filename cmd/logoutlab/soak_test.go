package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/substrate/container/containertest"
)

// soakVariable is how many runs TestSoak makes.
const soakVariable = "LOGOUTLAB_SOAK"

// One run after another, every third of them killed at some moment: nothing is
// left of any, and the Docker daemon holds no more files than before.
func TestSoak(t *testing.T) {
	runs, err := strconv.Atoi(os.Getenv(soakVariable))
	if err != nil || runs < 1 {
		t.Skipf("SKIPPED: many runs in a row take minutes: make soak, or %s=50", soakVariable)
	}
	docker := containertest.Require(t, "haproxy", "redis")
	programOfNodes(t)
	file := writeWays(t)
	before := takeStock(t, docker)
	var usual, slowest time.Duration
	killed := 0
	for n := range runs {
		p := runInContainers(t, docker, "logoutlab", file+"/sound", "--retry-slow", "0")
		began := time.Now()
		p.begin(t)
		if n%3 == 2 {
			time.Sleep(rand.N(usual))
			_ = p.Process.Kill() // it may have ended
			killed++
		}
		code := p.end(t)
		slowest = max(slowest, p.leavesNothing(t))
		if n%3 == 2 {
			continue
		}
		require.Contains(t, []int{exitHolds, exitUnknown}, code, &p.said) // unknown: the machine was too slow
		usual = p.ended.Sub(began)
	}
	after := takeStock(t, docker)
	for until := time.Now().Add(cleaning); after.files-before.files >= runs/2 && time.Now().Before(until); {
		time.Sleep(100 * time.Millisecond) // the daemon closes files in its own time
		after = takeStock(t, docker)
	}
	t.Logf("%d runs, %d of them killed; a run takes %v; gone at most %v after the end", runs, killed, usual.Round(time.Millisecond), slowest.Round(time.Millisecond))
	t.Logf("before %+v, after %+v", before, after)
	if before.others+after.others > 0 {
		t.Log("NOT COMPARED: others' containers are there, so that what the daemon holds says nothing: run it when they are not")
		return
	}
	require.LessOrEqual(t, after.volumes, before.volumes)
	require.LessOrEqual(t, after.proxies, before.proxies)
	require.Less(t, after.files-before.files, runs/2, "files of the daemon's that are open: less than one for two runs")
}

// stock is what the Docker daemon holds.
type stock struct {
	others  int // containers of anybody's
	volumes int
	proxies int // its processes that publish ports
	files   int // that it has open; 0 if that cannot be seen
}

func takeStock(t *testing.T, docker *client.Client) stock {
	t.Helper()
	var s stock
	containers, err := docker.ContainerList(t.Context(), client.ContainerListOptions{All: true})
	require.NoError(t, err)
	s.others = len(containers.Items)
	volumes, err := docker.VolumeList(t.Context(), client.VolumeListOptions{})
	require.NoError(t, err)
	s.volumes = len(volumes.Items)
	names, err := filepath.Glob("/proc/[0-9]*/comm")
	require.NoError(t, err)
	for _, file := range names {
		name, _ := os.ReadFile(file) // one that has ended meanwhile is no matter
		switch strings.TrimSpace(string(name)) {
		case "docker-proxy":
			s.proxies++
		case "dockerd":
			open, _ := os.ReadDir(filepath.Join(filepath.Dir(file), "fd")) // another user's cannot be seen
			s.files += len(open)
		}
	}
	return s
}
