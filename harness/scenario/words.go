package scenario

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
	browser         = "browser"
	spa             = "spa"
	singleFlight    = "single_flight"
	same            = "same"
)

// Crash is what [App.OnOverload] says of a node that dies of overload.
const Crash = "crash"

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
		"cookie_rejected", "credential_malformed", "cached_401", "cached_other_user", "forged_token",
		"overload", "node_misconfigured", "unexplained",
	}
}

// Metrics lists what an expectation can put a bound on: verdicts (as counts,
// or as shares of the actions that could have had them) and vegeta_success,
// the share of hits that a plain load tool calls a success (200 to 399).
func Metrics() []string {
	return []string{
		"spurious_logouts", "ghost_sessions", "wrong_identity", "lockouts",
		"errors", "unknowns", "vegeta_success",
	}
}
