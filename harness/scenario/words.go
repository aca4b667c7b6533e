package scenario

import "strings"

// The words of the file format that rules refer to.
const (
	none            = "none"
	unauthorized    = "unauthorized"
	perConnection   = "connection"
	lbCookie        = "lb_cookie"
	appCookie       = "app_cookie"
	memory          = "memory"
	redis           = "redis"
	memcached       = "memcached"
	jwt             = "jwt"
	hs256           = "HS256"
	sharedKeys      = "shared"
	jwks            = "jwks"
	sharedBlacklist = "shared_blacklist"
	singleFlight    = "single_flight"
	same            = "same"
	hostPrefix      = "__Host-"
	allKeysRandom   = "allkeys_random"
)

// Crash is what [App.OnOverload] says of a node that dies of overload.
const Crash = "crash"

// What [Session.Revocation] says of a logout that ends all of its user's logins.
const (
	UserBlock     = "user_block"      // nothing of the user's is accepted any more
	UserNotBefore = "user_not_before" // nothing of the user's that was issued before
)

// NoEviction is what [Session.Eviction] says of a store that would rather refuse
// new entries than forget old ones.
const NoEviction = "noeviction"

// What [App.OnStoreError] says of requests for which the store does not answer,
// where it is not 503.
const (
	Reject = "reject" // they are answered like one without a login
	Accept = "accept" // what a token says is enough
)

// The kinds of client.
const (
	Browser = "browser" // with a cookie jar
	SPA     = "spa"     // bearer tokens in memory
	Phone   = "phone"   // bearer tokens in a storage
)

// AppRestart is the fault that befalls clients, whom the workload plays.
const AppRestart = "app_restart"

// mostNodes is how many app nodes a balancer of ours has room for.
const mostNodes = 64

// Causes lists the names of the causes that an expectation can ask for, in
// the order of the documentation. A name with a dot is a kind of the name
// before the dot.
func Causes() []string {
	return []string{
		"clock_skew", "token_expired", "session_expired", "refresh_race", "refresh_lost",
		"key_mismatch", "key_retired",
		"session_not_on_node", "session_lost", "store_down", "store_evicted",
		"connection_cut", "drain_missing", "revoked_elsewhere", "revocation_missed", "lockout",
		"cookie_not_sent.domain", "cookie_not_sent.path", "cookie_not_sent.secure", "cookie_not_sent.samesite",
		"cookie_rejected", "cookie_shadowed", "storage_evicted", "credential_malformed", "cached_401", "cached_other_user", "forged_token",
		"overload", "node_misconfigured", "unexplained",
	}
}

// Metrics lists what an expectation can put a bound on: verdicts (as counts,
// or as shares of the actions that could have had them) and vegeta_success,
// the share of hits that a plain load tool calls a success (200 to 399), the
// percentiles of the latency of actions, on the run's own clock, and
// ghost_seconds: for how long after a logout credentials were seen to be
// accepted, in scenario time, as a mean of all logouts after which they were tried.
func Metrics() []string {
	return []string{
		"spurious_logouts", "ghost_sessions", "wrong_identity", "lockouts",
		"errors", "unknowns", "vegeta_success", "latency_p50", "latency_p95", "latency_p99", GhostSeconds,
	}
}

// GhostSeconds is the metric that tells how long logins outlive their logout.
const GhostSeconds = "ghost_seconds"

// inDurations says whether a metric is a duration.
func inDurations(metric string) bool {
	return metric == GhostSeconds || strings.HasPrefix(metric, "latency_")
}
