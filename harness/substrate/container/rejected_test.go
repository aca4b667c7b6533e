package container_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container"
	"github.com/logoutlab/logoutlab/harness/substrate/container/containertest"
	"github.com/logoutlab/logoutlab/harness/substrate/container/daemon/daemontest"
	"github.com/logoutlab/logoutlab/harness/substrate/container/lab"
	"github.com/logoutlab/logoutlab/harness/substrate/container/products"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

// garbled is a product whose configuration has an error.
type garbled struct{ proxies.Product }

func (g garbled) Setup(a scenario.Architecture, o proxies.Options) (proxies.Setup, error) {
	s, err := g.Product.Setup(a, o)
	s.Files[0].Text += "nonsense on;\n"
	return s, err
}

// A product that rejects its configuration says so itself, at once, and nothing
// is left.
func TestRejectedConfiguration(t *testing.T) {
	docker := containertest.Require(t, "haproxy", "nginx", "varnish")
	const plain, cached = "nodes: 1, session: {kind: memory}", "nodes: 1, session: {kind: memory}, cache: {enabled: true}"
	for name, c := range map[string]struct {
		architecture, balancer, cache string // "!" before the name of the one that gets nonsense
		says                          []string
	}{
		"haproxy":              {plain, "!haproxy", "varnish", []string{"unknown keyword 'nonsense'", "logoutlab config test.yaml/broken --balancer haproxy"}},
		"haproxy behind cache": {cached, "!haproxy", "varnish", []string{"the container of balancer", "unknown keyword 'nonsense'"}},
		"nginx":                {plain, "!nginx", "varnish", []string{`unknown directive "nonsense"`, "--balancer nginx"}},
		"varnish":              {cached, "haproxy", "!varnish", []string{"the container of cache", "nonsense on;", "logoutlab config test.yaml/broken --cache varnish"}},
		"nginx cache":          {cached, "haproxy", "!nginx", []string{`unknown directive "nonsense"`, "--cache nginx"}},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			cluster, err := container.StartWith(t.Context(), planOf(t, c.architecture),
				product(t, products.Balancers(), c.balancer), product(t, products.Caches(), c.cache))
			var ended *lab.EndedError
			require.ErrorAs(t, err, &ended)
			for _, says := range c.says {
				require.ErrorContains(t, err, says)
			}
			require.Less(t, time.Since(began), 15*time.Second, "it is noticed, not waited for")
			require.Zero(t, remains(t, docker, cluster))
		})
	}
}

func product(t *testing.T, list []proxies.Product, name string) proxies.Product {
	t.Helper()
	bad := name[0] == '!'
	if bad {
		name = name[1:]
	}
	p, err := products.Find(list, name)
	require.NoError(t, err)
	if bad {
		return garbled{p}
	}
	return p
}

// What is missing is said at once, before anything is started.
func TestPrepareTellsAll(t *testing.T) {
	t.Setenv("LOGOUTLAB_NODE_BINARY", "/nonexistent/logoutlab")
	daemontest.Start(t, "1.41")
	v := planOf(t, "nodes: 1, session: {kind: redis}, cache: {enabled: true}").Variant
	err := (&container.Substrate{Balancer: "nginx"}).Prepare(t.Context(), []scenario.Variant{v, v})
	require.ErrorContains(t, err, "no image for nginx: neither logoutlab/nginx nor nginx:")
	require.ErrorContains(t, err, "no image for varnish")
	require.ErrorContains(t, err, "no image for redis")
	require.ErrorContains(t, err, "make images")
	require.NotContains(t, err.Error(), "haproxy")

	daemontest.Start(t, "1.24")
	err = (&container.Substrate{}).Prepare(t.Context(), []scenario.Variant{v})
	require.ErrorContains(t, err, "too old")
}
