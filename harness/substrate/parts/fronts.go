package parts

import (
	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/fakes/edgecache"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// BalancerConfig says the same in the balancer's words, which are the
// scenario's.
func BalancerConfig(a scenario.Architecture, nodes int) balancer.Config {
	b := a.Balancer
	return balancer.Config{
		Policy: balancer.Policy(b.Policy), Stickiness: balancer.Stickiness(b.Stickiness),
		Nodes: nodes, StickyTTL: b.StickyTTL, StickyMax: b.StickyMax, SlowStart: b.SlowStart, AppCookie: b.AppCookie, Drain: b.Drain,
		Retries: b.Retries, RetryAny: b.RetryOn == "any_failure",
		Health: balancer.Health{Interval: b.Health.Interval, Timeout: b.Health.Timeout, Rise: b.Health.Rise, Fall: b.Health.Fall},
	}
}

// CacheConfig says the same in the cache's words, for a run that is compressed
// this many times.
func CacheConfig(k scenario.Cache, compress float64) edgecache.Config {
	return edgecache.Config{
		Cache401: k.Cache401, IgnoreCacheControl: k.IgnoreCacheControl, IgnoreVary: k.IgnoreVary,
		IgnoreAuth: k.IgnoreAuth, CacheSetCookie: k.CacheSetCookie, Never4xx: k.Never4xx, Scale: compress,
	}
}
