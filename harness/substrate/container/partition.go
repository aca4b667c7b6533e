package container

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/images"
	"github.com/logoutlab/logoutlab/harness/substrate/container/lab"
)

const (
	parting     = 10 * time.Second // how long packet filters may take to change
	filterImage = "netadmin"
)

var errNoFilter = errors.New("the packet filter was not prepared, as no partition is among the faults that the system was started with")

// cuts tells whether a fault needs the packet filter.
func cuts(faults []scenario.Fault) bool {
	return slices.ContainsFunc(faults, func(f scenario.Fault) bool { return f.Name == "partition" })
}

// findFilter finds the image of the packet filter if a fault will need it.
func (c *Cluster) findFilter(ctx context.Context) (err error) {
	if cuts(c.plan.Variant.Faults) {
		c.filter, err = images.Find(ctx, c.docker, filterImage)
	}
	return err
}

// Partition drops every packet between two parts, at both ends: the packet
// filter of a part that is started again is empty.
func (c *Cluster) Partition(between scenario.Pair) (heal func() error, err error) {
	if c.filter == "" {
		return nil, errNoFilter
	}
	peers := map[*lab.Box][]netip.Addr{}
	for _, l := range between.Links(c.arch.Nodes) {
		from, to := c.box(l.From), c.box(l.To)
		if from == nil || to == nil {
			return nil, fmt.Errorf("this architecture has no link from %s to %s", l.From, l.To)
		}
		peers[from] = append(peers[from], c.addr(l.To))
		peers[to] = append(peers[to], c.addr(l.From))
	}
	heal = func() error { return c.filterAt(peers, "while iptables -w -D %s 2>/dev/null; do :; done") }
	return heal, c.filterAt(peers, "iptables -w -I %s")
}

// filterAt runs a command for each rule that drops a peer's packets, in the
// network namespaces of all parts at once. A part that is down has none; what
// could reach it is filtered at the other end.
func (c *Cluster) filterAt(peers map[*lab.Box][]netip.Addr, command string) error {
	ctx, cancel := context.WithTimeout(context.Background(), parting)
	defer cancel()
	done := make(chan error, len(peers))
	for box, addrs := range peers {
		var commands []string
		for _, a := range addrs {
			commands = append(commands, fmt.Sprintf(command, "INPUT -s "+a.String()+" -j DROP"), fmt.Sprintf(command, "OUTPUT -d "+a.String()+" -j DROP"))
		}
		go func() { done <- box.Inside(ctx, c.filter, strings.Join(commands, " && ")) }()
	}
	var errs []error
	for range peers {
		if err := <-done; err != nil && !lab.Down(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// box is a part's container.
func (c *Cluster) box(part string) *lab.Box {
	switch part {
	case scenario.BalancerPart:
		return c.balancer
	case scenario.StorePart:
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.store
	case scenario.CachePart:
		return c.cache
	}
	return c.nodeOf(part).box
}

// addr is a part's address on the network.
func (c *Cluster) addr(part string) netip.Addr {
	switch part {
	case scenario.BalancerPart:
		return c.lab.Addr(balancerPlace)
	case scenario.StorePart:
		return c.lab.Addr(storePlace)
	case scenario.CachePart:
		return c.lab.Addr(cachePlace)
	}
	return c.lab.Addr(c.nodeOf(part).place)
}

// nodeOf is the node of a name, which a checked scenario has.
func (c *Cluster) nodeOf(name string) *appNode {
	for _, n := range c.nodes {
		if n.name == name {
			return n
		}
	}
	panic("no part is called " + name)
}
