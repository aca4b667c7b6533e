package scenario

import (
	"slices"
	"time"
)

// Fields describes every field of an architecture and a workload, in the
// order of the documentation.
func Fields() []Field {
	var v Variant
	return fields(&v)
}

// fields is the table of all fields, bound to the variant that they fill.
func fields(v *Variant) []Field {
	a := &v.Architecture
	return slices.Concat(
		[]Field{count("nodes", &a.Nodes, "3", 1, mostNodes, "Number of app nodes; they are named app-1 to app-N.")},
		appFields(&a.App), networkFields(&a.Network), balancerFields(&a.Balancer), healthFields(&a.Balancer.Health),
		sessionFields(&a.Session), cookieFields(&a.Cookie), hostsFields(&a.Hosts), cacheFields(&a.Cache), clientFields(&a.Client),
		promiseFields(&a.Promise), workloadFields(&v.Workload), []Field{scriptField(&v.Script)},
	)
}

func appFields(a *App) []Field {
	return []Field{
		word("app.rejects_with", &a.RejectsWith, unauthorized,
			"How a request without a valid login is answered: 401, 403 with a challenge, 302 to the login page, or 200 with the login page.",
			unauthorized, "forbidden", "redirect", "login_page"),
		text("app.cache_control", &a.CacheControl, "private", "Cache-Control of pages; \"\" sends none."),
		text("app.error_cache_control", &a.ErrorCacheControl, "", "Cache-Control of rejections; \"\" sends none."),
		span("app.work", &a.Work, "0s", 0, time.Minute, "How long a page takes to make."),
		span("app.warm_up", &a.WarmUp, "0s", 0, day,
			"How long a node is slower than app.work whose process starts during the run, with its caches empty: at first a page takes app.cold_work, then less and less; 0: it is as fast as ever at once."),
		span("app.cold_work", &a.ColdWork, "0s", 0, time.Hour, "warm_up: how long a page takes to make that is begun as the process starts."),
		flag("app.clear_on_reject", &a.ClearOnReject, "false", "A rejection expires the client's cookies."),
		count("app.capacity", &a.Capacity, "0", 0, 100_000,
			"How many requests a node works on at once (HAProxy: maxconn); 0: no bound. Logins, pages, renewals and logouts take a place each, and pages keep it for app.work."),
		count("app.queue", &a.Queue, "0", 0, 1_000_000, "How many more may wait, the first come first; any further one is answered with 503 at once, as overload."),
		span("app.queue_timeout", &a.QueueTimeout, "0s", 0, time.Hour, "A request that has waited this long is answered with 503 (HAProxy: timeout queue); 0: it waits as long as its client."),
		word("app.on_store_error", &a.OnStoreError, "error",
			"How a request is answered that needs the shared store while it does not answer: with 503, or rejected like one without a login; or, jwt: a page is accepted by its token alone, which may have been revoked, and all else answered with 503.",
			"error", Reject, Accept),
		word("app.on_overload", &a.OnOverload, "reject",
			"What the request does that finds the queue full: it is answered with 503, or the node's process dies of it, as of memory that ran out, with all requests and sessions that it has.",
			"reject", Crash),
		span("app.restart", &a.Restart, "30s", time.Millisecond, day, "crash: how long the node is away."),
	}
}

// DefaultNetwork is the network of a scenario that does not say how fast it is.
func DefaultNetwork() Network {
	return Network{User: 20 * time.Millisecond, Internal: 500 * time.Microsecond}
}

func networkFields(n *Network) []Field {
	usual := DefaultNetwork()
	const only = " For --substrate sim: real parts are as fast as the machine."
	return []Field{
		span("network.user", &n.User, FormatDuration(usual.User), 0, time.Minute, "How long a request or an answer is on its way between a user and the front."+only),
		span("network.internal", &n.Internal, FormatDuration(usual.Internal), 0, time.Minute, "How long it is on its way between two parts."+only),
	}
}

