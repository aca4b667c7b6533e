package balancer

import (
	"errors"
	"time"
)

// Balancer is the state of one load balancer.
type Balancer struct {
	config   Config
	policy   selector
	random   Rand
	nodes    []node
	inflight load
	weights  *weights
	healthy  nodeSet
	draining nodeSet
}

// Request is a request, or a connection, as far as selecting a node goes.
type Request struct {
	Source     uint64 // hash of the client's address: see SourceOf
	Sticky     string // value of the balancer's own cookie, see Stickiness.CookieName and Cookie
	AppValue   string // value of the application's cookie
	Tried      uint64 // bit n: node n was tried already
	Idempotent bool   // by its method (RFC 9110 section 9.2.2)
}

// Why says what led to a choice.
type Why string

// The grounds of a choice.
const (
	ByPolicy     Why = "policy"
	BySticky     Why = "sticky"
	ByRedispatch Why = "redispatch" // by policy, because the sticky node is full or not available, or an attempt failed
)

// None is the node of a [Choice] when none is available.
const None = -1

// Choice is where a request goes. The balancer's cookie on the answer is up to
// [Balancer.Answer].
type Choice struct {
	Node  int // or None
	Why   Why
	Bound bool // the request came with the balancer's cookie, for this node or another
}

// Failure is how an attempt at a node ended without an answer.
type Failure string

// The failures.
const (
	Refused Failure = "refused" // no connection: nothing was sent
	Reset   Failure = "reset"   // the connection died after the request may have been sent
	Timeout Failure = "timeout" // no answer in time
)

// New makes a balancer with all nodes up. r is needed by the policy Random
// alone. The error names everything that is wrong with c.
func New(c Config, r Rand) (*Balancer, error) {
	inflight := make(load, min(max(c.Nodes, 0), MaxNodes))
	weights := newWeights(len(inflight), c.SlowStart)
	policy, err := newSelector(c.Policy, inflight, weights, r)
	if err := errors.Join(c.validate(), err); err != nil {
		return nil, err
	}
	return &Balancer{
		config:   c,
		policy:   policy,
		random:   r,
		nodes:    make([]node, c.Nodes),
		inflight: inflight,
		weights:  weights,
		healthy:  all(c.Nodes),
	}, nil
}

// Reload makes the balancer as new, as reading the configuration again does
// where no state is handed on: all nodes are healthy, and the policy begins
// anew, with full shares. A draining node stays so, as one that the new
// configuration leaves out; requests under way are finished, and still count.
func (b *Balancer) Reload() {
	b.weights.rising = 0
	b.policy, _ = newSelector(b.config.Policy, b.inflight, b.weights, b.random) // which New has accepted
	b.healthy = all(b.config.Nodes)
	for i := range b.nodes {
		b.nodes[i].streak = 0
	}
}

// Pick selects a node for a request at now, and counts the request as under
// way there, until [Balancer.Done].
func (b *Balancer) Pick(req Request, now time.Duration) Choice {
	return b.PickBound(req.Source, req.Tried, b.boundTo(req, now), now)
}

// PickBound is Pick for a request that is known to be bound to a node, or to
// None. For source and tried see [Request].
func (b *Balancer) PickBound(source, tried uint64, bound int, now time.Duration) Choice {
	node := b.Choose(source, tried, bound, now)
	if node == None {
		return Choice{Node: None}
	}
	b.inflight[node]++
	c := Choice{Node: node, Why: ByPolicy, Bound: bound != None}
	switch {
	case node == bound:
		c.Why = BySticky
	case c.Bound || tried != 0:
		c.Why = ByRedispatch
	}
	return c
}

// Choose is the node that PickBound picks, or None. The request does not count
// as under way.
func (b *Balancer) Choose(source, tried uint64, bound int, now time.Duration) int {
	avail := b.healthy &^ b.draining &^ nodeSet(tried)
	switch {
	case avail == 0:
		return None
	case bound != None && avail.has(bound) && !b.full(bound):
		return bound
	}
	if b.weights.rising != 0 {
		b.weights.settle(now)
	}
	return b.policy.choose(avail, source)
}

// full says whether a node has so much under way that it keeps nobody: see
// [Config.StickyMax].
func (b *Balancer) full(node int) bool {
	return b.config.StickyMax > 0 && b.inflight[node] >= b.config.StickyMax
}

// Done says that a picked request is over, well or not.
func (b *Balancer) Done(node int) { b.inflight[node]-- }

// InFlight is the number of requests under way at a node.
func (b *Balancer) InFlight(node int) int { return b.inflight[node] }

// Retry says whether a failed attempt may be repeated on another node; the
// first attempt is 0. What was never sent always may, as HAProxy's
// "retry-on conn-failure"; what may have been sent only under RetryAny, and
// if it is idempotent.
func (b *Balancer) Retry(f Failure, req Request, attempt int) bool {
	if attempt >= b.config.Retries {
		return false
	}
	return f == Refused || b.config.RetryAny && req.Idempotent
}
