package loopback

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/store"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// node is one app node: a machine with a clock, on which processes come and go.
type node struct {
	name          string
	process       *app.Process
	app           *app.App // of the latest process
	boot          int
	offset        time.Duration
	misconfigured bool
}

func (c *Cluster) startNodes() error {
	for i := range c.arch.Nodes {
		c.nodes = append(c.nodes, &node{
			name:    scenario.NodeName(i),
			process: app.NewProcess("127.0.0.1:0", c.arch.Balancer.Protocol == "h2c"),
		})
		if err := c.StartNode(i); err != nil {
			return err
		}
	}
	return nil
}

// StartNode starts a node's process, with an empty memory.
func (c *Cluster) StartNode(i int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.nodes[i]
	a, err := c.newApp(i, n.boot+1)
	if err != nil {
		return err
	}
	a.SetClockOffset(n.offset)
	a.SetMisconfigured(n.misconfigured)
	if err := n.process.Start(a); err != nil {
		return fmt.Errorf("%s: %w", n.name, err)
	}
	n.app = a
	n.boot++
	if c.balancer != nil {
		c.balancer.Restore(i)
	}
	c.say(n, history.StateUp)
	return nil
}

// KillNode ends a node's process at once.
func (c *Cluster) KillNode(i int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes[i].process.Kill()
	return nil
}

// StopNode ends a node's process as SIGTERM does. With drain the balancer
// sends it nothing new first, and waits for its requests until the drain time
// is over; without, or after that, connections are closed as they are.
func (c *Cluster) StopNode(ctx context.Context, i int, drain bool) error {
	n := c.nodes[i]
	c.mu.Lock()
	c.say(n, history.StateStopping)
	c.mu.Unlock()
	if drain {
		_ = c.balancer.Drain(ctx, i) // an error says what is cut now
	}
	impatient, cancel := context.WithCancel(ctx)
	cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	n.process.Stop(impatient)
	c.say(n, history.StateDown)
	return nil
}

// say records a node's own word about its life.
func (c *Cluster) say(n *node, state string) {
	c.record.Append(&history.Event{At: c.clock.Now(), Type: history.Node, Node: n.name, Boot: n.boot, State: state})
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

// newApp builds a node's application over fresh memory and the shared store.
func (c *Cluster) newApp(i, boot int) (*app.App, error) {
	s := c.arch.Session
	kind := auth.Stateless
	if s.Kind != "jwt" {
		kind = auth.Stateful
	}
	local := store.NewMemory()
	decide := &auth.Node{Config: c.authConfig(kind), IDs: &c.ids, Sessions: local, Families: local, Blacklist: local}
	if c.store != nil {
		shared := store.NewRedis(c.store.client, c.store.prefix)
		if s.Kind == "redis" {
			decide.Sessions = shared
		}
		if s.RefreshStore == "redis" {
			decide.Families = shared
		}
		if s.Revocation == "shared_blacklist" {
			decide.Blacklist = shared
		}
	}
	o := app.Options{
		Name: c.nodes[i].name, Kind: kind, Node: decide, Clock: c.clock.Now, Work: c.arch.App.Work,
		Presentation: c.presentation(), OnDecision: func(r app.Record) { c.noteDecision(i, boot, r) },
	}
	if kind == auth.Stateless {
		decide.Keys = c.keys.rings[i]
		o.JWKS = c.keys.rings[i].PublicJWKS
	}
	return app.New(o), nil
}

func (c *Cluster) authConfig(kind auth.Kind) auth.Config {
	s := c.arch.Session
	conf := auth.Config{
		Kind: kind, Idle: s.Idle, Absolute: s.Absolute, AccessTTL: s.AccessTTL, RefreshTTL: s.RefreshTTL,
		Rotation: s.Rotation, ReuseGrace: s.ReuseGrace, Leeway: s.Leeway,
	}
	switch s.Revocation {
	case "local_blacklist", "shared_blacklist":
		conf.Revocation = auth.RevokeBlacklist
	case "refresh_deletion":
		conf.Revocation = auth.RevokeRefresh
	}
	return conf
}

func (c *Cluster) presentation() auth.Presentation {
	a := c.arch.App
	return auth.Presentation{
		Cookies: c.arch.Client.Kind == "browser", RejectWith: rejections[a.RejectsWith],
		CacheControl: a.CacheControl, ErrorCacheControl: a.ErrorCacheControl, ClearOnReject: a.ClearOnReject,
	}
}

var rejections = map[string]auth.RejectWith{
	"unauthorized": auth.Unauthorized, "forbidden": auth.Forbidden,
	"redirect": auth.Redirect, "login_page": auth.LoginPage,
}

// requestNumber reads an X-Request-Id of the workload; 0 for anybody else's.
func requestNumber(id string) int {
	n, err := strconv.Atoi(id)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
