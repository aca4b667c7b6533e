package container

import (
	"context"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/container/node"
)

var _ substrate.Metered = (*Cluster)(nil)

// use is what processes that have ended asked of the shared store. Nodes count
// for themselves; the cluster's lock guards it.
type use struct {
	history.StoreUse
	lost bool // a process ended without a word about it
}

func (u *use) add(more history.StoreUse) {
	u.Commands += more.Commands
	u.Bytes += more.Bytes
}

// StoreUse is what nodes have asked of the store that they share so far; nil if
// they share none, or if nobody knows: a node hangs.
func (c *Cluster) StoreUse() *history.StoreUse {
	if c.store == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.used
	for i, n := range c.nodes {
		all.lost = all.lost || n.paused
		c.ask(i, &all)
	}
	if all.lost {
		return nil
	}
	return &all.StoreUse
}

// ask adds what a node that runs has asked of the store. It needs the lock.
func (c *Cluster) ask(i int, to *use) {
	if c.store == nil {
		return
	}
	err := c.tell(i, func(ctx context.Context, n *node.Client) error {
		h, err := n.Health(ctx)
		if err == nil && h.Store != nil {
			to.add(*h.Store)
		}
		return err
	})
	to.lost = to.lost || err != nil
}

// askLast asks a node that is about to be killed, and will not say it.
func (c *Cluster) askLast(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used.lost = c.used.lost || c.nodes[i].paused
	c.ask(i, &c.used)
}

// wrote adds what a node that ends by itself, or is stopped, says that it asked.
func (c *Cluster) wrote(u history.StoreUse) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used.add(u)
}
