package container_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/container"
	"github.com/logoutlab/logoutlab/harness/substrate/container/containertest"
	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
	"github.com/logoutlab/logoutlab/harness/workload"
)

func planOf(t *testing.T, architecture string, faults ...string) *plan.Plan {
	t.Helper()
	s, err := scenario.Parse("test.yaml", []byte("scenario: test\narchitecture: {"+architecture+"}\n"+
		"variants: {broken: {faults: ["+strings.Join(faults, ", ")+"], expect: [{spurious_logouts: 0}]}}\n"))
	require.NoError(t, err)
	p, err := plan.Build(s, "broken", plan.Options{Seed: 1, Compress: 1})
	require.NoError(t, err)
	return p
}

// up starts an architecture, for the length of the test.
func up(t *testing.T, s *container.Substrate, architecture string, faults ...string) (*container.Cluster, *history.Memory) {
	t.Helper()
	record := &history.Memory{}
	c, err := s.Start(context.Background(), planOf(t, architecture, faults...), substrate.NewClock(), record)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c.(*container.Cluster), record
}

// get asks for a page as a user without a login, and returns the status.
func get(t *testing.T, c *container.Cluster) int {
	t.Helper()
	tr := &http.Transport{DialContext: workload.Dialer(nil, true), DisableKeepAlives: true}
	defer tr.CloseIdleConnections()
	req, err := http.NewRequest(http.MethodGet, c.URL()+"/page/1", nil)
	require.NoError(t, err)
	res, err := tr.RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode
}

// remains counts the containers and networks of a system.
func remains(t *testing.T, docker *client.Client, c *container.Cluster) int {
	t.Helper()
	filter := client.Filters{}.Add("label", "io.logoutlab.session="+c.Session())
	containers, err := docker.ContainerList(t.Context(), client.ContainerListOptions{All: true, Filters: filter})
	require.NoError(t, err)
	networks, err := docker.NetworkList(t.Context(), client.NetworkListOptions{Filters: filter})
	require.NoError(t, err)
	return len(containers.Items) + len(networks.Items)
}

// What a node decided is known when the system has been taken down, also if
// the node was killed; and nothing of it remains.
func TestKilledNodeTellsAll(t *testing.T) {
	docker := containertest.Require(t, "haproxy")
	record := &history.Memory{}
	started, err := (&container.Substrate{}).Start(context.Background(), planOf(t, "nodes: 2, session: {kind: memory}"), substrate.NewClock(), record)
	require.NoError(t, err)
	c := started.(*container.Cluster)
	for range 20 {
		require.Equal(t, http.StatusUnauthorized, get(t, c))
	}
	require.NoError(t, c.KillNode(0))
	require.NoError(t, c.StartNode(0))
	for range 20 {
		require.Equal(t, http.StatusUnauthorized, get(t, c))
	}
	require.Equal(t, 5, remains(t, docker, c), "two nodes, helper, balancer, network")
	require.NoError(t, c.Close())
	require.Zero(t, remains(t, docker, c))

	decisions, boots := 0, map[int]bool{}
	for e, err := range record.Events() {
		require.NoError(t, err)
		if e.Type == history.Decision {
			decisions++
		}
		if e.Node == "app-1" {
			boots[e.Boot] = true
		}
	}
	require.Equal(t, 40, decisions)
	require.Equal(t, map[int]bool{1: true, 2: true}, boots)
}

// A stopped node finishes what it has begun only if it is drained.
func TestStop(t *testing.T) {
	containertest.Require(t, "haproxy")
	c, _ := up(t, &container.Substrate{}, "nodes: 2, session: {kind: memory}, balancer: {drain: 5s}")
	for _, drain := range []bool{true, false} {
		began := time.Now()
		require.NoError(t, c.StopNode(t.Context(), 0, drain))
		require.Less(t, time.Since(began), 4*time.Second, "an idle node keeps nobody waiting")
		require.NoError(t, c.StartNode(0))
	}
	_, err := c.Partition(scenario.Pair{"balancer", "app-1"})
	require.ErrorContains(t, err, "the packet filter was not prepared")
	require.ErrorContains(t, c.SetStoreClockOffset(time.Hour), "no shared session store")
}

// A partition cuts off the two parts and no other, and lasts over a restart.
func TestPartition(t *testing.T) {
	containertest.Require(t, "haproxy", "netadmin")
	c, _ := up(t, &container.Substrate{}, "nodes: 2, session: {kind: memory}, balancer: {retries: 0, keep_alive: 0s, health: {interval: 0s}}",
		"{partition: {between: [balancer, app-1]}}")
	statuses := func() map[int]int {
		n := map[int]int{}
		for range 4 {
			n[get(t, c)]++
		}
		return n
	}
	half, all := map[int]int{http.StatusServiceUnavailable: 2, http.StatusUnauthorized: 2}, map[int]int{http.StatusUnauthorized: 4}
	heal, err := c.Partition(scenario.Pair{"app-1", "balancer"})
	require.NoError(t, err)
	require.Equal(t, half, statuses())
	require.NoError(t, c.KillNode(0))
	require.NoError(t, c.StartNode(0))
	require.Equal(t, half, statuses(), "the node has a new packet filter, the balancer the old one")
	require.NoError(t, heal())
	require.Equal(t, all, statuses())

	require.NoError(t, c.KillNode(0))
	heal, err = c.Partition(scenario.Pair{"app-1", "balancer"})
	require.NoError(t, err)
	require.NoError(t, c.StartNode(0))
	require.Equal(t, half, statuses(), "it was down when it was cut off")
	require.NoError(t, heal())
	require.Equal(t, all, statuses())

	_, err = c.Disturb(scenario.Pair{"balancer", "app-1"}, fault.Disturbance{ResetPercent: 100})
	require.ErrorContains(t, err, "no relay stands between balancer and app-1")
}

// What faults need is told before anything starts.
func TestImagesOfFaults(t *testing.T) {
	plain := planOf(t, "nodes: 2, session: {kind: redis}").Variant
	cut := planOf(t, "nodes: 2, session: {kind: memory}, cache: {enabled: true}", "{partition: {between: [balancer, app-1]}}").Variant
	s := &container.Substrate{}
	require.Equal(t, []string{"haproxy", "redis"}, s.Images(plain))
	require.Equal(t, []string{"haproxy", "netadmin", "redis", "varnish"}, s.Images(plain, cut))
	skew := planOf(t, "nodes: 2, session: {kind: redis}", "{clock_skew: {node: store, offset: 1h}}").Variant
	require.Equal(t, []string{"haproxy", "redis", "skew"}, s.Images(skew))
	require.NoError(t, s.Check(skew))
	require.ErrorContains(t, (&loopback.Substrate{}).Check(skew), "fault clock_skew: this substrate cannot set the store's clock: use --substrate container")
}

// The product's own last words are in the error of a system that does not
// come up, and nothing of it remains.
func TestNoDaemon(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
	_, err := (&container.Substrate{}).Start(context.Background(), planOf(t, "nodes: 1, session: {kind: memory}"), substrate.NewClock(), &history.Memory{})
	require.ErrorContains(t, err, "no Docker daemon answers")
	require.ErrorIs(t, err, os.ErrNotExist)
}
