package container

import (
	"fmt"
	"strings"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

var _ substrate.Located = (*Cluster)(nil)

// Places tells where every container is, in the order of their addresses.
func (c *Cluster) Places() []substrate.Place {
	var all []substrate.Place
	for _, b := range c.lab.Boxes() {
		p := substrate.Place{Part: b.Name, Address: b.Addr.String(), Container: b.Container, Image: b.Image}
		if port := c.portOf(b.Name); port > 0 {
			p.Address = fmt.Sprintf("%s:%d", p.Address, port)
		}
		all = append(all, p)
	}
	return all
}

// portOf is the port that a part serves others on; 0 if it has none, or several.
func (c *Cluster) portOf(part string) int {
	switch {
	case part == scenario.BalancerPart, part == scenario.CachePart:
		return frontPort
	case part == scenario.StorePart, part == "replica":
		return storePorts[c.arch.Session.Store()]
	case strings.HasPrefix(part, "app-"):
		return appPort
	}
	return 0
}
