package loopback

import (
	"strings"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

var _ substrate.Located = (*Cluster)(nil)

// Places tells where every part listens, from the front to the back.
func (c *Cluster) Places() []substrate.Place {
	var all []substrate.Place
	if c.cache != nil {
		all = append(all, substrate.Place{Part: scenario.CachePart, Address: strings.TrimPrefix(c.url, "http://")})
	}
	all = append(all, substrate.Place{Part: scenario.BalancerPart, Address: c.balancerAddr})
	for _, n := range c.nodes {
		all = append(all, substrate.Place{Part: n.name, Address: n.process.Addr()})
	}
	if c.store != nil {
		all = append(all, substrate.Place{Part: scenario.StorePart, Address: c.store.relay.addr})
	}
	return all
}
