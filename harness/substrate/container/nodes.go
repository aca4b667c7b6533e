package container

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/images"
	"github.com/logoutlab/logoutlab/harness/substrate/container/lab"
	"github.com/logoutlab/logoutlab/harness/substrate/container/node"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

const (
	appPort     = 8080
	controlPort = 8081

	telling  = 10 * time.Second // how long a control call may take
	starting = 10 * time.Second // how long a restarted node may take
	closing  = 20 * time.Second // how long the nodes may take to end
	poll     = 10 * time.Millisecond
)

// appNode is a container that app processes come and go in. Its fields are
// guarded by the cluster's lock, once it runs.
type appNode struct {
	name  string
	place int

	box           *lab.Box
	client        *node.Client
	fresh         bool // its program has just been started, and waits for what it is to serve
	up            bool // and answers
	paused        bool
	boot          int
	offset        time.Duration
	misconfigured bool
	forgets       time.Duration // after which idle connections to it are forgotten on the way; 0: never
	died          int           // the boot that ended of overload, and that another is to follow; 0: none

	life sync.Mutex // of whoever ends its process or starts another; taken before the cluster's lock
}

// startBox starts a node's container; nothing is served yet.
func (c *Cluster) startBox(ctx context.Context, n *appNode) error {
	box, err := c.startProgram(ctx, n.name, n.place, c.write)
	if err != nil {
		return err
	}
	n.box, n.client = box, node.NewClient(n.name, "http://"+box.Published(controlPort), c.token)
	return nil
}

// startProgram starts a container of our own program.
func (c *Cluster) startProgram(ctx context.Context, name string, place int, output func([]byte)) (*lab.Box, error) {
	image, err := images.Node(ctx, c.docker)
	if err != nil {
		return nil, err
	}
	return c.lab.Start(ctx, lab.Spec{
		Name: name, Image: image, Addr: c.lab.Addr(place), Publish: []int{controlPort},
		Env:   map[string]string{node.TokenEnv: c.token},
		Ready: wait.ForLog(node.Ready).WithPollInterval(poll), Output: output,
	})
}

// write puts a node's line into the history.
func (c *Cluster) write(line []byte) {
	if u, ok := node.ParseUse(line); ok {
		c.wrote(u)
		return
	}
	var e history.Event
	if history.ParseLine(line, &e) == nil && (e.Type == history.Decision || e.Type == history.Node) {
		c.record.Append(&e)
		if e.State == history.StateCrashed {
			c.died(e)
		}
	}
}

// serve starts the node's application, with an empty memory.
func (c *Cluster) serve(ctx context.Context, i int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.nodes[i]
	s := node.State{
		Name: n.name, Boot: n.boot + 1, Late: parts.Late(c.arch, i, n.boot+1), Seed: c.plan.Seed, Epoch: c.clock.Epoch, Compress: c.plan.Compress,
		Architecture: c.arch, Grace: c.arch.Balancer.Drain, ClockOffset: n.offset, Misconfigured: n.misconfigured,
		ForgetIdle: n.forgets,
	}
	if c.keys != nil {
		keys := c.keys.Node(i)
		s.Keys = &keys
	}
	if c.arch.Session.JWKSRefetch {
		s.IssuerURL = fmt.Sprintf("http://%s:%d%s", c.lab.Addr(helperPlace), appPort, parts.JWKSPath)
	}
	if c.store != nil {
		s.Store, s.Prefix = c.way(scenario.Link{From: n.name, To: scenario.StorePart}), storePrefix
	}
	if err := n.client.PutState(ctx, s); err != nil {
		return err
	}
	n.boot++
	n.up, n.died = true, 0
	return nil
}

// StartNode starts a node's process again, with an empty memory. One that runs,
// since another fault has brought it back, is left alone.
func (c *Cluster) StartNode(i int) error {
	if i >= len(c.nodes) {
		return fmt.Errorf("%s: this system has room for %d nodes, as many as its scenario needs", scenario.NodeName(i), len(c.nodes))
	}
	n := c.nodes[i]
	n.life.Lock()
	defer n.life.Unlock()
	if c.runs(n) {
		return nil
	}
	return c.again(i)
}

// again starts a node's next process. It needs the node's life.
func (c *Cluster) again(i int) error {
	ctx, cancel := context.WithTimeout(context.Background(), starting)
	defer cancel()
	n := c.nodes[i]
	if err := n.wake(ctx); err != nil {
		return err
	}
	if err := c.serve(ctx, i); err != nil {
		return err
	}
	return c.control.Restore(ctx, n.name)
}

// wake starts a node's container again. That of a node that comes later has
// been there from the start: making one takes a second or more, in which a
// compressed run goes far.
func (n *appNode) wake(ctx context.Context) error {
	if n.fresh {
		n.fresh = false
		return nil
	}
	if err := n.box.Restart(ctx); err != nil {
		return err
	}
	return n.awake(ctx)
}

