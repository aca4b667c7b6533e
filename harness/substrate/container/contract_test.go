package container_test

import (
	"testing"

	"github.com/logoutlab/logoutlab/harness/substrate/container"
	"github.com/logoutlab/logoutlab/harness/substrate/container/containertest"
	"github.com/logoutlab/logoutlab/harness/substrate/substratetest"
)

// The products answer as our own parts do, or users are told where they differ.
func TestContract(t *testing.T) {
	containertest.Require(t, "haproxy", "nginx", "redis", "memcached", "varnish")
	for name, s := range map[string]*container.Substrate{
		"haproxy and varnish": {Balancer: "haproxy", Cache: "varnish"},
		"nginx":               {Balancer: "nginx", Cache: "nginx"},
	} {
		t.Run(name, func(t *testing.T) { substratetest.Run(t, s) })
	}
}
