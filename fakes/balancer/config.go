package balancer

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// MaxNodes is the largest number of nodes: sets of nodes are 64-bit masks.
const MaxNodes = 64

// Config is how a balancer behaves. Nodes are numbered from 0.
type Config struct {
	Nodes      int // 1 to MaxNodes
	Policy     Policy
	Stickiness Stickiness
	StickyTTL  time.Duration // how long the balancer's cookie counts since the latest answer; 0: until the browser closes
	StickyMax  int           // requests under way at a node from which on those bound to it are balanced anew; 0: no bound
	SlowStart  time.Duration // how long a node that comes up takes until it has its full share; 0: it has it at once
	AppCookie  string        // name of the application's cookie that Stickiness AppCookie follows
	Health     Health
	Drain      time.Duration // how long a draining node may finish its requests
	Retries    int           // further attempts, each on another node
	RetryAny   bool          // repeat idempotent requests even if they may have been sent; else only those never sent
}

// Health is how nodes are checked. A node starts healthy.
type Health struct {
	Interval time.Duration // between checks; 0: no checks
	Timeout  time.Duration // a check without an answer in this time has failed
	Rise     int           // consecutive passes that bring a node back
	Fall     int           // consecutive failures that take a node out
}

// Stickiness says how a user is kept on one node.
type Stickiness string

// The kinds of stickiness. The empty string is NoStickiness.
const (
	NoStickiness Stickiness = "none"
	LBCookie     Stickiness = "lb_cookie"  // duration-based: the balancer's own cookie
	AppCookie    Stickiness = "app_cookie" // application-based: as long as the application's cookie is presented
)

// The names of the balancer's cookies; AWS calls them AWSALB and AWSALBAPP.
const (
	LBCookieName  = "LLB"
	AppCookieName = "LLBAPP"
)

// CookieName is the name of the balancer's own cookie, "" if it sets none.
func (s Stickiness) CookieName() string {
	switch s {
	case LBCookie:
		return LBCookieName
	case AppCookie:
		return AppCookieName
	}
	return ""
}

// validate returns every fault of the configuration at once.
func (c Config) validate() error {
	var errs []error
	bad := func(wrong bool, format string, args ...any) {
		if wrong {
			errs = append(errs, fmt.Errorf("balancer: "+format, args...))
		}
	}
	bad(c.Nodes < 1 || c.Nodes > MaxNodes, "%d nodes: must be 1 to %d", c.Nodes, MaxNodes)
	bad(c.StickyTTL < 0, "sticky_ttl %v: must not be negative", c.StickyTTL)
	bad(c.StickyMax < 0, "sticky_max %d: must not be negative", c.StickyMax)
	bad(c.SlowStart < 0, "slow_start %v: must not be negative", c.SlowStart)
	bad(c.SlowStart > 0 && c.Policy == SourceHash, "slow_start with policy %s: sources would change their node while its share grows: use another policy", SourceHash)
	bad(c.Drain < 0, "drain %v: must not be negative", c.Drain)
	bad(c.Retries < 0, "retries %d: must not be negative", c.Retries)
	return errors.Join(append(errs, c.validateSticky(), c.Health.validate())...)
}

func (c Config) validateSticky() error {
	kinds := []Stickiness{"", NoStickiness, LBCookie, AppCookie}
	if !slices.Contains(kinds, c.Stickiness) {
		return fmt.Errorf("balancer: unknown stickiness %q: use %s, %s or %s", c.Stickiness, NoStickiness, LBCookie, AppCookie)
	}
	if c.Stickiness != AppCookie {
		return nil
	}
	switch c.AppCookie {
	case "":
		return fmt.Errorf("balancer: stickiness %s needs the name of the application's cookie", AppCookie)
	case LBCookieName, AppCookieName:
		return fmt.Errorf("balancer: the name %q is the balancer's own: name the application's cookie otherwise", c.AppCookie)
	}
	return nil
}

func (h Health) validate() error {
	if h.Interval == 0 {
		return nil
	}
	if h.Interval < 0 || h.Timeout <= 0 || h.Rise < 1 || h.Fall < 1 {
		return fmt.Errorf("balancer: health check every %v, timeout %v, rise %d, fall %d: all must be positive (interval 0 turns checks off)",
			h.Interval, h.Timeout, h.Rise, h.Fall)
	}
	return nil
}
