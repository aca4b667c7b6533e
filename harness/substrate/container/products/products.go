// Package products lists the load balancers and caching proxies that can
// stand in the place of our own.
package products

import (
	"fmt"
	"strings"

	"github.com/logoutlab/logoutlab/harness/substrate/container/haproxy"
	"github.com/logoutlab/logoutlab/harness/substrate/container/nginx"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
	"github.com/logoutlab/logoutlab/harness/substrate/container/varnish"
)

// Balancers are the load balancers; the first is the default.
func Balancers() []proxies.Product { return []proxies.Product{haproxy.Product{}, nginx.Balancer{}} }

// Caches are the caching proxies; the first is the default.
func Caches() []proxies.Product { return []proxies.Product{varnish.Product{}, nginx.Cache{}} }

// Names are the products' names, as on the command line.
func Names(list []proxies.Product) []string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.About().Name
	}
	return names
}

// Find picks a product by name.
func Find(list []proxies.Product, name string) (proxies.Product, error) {
	for _, p := range list {
		if p.About().Name == name {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%q (accepted: %s)", name, strings.Join(Names(list), ", "))
}