func balancerFields(b *Balancer) []Field {
	return []Field{
		word("balancer.policy", &b.Policy, "round_robin", "How a node is chosen.",
			"round_robin", "random", "least_conn", "source_hash"),
		word("balancer.per", &b.Per, "request", "What is balanced: requests (layer 7) or connections (layer 4).",
			"request", perConnection),
		word("balancer.protocol", &b.Protocol, "http1", "HTTP/1.1, or HTTP/2 in clear text; the cache speaks HTTP/1.1 with the balancer.", "http1", "h2c"),
		word("balancer.stickiness", &b.Stickiness, none,
			"Keeps a client on its node: by a cookie of the balancer's own, or following one of the application's (as AWS ALB does).",
			none, lbCookie, appCookie),
		span("balancer.sticky_ttl", &b.StickyTTL, "1d", time.Second, 7*day, "Life of the stickiness cookie since the latest answer, by the balancer's clock."),
		count("balancer.sticky_max", &b.StickyMax, "0", 0, 100000,
			"Requests under way at a node from which on the users bound to it are balanced anew, and bound to the node they come to; 0: no bound."),
		span("balancer.slow_start", &b.SlowStart, "0s", 0, day,
			"How long a node that comes up during the run takes until it has its full share of what the policy decides: it begins with a sixteenth of it (HAProxy: slowstart); 0: it has it at once. Users bound to the node come as ever."),
		text("balancer.app_cookie", &b.AppCookie, "",
			"The application's cookie that app_cookie follows: sid, or at for tokens in a browser."),
		span("balancer.drain", &b.Drain, "0s", 0, time.Hour,
			"How long a node that is being stopped may finish its requests; 0: no draining."),
		count("balancer.retries", &b.Retries, "3", 0, 10, "Further attempts, on another node, when a connection fails."),
		word("balancer.retry_on", &b.RetryOn, "conn_failure",
			"Which failures are retried: those where nothing was sent, or all of idempotent requests.",
			"conn_failure", "any_failure"),
		span("balancer.keep_alive", &b.KeepAlive, "60s", 0, day, "How long clients keep an idle connection, and balancer and nodes at least; 0: not at all, each request has its own."),
		text("balancer.config", &b.Config.File, "",
			"A configuration of your own, haproxy.cfg or nginx.conf, beside the scenario's file, in place of the fields that say how to balance; for --substrate container."),
	}
}

func healthFields(h *Health) []Field {
	return []Field{
		span("balancer.health.interval", &h.Interval, "10s", 0, time.Hour, "Pause between two health checks of a node; 0: no checks."),
		inRealTime(span("balancer.health.timeout", &h.Timeout, "2s", time.Millisecond, time.Hour,
			"When an unanswered check counts as failed, in real seconds: it is never compressed.")),
		count("balancer.health.rise", &h.Rise, "2", 1, 100, "Successes in a row that bring a node back."),
		count("balancer.health.fall", &h.Fall, "2", 1, 100, "Failures in a row that take a node out."),
	}
}

func sessionFields(s *Session) []Field {
	return []Field{
		word("session.kind", &s.Kind, "", "How a login is remembered: in each node's memory, in a store that they share, Redis or memcached, or by signed tokens.",
			memory, redis, memcached, jwt).required(),
		word("session.alg", &s.Alg, hs256, "jwt: the signature algorithm (RFC 7518 section 3.1).", hs256, "RS256", "ES256"),
		word("session.keys", &s.Keys, "", "jwt: one secret for all nodes, one of each node's own, or key pairs published at a JWKS endpoint (RFC 7517).",
			sharedKeys, "per_node", jwks).depending("shared for HS256, jwks for RS256 and ES256"),
		span("session.access_ttl", &s.AccessTTL, "15m", time.Second, longest, "jwt: life of an access token."),
		span("session.refresh_ttl", &s.RefreshTTL, "30d", 0, longest, "jwt: life of a refresh token; 0: none are issued."),
		flag("session.rotation", &s.Rotation, "true", "jwt: a refresh token works once, its reuse revokes the login (RFC 9700 section 4.14.2)."),
		span("session.reuse_grace", &s.ReuseGrace, "0s", 0, time.Hour, "jwt: how long a rotated refresh token still works."),
		span("session.leeway", &s.Leeway, "0s", 0, day, "jwt: tolerance on exp, nbf and iat (RFC 7519 section 4.1.4)."),
		word("session.revocation", &s.Revocation, none,
			"jwt: what a logout leaves behind: nothing, a blacklist in the node's memory, one in the store that nodes share, or a deleted refresh token; or, in that store, what ends all of the user's logins: a mark that refuses the user, or the time before which their tokens were issued.",
			none, "local_blacklist", sharedBlacklist, "refresh_deletion", UserBlock, UserNotBefore),
		word("session.refresh_store", &s.RefreshStore, redis, "jwt: where refresh tokens are remembered; what a logout leaves for all nodes is in the same store, or in Redis.", memory, redis, memcached),
		span("session.idle", &s.Idle, "12h", 0, longest, "memory, redis, memcached: life of a session since its last use; 0: no limit."),
		span("session.absolute", &s.Absolute, "30d", 0, longest, "memory, redis, memcached: life of a session since the login; 0: no limit."),
		flag("session.rolling", &s.Rolling, "false", "memory, redis, memcached: every page sets the session's cookie again, as a rolling expiry does."),
		flag("session.jwks_refetch", &s.JWKSRefetch, "false", "jwks: fetch the key set again on an unknown key id."),
		flag("session.replica", &s.Replica, "false", "The shared Redis has a replica, which hears of every write a little later, and takes over in store_failover."),
		count("session.min_replicas", &s.MinReplicas, "0", 0, 1, "So many replicas must be connected for the shared Redis to take writes (Redis: min-replicas-to-write); the one that has taken over asks for none."),
		word("session.eviction", &s.Eviction, allKeysRandom,
			"What the shared Redis does when its memory is full (Redis: maxmemory-policy): it forgets entries that chance chooses, or refuses new ones.",
			allKeysRandom, NoEviction),
	}
}

