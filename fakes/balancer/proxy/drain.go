package proxy

import (
	"context"
	"fmt"
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
)

// Drain stops sending requests to a node and waits until those under way are
// over. It returns nil then; an error once the configured drain time has
// passed, or ctx is over, with requests left. The node stays out until
// [Proxy.Restore].
func (p *Proxy) Drain(ctx context.Context, node int) error {
	over := p.beginDrain(node)
	p.report(RouteEvent{Node: node, State: balancer.Draining})
	deadline := time.NewTimer(p.options.Config.Drain)
	defer deadline.Stop()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("proxy: draining %s: %w with %d requests under way", p.nodes[node].name, ctx.Err(), p.InFlight(node))
	case <-deadline.C:
	}
	if left := p.InFlight(node); left > 0 {
		return fmt.Errorf("proxy: draining %s: time is up with %d requests under way: raise balancer.drain above %v to let them finish",
			p.nodes[node].name, left, p.options.Config.Drain)
	}
	return nil
}

func (p *Proxy) beginDrain(node int) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.options.Epoch()
	p.core.Drain(node, now)
	over, ok := p.drained[node]
	if !ok {
		over = make(chan struct{})
		p.drained[node] = over
	}
	if p.core.InFlight(node) == 0 {
		close(over)
		delete(p.drained, node)
	}
	return over
}

// Restore puts a drained or failed node back to work, healthy. Idle
// connections from before are closed: the node may have been restarted.
func (p *Proxy) Restore(node int) {
	p.nodes[node].transport.CloseIdleConnections()
	p.change(node, func() { p.core.Restore(node, p.options.Epoch()) })
}

// change reports what f does to a node's state.
func (p *Proxy) change(node int, f func()) {
	p.mu.Lock()
	before := p.core.State(node)
	f()
	after := p.core.State(node)
	p.mu.Unlock()
	if after != before {
		p.report(RouteEvent{Node: node, State: after})
	}
}
