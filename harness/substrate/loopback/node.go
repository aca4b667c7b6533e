package loopback

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// node is one app node: a machine with a clock, on which processes come and go.
type node struct {
	name          string
	process       *app.Process
	app           *app.App // of the latest process
	boot          int
	running       bool
	offset        time.Duration
	misconfigured bool
	restart       *time.Timer // of a process that has died of overload; nil: none is due
}

func (c *Cluster) startNodes() error {
	for i := range c.size {
		c.nodes = append(c.nodes, &node{
			name:    scenario.NodeName(i),
			process: app.NewProcess("127.0.0.1:0", c.arch.Balancer.Protocol == "h2c"),
		})
		if i >= c.arch.Nodes {
			if err := c.reserve(i); err != nil {
				return err
			}
			continue
		}
		if err := c.StartNode(i); err != nil {
			return err
		}
	}
	return nil
}

// reserve finds the address of a node that comes later.
func (c *Cluster) reserve(i int) error {
	err := c.nodes[i].process.Start(http.NotFoundHandler())
	c.nodes[i].process.Kill()
	return err
}

// StartNode starts a node's process, with an empty memory. One that runs, since
// another fault has brought it back, is left alone.
func (c *Cluster) StartNode(i int) error {
	if i >= len(c.nodes) {
		return fmt.Errorf("%s: this system has room for %d nodes, as many as its scenario needs", scenario.NodeName(i), len(c.nodes))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nodes[i].running {
		return nil
	}
	return c.boot(i)
}

// boot starts the next process of a node. It needs the lock.
func (c *Cluster) boot(i int) error {
	n := c.nodes[i]
	n.stay()
	part := c.part(i, n.boot+1)
	part.OnOverload = func() { c.crash(i, part.Boot) }
	a := part.App()
	a.SetClockOffset(n.offset)
	a.SetMisconfigured(n.misconfigured)
	if err := n.process.Start(a); err != nil {
		return fmt.Errorf("%s: %w", n.name, err)
	}
	n.app, n.running = a, true
	n.boot++
	if c.balancer != nil {
		c.balancer.Restore(i)
	}
	c.say(i, history.StateUp)
	return nil
}

// KillNode ends a node's process at once.
func (c *Cluster) KillNode(i int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kill(i)
	return nil
}

// kill needs the lock.
func (c *Cluster) kill(i int) {
	n := c.nodes[i]
	n.stay()
	if n.app != nil {
		n.app.End()
	}
	n.process.Kill()
	n.running = false
}

// stay calls off the restart of a process that has died of overload: somebody
// else sees to the node.
func (n *node) stay() {
	if n.restart != nil {
		n.restart.Stop()
		n.restart = nil
	}
}

// crash ends a process that has more to do than it can, and starts another when
// its time has come, unless a fault sees to the node meanwhile.
func (c *Cluster) crash(i, boot int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.nodes[i]
	if c.closed || !n.running || n.boot != boot {
		return
	}
	c.say(i, history.StateCrashed)
	c.kill(i)
	var due *time.Timer
	due = time.AfterFunc(c.arch.App.Restart, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if n.restart == due { // nobody has called it off
			c.failed = errors.Join(c.failed, c.boot(i))
		}
	})
	n.restart = due
}

// StopNode ends a node's process as SIGTERM does. With drain the balancer
// sends it nothing new first, and waits for its requests until the drain time
// is over; without, or after that, connections are closed as they are.
func (c *Cluster) StopNode(ctx context.Context, i int, drain bool) error {
	n := c.nodes[i]
	c.mu.Lock()
	c.say(i, history.StateStopping)
	c.mu.Unlock()
	if drain {
		_ = c.balancer.Drain(ctx, i) // an error says what is cut now
	}
	impatient, cancel := context.WithCancel(ctx)
	cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	n.stay()
	if n.app != nil {
		n.app.End()
	}
	n.process.Stop(impatient)
	n.running = false
	c.say(i, history.StateDown)
	return nil
}

// PauseNode makes a node's process hang: it answers nobody.
func (c *Cluster) PauseNode(i int) error {
	c.nodes[i].process.Pause()
	return nil
}

// ResumeNode lets it go on, with all that has come in.
func (c *Cluster) ResumeNode(i int) error {
	c.nodes[i].process.Resume()
	return nil
}

// say records a node's own word about its life, and about the key that it has.
func (c *Cluster) say(i int, state string) {
	c.record.Append(c.part(i, c.nodes[i].boot).Life(c.clock.Now(), state))
}

// ClockOffset is what a node's clock is ahead.
func (c *Cluster) ClockOffset(i int) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nodes[i].offset
}

// SetClockOffset puts a node's clock ahead; it stays so over restarts.
func (c *Cluster) SetClockOffset(i int, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes[i].offset = d
	c.nodes[i].app.SetClockOffset(d)
	return nil
}

// SetMisconfigured makes a node refuse every page, also after a restart.
func (c *Cluster) SetMisconfigured(i int, on bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes[i].misconfigured = on
	c.nodes[i].app.SetMisconfigured(on)
	return nil
}

// part is what a boot of a node is made from.
func (c *Cluster) part(i, boot int) parts.Node {
	n := parts.Node{
		Name: c.nodes[i].name, Boot: boot, Arch: c.arch, Clock: c.clock.Now, IDs: c.ids,
		Ring: c.holders.rings[i], Late: parts.Late(c.arch, i, boot), Record: c.record.Append,
	}
	if c.store != nil {
		n.Shared = c.store.nodes[i]
	}
	return n
}
