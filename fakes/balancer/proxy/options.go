package proxy

import (
	"errors"
	"fmt"
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
)

// Per is what a node is picked for.
type Per string

// The layers of balancing.
const (
	PerRequest    Per = "request"    // layer 7: every request
	PerConnection Per = "connection" // layer 4: every accepted connection
)

// Options is what a [Proxy] needs.
type Options struct {
	Config    balancer.Config
	Rand      balancer.Rand        // for the policy random; used by one goroutine at a time
	Nodes     []string             // names, for error messages
	Addrs     []string             // host:port of each node
	Standby   int                  // so many of the nodes, the last ones, get nothing until Restore
	Per       Per                  // PerRequest if empty
	H2C       bool                 // speak h2c with the nodes; clients may always choose
	KeepAlive time.Duration        // idle connections on both sides are kept this long; 0: not at all, see the package
	Timeout   time.Duration        // how long a node may take to accept, and then to begin its answer; 0: no limit
	Epoch     func() time.Duration // the run's clock
	OnRoute   func(RouteEvent)     // may be nil; called from many goroutines at once

	// TrustForwarded takes the leftmost address of X-Forwarded-For for the
	// client's: another proxy stands in front.
	TrustForwarded bool
}

// RouteEvent is a failed attempt at a node, or a change of a node's state.
type RouteEvent struct {
	At      time.Duration
	Node    int
	Req     string           // X-Request-Id, as it came; "" at connection level
	Attempt int              // 0 is the first
	Failure balancer.Failure // "" if this is a change of state

	// Redispatched says that the request goes on to another node.
	Redispatched bool

	State balancer.State // the new state; "" if this is a failed attempt
}

// validate covers what the core does not know of.
func (o Options) validate() error {
	var errs []error
	if len(o.Addrs) != o.Config.Nodes || len(o.Nodes) != o.Config.Nodes {
		errs = append(errs, fmt.Errorf("proxy: %d nodes with %d names and %d addresses: give each node one of both",
			o.Config.Nodes, len(o.Nodes), len(o.Addrs)))
	}
	if o.Standby < 0 || o.Standby >= max(o.Config.Nodes, 1) {
		errs = append(errs, fmt.Errorf("proxy: %d of %d nodes on standby", o.Standby, o.Config.Nodes))
	}
	if o.Per != "" && o.Per != PerRequest && o.Per != PerConnection {
		errs = append(errs, fmt.Errorf("proxy: unknown layer %q: balance per %s or %s", o.Per, PerRequest, PerConnection))
	}
	if o.Per == PerConnection && o.Config.Stickiness.CookieName() != "" {
		errs = append(errs, fmt.Errorf("proxy: stickiness %s needs balancing per %s: a connection's bytes are not looked at",
			o.Config.Stickiness, PerRequest))
	}
	if o.KeepAlive < 0 || o.Timeout < 0 {
		errs = append(errs, fmt.Errorf("proxy: keep_alive %v, timeout %v: must not be negative", o.KeepAlive, o.Timeout))
	}
	if o.Epoch == nil {
		errs = append(errs, errors.New("proxy: Epoch, the run's clock, is missing"))
	}
	return errors.Join(errs...)
}
