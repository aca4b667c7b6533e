package container_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	dockercontainer "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/substrate/container"
	"github.com/logoutlab/logoutlab/harness/substrate/container/containertest"
)

// Every part, helper and relay included, is reached on 127.0.0.1 only, can do
// nothing that its work does not need, is not root, and has a control port only
// for who shows the token. It does not matter which products they are.
func TestConfined(t *testing.T) {
	docker := containertest.Require(t, "haproxy", "nginx", "redis", "varnish", "netadmin")
	for _, s := range []*container.Substrate{{}, {Balancer: "nginx", Cache: "nginx"}} {
		c, _ := up(t, s, "nodes: 2, session: {kind: redis}, cache: {enabled: true}", "{latency: {between: [nodes, store], delay: 1s}}")
		require.Equal(t, http.StatusUnauthorized, get(t, c))
		all, err := docker.ContainerList(t.Context(), client.ContainerListOptions{Filters: client.Filters{}.Add("label", "io.logoutlab.session="+c.Session())})
		require.NoError(t, err)
		var parts, published []string
		for _, listed := range all.Items {
			found, err := docker.ContainerInspect(t.Context(), listed.ID, client.ContainerInspectOptions{})
			require.NoError(t, err)
			box := found.Container
			part := strings.TrimPrefix(box.Name, "/logoutlab-"+c.Session()+"-")
			parts = append(parts, part)
			confined(t, part, box)
			for _, p := range listed.Ports {
				if p.PublicPort == 0 {
					continue
				}
				published = append(published, part)
				require.Equal(t, "127.0.0.1", p.IP.String(), part)
			}
			for inside, bindings := range box.HostConfig.PortBindings {
				require.Equal(t, "127.0.0.1", bindings[0].HostIP.String(), part)
				if inside.Port() == "8081" {
					refusesStrangers(t, part, "http://127.0.0.1:"+bindings[0].HostPort)
				}
			}
		}
		slices.Sort(parts)
		slices.Sort(published)
		require.Equal(t, []string{"app-1", "app-2", "balancer", "cache", "helper", "relay", "store"}, parts)
		require.Equal(t, []string{"app-1", "app-2", "cache", "helper", "relay"}, published, "the front, and control ports")
		require.ErrorContains(t, c.SetStoreClockOffset(time.Hour), "the store's clock was not prepared")
	}
}

// confined checks what a part may do.
func confined(t *testing.T, part string, box dockercontainer.InspectResponse) {
	t.Helper()
	h := box.HostConfig
	require.Equal(t, []string{"ALL"}, h.CapDrop, part)
	require.Empty(t, h.CapAdd, part)
	require.Equal(t, []string{"no-new-privileges"}, h.SecurityOpt, part)
	require.False(t, h.Privileged, part)
	require.False(t, h.PublishAllPorts, part)
	require.Empty(t, h.Binds, part)
	require.Empty(t, h.Devices, part)
	require.NotContains(t, []string{"host", "none"}, string(h.NetworkMode), part)
	require.Empty(t, string(h.PidMode), part)
	require.Positive(t, h.Memory, part)
	require.NotContains(t, strings.Join(box.Config.Env, " "), "LD_PRELOAD", part)
	require.NotContains(t, []string{"", "0", "root", "0:0"}, box.Config.User, part)
	if !slices.Contains([]string{"balancer", "cache", "store"}, part) { // which Docker puts files into, or which keep data
		require.True(t, h.ReadonlyRootfs, part)
	}
}

// refusesStrangers checks that a control port hears nobody without the token.
func refusesStrangers(t *testing.T, part, url string) {
	t.Helper()
	for _, authorization := range []string{"", "Bearer ", "Bearer guess", "Basic guess"} {
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodConnect} {
			req, err := http.NewRequest(method, url+"/healthz", nil)
			require.NoError(t, err)
			req.Header.Set("Authorization", authorization)
			req.Close = true
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, http.StatusUnauthorized, res.StatusCode, "%s: %s %q", part, method, authorization)
		}
	}
}
