package container

import (
	"fmt"
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// died notes that a node's process has died of overload, and has another follow
// it when its time has come. It is called where the node's words come in, and
// waits for nothing.
func (c *Cluster) died(e history.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.nodes, func(n *appNode) bool { return n.name == e.Node })
	if i < 0 || c.closing.Err() != nil {
		return
	}
	c.revivals.Go(func() {
		if err := c.revive(i, e); err != nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.failed = fmt.Errorf("start %s again, which had died of overload: %w", e.Node, err)
		}
	})
}

// revive starts the process after the one that has died, unless a fault has
// seen to the node before or meanwhile.
func (c *Cluster) revive(i int, e history.Event) error {
	n := c.nodes[i]
	c.mu.Lock()
	ours := n.up && n.boot == e.Boot
	if ours {
		n.up, n.died = false, e.Boot
	}
	c.mu.Unlock()
	if !ours {
		return nil
	}
	select {
	case <-c.closing.Done():
		return nil
	case <-time.After(e.At + c.arch.App.Restart - c.clock.Now()):
	}
	n.life.Lock()
	defer n.life.Unlock()
	c.mu.Lock()
	ours = n.died == e.Boot
	c.mu.Unlock()
	if !ours {
		return nil
	}
	if err := n.box.Gone(c.closing); err != nil {
		if c.closing.Err() != nil {
			return nil
		}
		return err
	}
	return c.again(i)
}
