package products_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/products"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
	"github.com/logoutlab/logoutlab/scenarios"
)

func TestFind(t *testing.T) {
	p, err := products.Find(products.Balancers(), "nginx")
	require.NoError(t, err)
	require.Equal(t, "nginx", p.About().Name)
	_, err = products.Find(products.Caches(), "squid")
	require.EqualError(t, err, `"squid" (accepted: varnish, nginx)`)
}

// TestExpectationsNameBalancers compares the words of the scenario format with
// the products that there are.
func TestExpectationsNameBalancers(t *testing.T) {
	require.Equal(t, products.Names(products.Balancers()), scenario.BalancerProducts())
}

// TestFloorsAreFields finds a floor that no field of a scenario has.
func TestFloorsAreFields(t *testing.T) {
	known := map[string]bool{}
	for _, f := range scenario.Fields() {
		known[f.Path] = true
	}
	for _, p := range append(products.Balancers(), products.Caches()...) {
		for path, floor := range p.About().Floors {
			require.True(t, known[path], "%s: %s", p.About().Name, path)
			require.Positive(t, floor)
		}
	}
}

// TestCatalogue sets every product up for every variant of the catalogue, but
// for those that it refuses.
func TestCatalogue(t *testing.T) {
	refused := map[string][]string{}
	for _, name := range scenarios.Names() {
		source, err := scenarios.Source(name)
		require.NoError(t, err)
		s, err := scenario.Parse(name, source)
		require.NoError(t, err)
		for _, v := range s.Variants {
			list := products.Balancers()
			if v.Architecture.Cache.Enabled {
				list = append(list, products.Caches()...)
			}
			for _, p := range list {
				o := proxies.Options{Listen: ":80", Upstream: "10.77.0.10:80"}
				if _, err := p.Check(v.Architecture); err != nil {
					refused[p.About().Name] = append(refused[p.About().Name], s.Name+"/"+v.Name)
					continue
				}
				setup, err := p.Setup(v.Architecture, o)
				require.NoError(t, err, "%s: %s/%s", p.About().Name, s.Name, v.Name)
				require.NotEmpty(t, setup.Files)
			}
		}
	}
	require.Equal(t, map[string][]string{"nginx": {
		"cold-node/broken", "cold-node/slow-start", "hot-spot/bounded-load", "hot-spot/bounded-load-memory", "memory-sessions/sticky-app-cookie",
	}}, refused)
}
