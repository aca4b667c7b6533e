package balancer

import "time"

// State is whether a node gets requests.
type State string

// The states of a node.
const (
	Up       State = "up"
	Down     State = "down"     // its health checks fail, or it was marked so
	Draining State = "draining" // only requests under way may finish
)

// node counts consecutive health checks against the current state, and knows
// when draining must be over.
type node struct {
	streak   int
	deadline time.Duration
}

// State is the state of a node. Draining covers a node that is also down.
func (b *Balancer) State(node int) State {
	switch {
	case b.draining.has(node):
		return Draining
	case b.healthy.has(node):
		return Up
	}
	return Down
}

// Check takes the result of a health check. It returns whether the node went
// up or down by it: Fall failures in a row take a node out, Rise passes in a
// row bring it back.
func (b *Balancer) Check(node int, ok bool, now time.Duration) (changed bool) {
	n := &b.nodes[node]
	if ok == b.healthy.has(node) {
		n.streak = 0
		return false
	}
	n.streak++
	limit := b.config.Health.Fall
	if ok {
		limit = b.config.Health.Rise
	}
	if n.streak < limit {
		return false
	}
	b.set(node, ok, b.draining.has(node), now)
	return true
}

// Down marks a node as failed at once, until health checks or Up say
// otherwise.
func (b *Balancer) Down(node int) { b.set(node, false, b.draining.has(node), 0) }

// Up marks a node as healthy at once.
func (b *Balancer) Up(node int, now time.Duration) { b.set(node, true, b.draining.has(node), now) }

// set says what is known of a node at now. One that gets requests again, and did
// not before, begins slowly.
func (b *Balancer) set(node int, healthy, draining bool, now time.Duration) {
	before := b.State(node)
	b.nodes[node].streak = 0
	b.healthy, b.draining = b.healthy.put(node, healthy), b.draining.put(node, draining)
	if before != Up && b.State(node) == Up {
		b.weights.cameUp(node, now)
	}
}

// Drain stops sending requests to a node, sticky or not; those under way may
// finish within the configured time from now.
func (b *Balancer) Drain(node int, now time.Duration) {
	b.draining = b.draining.with(node)
	b.nodes[node].deadline = now + b.config.Drain
}

// Drained says whether a draining node may be stopped: nothing is under way
// any more, or its time is up.
func (b *Balancer) Drained(node int, now time.Duration) bool {
	return b.inflight[node] == 0 || now >= b.nodes[node].deadline
}

// Restore puts a node back to work, healthy.
func (b *Balancer) Restore(node int, now time.Duration) { b.set(node, true, false, now) }