// runs tells whether a node's process is there, paused or not.
func (c *Cluster) runs(n *appNode) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return n.up || n.paused
}

// awake waits until the node's control port answers.
func (n *appNode) awake(ctx context.Context) error {
	for {
		_, err := n.client.Health(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not come up again: %w", n.name, err)
		case <-time.After(poll):
		}
	}
}

// KillNode ends a node's process with SIGKILL.
func (c *Cluster) KillNode(i int) error {
	ctx, cancel := context.WithTimeout(context.Background(), telling)
	defer cancel()
	c.nodes[i].life.Lock()
	defer c.nodes[i].life.Unlock()
	c.askLast(i)
	n, err := c.down(ctx, i)
	if err != nil {
		return err
	}
	return n.kill(ctx)
}

// kill ends a node's process, if it has not just ended by itself.
func (n *appNode) kill(ctx context.Context) error {
	if err := n.box.Signal(ctx, "KILL"); err != nil && n.box.Running(ctx) {
		return err
	}
	return n.box.Gone(ctx)
}

// StopNode ends a node's process with SIGTERM. With drain the balancer sends
// it nothing new first, and its requests may finish until the drain time is
// over; without, connections are closed as they are.
func (c *Cluster) StopNode(ctx context.Context, i int, drain bool) error {
	c.nodes[i].life.Lock()
	defer c.nodes[i].life.Unlock()
	n, err := c.down(ctx, i)
	if err != nil || !n.box.Running(ctx) { // it has died by itself
		return err
	}
	grace := time.Duration(0)
	if drain {
		grace = c.arch.Balancer.Drain
		if err := c.control.Drain(ctx, n.name); err != nil {
			return err
		}
	}
	if err := n.client.SetGrace(ctx, grace); err != nil {
		return err
	}
	return n.box.Stop(ctx, grace+time.Second)
}

// down notes that a node is about to end. A paused one would not hear of it.
func (c *Cluster) down(ctx context.Context, i int) (*appNode, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.nodes[i]
	n.up, n.died = false, 0
	return n, n.resume(ctx)
}

// PauseNode freezes a node's process, as SIGSTOP does.
func (c *Cluster) PauseNode(i int) error {
	ctx, cancel := context.WithTimeout(context.Background(), telling)
	defer cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.nodes[i]
	if !n.up {
		return nil
	}
	if err := n.box.Pause(ctx); err != nil {
		return err
	}
	n.up, n.paused = false, true
	return nil
}

// ResumeNode lets a paused node go on, and tells it what it has missed.
func (c *Cluster) ResumeNode(i int) error {
	ctx, cancel := context.WithTimeout(context.Background(), telling)
	defer cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.nodes[i]
	if !n.paused {
		return nil
	}
	if err := n.resume(ctx); err != nil {
		return err
	}
	n.up = true
	errs := []error{n.client.SetClock(ctx, n.offset), n.client.SetMisconfigured(ctx, n.misconfigured), n.client.ForgetIdle(ctx, n.forgets)}
	if c.keys != nil {
		errs = append(errs, n.client.SetKeys(ctx, c.keys.Node(i)))
	}
	return errors.Join(errs...)
}

// resume ends a pause, if there is one.
func (n *appNode) resume(ctx context.Context) error {
	if !n.paused {
		return nil
	}
	n.paused = false
	return n.box.Resume(ctx)
}

// end ends a node for good and reads what it wrote to the end.
func (n *appNode) end(ctx context.Context) error {
	if n.box == nil {
		return nil
	}
	if err := n.resume(ctx); err != nil {
		return err
	}
	if n.up || n.fresh {
		if err := n.kill(ctx); err != nil {
			return err
		}
	}
	return n.box.Written(ctx)
}

// tell calls a node that is up; one that is down learns when it starts.
func (c *Cluster) tell(i int, what func(context.Context, *node.Client) error) error {
	if n := c.nodes[i]; n.up {
		ctx, cancel := context.WithTimeout(context.Background(), telling)
		defer cancel()
		return what(ctx, n.client)
	}
	return nil
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
	return c.tell(i, func(ctx context.Context, n *node.Client) error { return n.SetClock(ctx, d) })
}

// SetMisconfigured makes a node refuse every page, also after a restart.
func (c *Cluster) SetMisconfigured(i int, on bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes[i].misconfigured = on
	return c.tell(i, func(ctx context.Context, n *node.Client) error { return n.SetMisconfigured(ctx, on) })
}

// CutConnections resets the busy connections to a node.
func (c *Cluster) CutConnections(i int) (cut int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err = c.tell(i, func(ctx context.Context, n *node.Client) (err error) {
		cut, err = n.Cut(ctx)
		return err
	})
	return cut, err
}

// ForgetIdle resets connections to a node that have been idle for so long, each
// with the next request that comes over it; 0: none.
func (c *Cluster) ForgetIdle(i int, after time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes[i].forgets = after
	return c.tell(i, func(ctx context.Context, n *node.Client) error { return n.ForgetIdle(ctx, after) })
}