func cacheFields(c *Cache) []Field {
	return []Field{
		flag("cache.enabled", &c.Enabled, "false", "A shared caching proxy (RFC 9111) stands in front of the balancer."),
		span("cache.cache_401", &c.Cache401, "0s", 0, day, "Misconfiguration: store every 401 this long."),
		span("cache.ignore_cache_control", &c.IgnoreCacheControl, "0s", 0, day, "Misconfiguration: store every 200 this long."),
		flag("cache.ignore_vary", &c.IgnoreVary, "false", "Misconfiguration: ignore Vary."),
		flag("cache.ignore_auth", &c.IgnoreAuth, "false", "Misconfiguration: store answers to requests with Authorization."),
		flag("cache.cache_set_cookie", &c.CacheSetCookie, "false", "Misconfiguration: store and replay Set-Cookie."),
		flag("cache.never_4xx", &c.Never4xx, "false", "Never store a 4xx, not even an explicitly cacheable one."),
	}
}

func clientFields(c *Client) []Field {
	return []Field{
		word("client.kind", &c.Kind, "", "A browser with a cookie jar, a single-page application with bearer tokens, or an app on a phone, with bearer tokens in a storage that outlives its process.",
			Browser, SPA, Phone).depending("spa for jwt, otherwise browser"),
		word("client.storage", &c.Storage, "app_data",
			"phone: where tokens are kept: the app's own files; a keychain item that is readable while the phone is unlocked; or one that is readable once it was unlocked since it started (Android: a keystore).",
			"app_data", "keychain", "keychain_after_first_unlock"),
		word("client.on_unreadable", &c.OnUnreadable, "logout",
			"phone: what an app does that cannot read its storage at present: it takes that for the end of the login, or waits until it is opened.",
			"logout", "wait"),
		word("client.refresh", &c.Refresh, "", "jwt: how an access token is renewed: never, by every request that needs it, or by one for all.",
			none, "naive", singleFlight).depending("single_flight where there are refresh tokens, otherwise none"),
		word("client.refresh_on", &c.RefreshOn, "both", "When to renew: after a 401, shortly before the expiry, or both.",
			"unauthorized", "expiry", "both"),
		span("client.refresh_margin", &c.RefreshMargin, "10s", 0, day, "expiry: renew this long before the token ends."),
		word("client.retry", &c.Retry, none, "Which requests are repeated after a failure.", none, "idempotent"),
		count("client.retry_max", &c.RetryMax, "3", 1, 10, "How often a request is repeated."),
		span("client.retry_backoff", &c.RetryBackoff, "1s", 0, time.Hour, "Pause before the first repetition; doubles each time."),
		word("client.on_error", &c.OnError, "show_error", "What a network error or a 5xx does: show an error, or (naively) end the login.",
			"show_error", "logout"),
		count("client.requests", &c.Requests, "1", 1, 32, "Parallel requests a page."),
		count("client.pages", &c.Pages, "20", 1, 100000, "Number of different pages."),
		inRealTime(span("client.timeout", &c.Timeout, "10s", time.Millisecond, time.Hour,
			"How long a client waits for an answer, in real seconds: it is never compressed.")),
	}
}

// inRealTime marks a duration that compression leaves alone.
func inRealTime(f Field) Field {
	f.Real = true
	return f
}

func promiseFields(p *Promise) []Field {
	return []Field{
		span("promise.idle", &p.Idle, "", 0, longest, "Users stay logged in this long after their last action; 0: no limit.").
			depending("session.idle; jwt: refresh_ttl if the client renews, otherwise access_ttl"),
		span("promise.absolute", &p.Absolute, "", 0, longest, "And never longer than this after the login; 0: no limit.").
			depending("session.absolute; jwt: refresh_ttl if the client renews, otherwise access_ttl"),
		span("promise.revocation", &p.Revocation, "0s", 0, longest, "A logout takes effect everywhere within this time."),
	}
}

func workloadFields(w *Workload) []Field {
	return []Field{
		count("workload.users", &w.Users, "100", 1, 10_000_000, "Number of users."),
		span("workload.think", &w.Think, "20s", time.Millisecond, 30*day, "Mean pause between two actions of a user: never less than a quarter of the mean, the rest exponential."),
		span("workload.duration", &w.Duration, "10m", time.Second, 365*day, "How long users act."),
		count("workload.logout_every", &w.LogoutEvery, "0", 0, 1_000_000, "A user logs out after this many pages on average; 0: never."),
		count("workload.replays", &w.Replays, "0", 0, 100, "Pages opened with a kept copy of the credentials after each logout."),
		count("workload.forge_every", &w.ForgeEvery, "0", 0, 1_000_000, "jwt: one of this many pages, on average, is asked for by somebody else, with tokens in the user's name that no node issued: one signed with the empty secret, one with a well-known default; 0: none."),
	}
}
