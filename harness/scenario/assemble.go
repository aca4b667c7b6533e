package scenario

import (
	"maps"
	"slices"
	"time"
)

// assembly is a variant in the making: the settings of both layers and what
// comes of them.
type assembly struct {
	*reader
	set     settings
	variant Variant
	at      Position // of the variant's name
	refused map[string]bool
}

// assemble lays a variant's own settings over the common ones.
func assemble(r *reader, base, with settings, name string, at Position) *assembly {
	set := maps.Clone(base)
	maps.Copy(set, with)
	a := &assembly{reader: r, set: set, at: at, refused: map[string]bool{}}
	a.variant.Name, a.variant.Line = name, at.Line
	a.build()
	a.dropInapplicable()
	return a
}

// build works out the variant from defaults, settings and, where nothing is
// set, what follows from the rest.
func (a *assembly) build() {
	v := &a.variant
	v.Architecture, v.Workload, v.Script = Architecture{}, Workload{}, nil
	v.where = map[string]Position{}
	for _, f := range fields(v) {
		f.putDefault()
		s, ok := a.set[f.Path]
		if ok && s.value != nil {
			f.put(s.value)
		}
		if ok {
			v.where[f.Path] = s.at
		}
	}
	a.derive()
}

// isSet says whether the file gives a readable value.
func (a *assembly) isSet(path string) bool { return a.set[path].value != nil }

// derive fills in the defaults that depend on other fields.
func (a *assembly) derive() {
	s, c, p := &a.variant.Architecture.Session, &a.variant.Architecture.Client, &a.variant.Architecture.Promise
	orElse := func(path string, to *string, when bool, yes, no string) {
		if a.isSet(path) {
			return
		}
		*to = no
		if when {
			*to = yes
		}
	}
	orElse("session.keys", &s.Keys, s.Alg == hs256, sharedKeys, jwks)
	orElse("client.kind", &c.Kind, s.Kind == jwt, SPA, Browser)
	orElse("client.refresh", &c.Refresh, s.Kind == jwt && s.RefreshTTL > 0, singleFlight, none)

	idle, absolute := s.Idle, s.Absolute
	if s.Kind == jwt {
		idle = s.AccessTTL
		if c.Refresh != none {
			idle = s.RefreshTTL
		}
		absolute = idle
	}
	if !a.isSet("promise.idle") {
		p.Idle = idle
	}
	if !a.isSet("promise.absolute") {
		p.Absolute = absolute
	}
	if n := len(a.variant.Script); n > 0 {
		a.variant.Workload.Users = a.variant.Script[n-1].User // the last of them
	}
}

// condition says when some fields mean anything: while the decider is so.
type condition struct {
	decider string
	holds   bool
	paths   []string
	why     string
	hint    string
}

func conditions(v *Variant) []condition {
	a := &v.Architecture
	return []condition{
		{"balancer.config", a.Balancer.Config.File == "", []string{
			"balancer.policy", "balancer.per", "balancer.stickiness", "balancer.sticky_ttl", "balancer.sticky_max", "balancer.slow_start", "balancer.app_cookie",
			"balancer.retries", "balancer.retry_on", "balancer.health.interval", "balancer.health.timeout",
			"balancer.health.rise", "balancer.health.fall",
		}, "means nothing beside a configuration of your own", "leave it out: balancer.config says it"},
		{"session.kind", a.Session.Kind == jwt || a.Session.Kind == "", []string{
			"session.alg", "session.keys", "session.access_ttl", "session.refresh_ttl", "session.rotation",
			"session.reuse_grace", "session.leeway", "session.revocation", "session.refresh_store",
			"session.jwks_refetch", "client.refresh", "client.refresh_on", "client.refresh_margin", "workload.forge_every",
		}, "means nothing for sessions in " + a.Session.Kind, "it belongs to session.kind: jwt"},
		{"client.kind", a.Client.Kind == Browser || a.Client.Kind == "", []string{
			"cookie.prefix", "cookie.domain", "cookie.path", "cookie.secure", "cookie.same_site", "cookie.earlier_path",
			"cookie.expire_earlier", "hosts.home", "hosts.other", "hosts.other_every", "hosts.sign_in",
		}, "means nothing for bearer tokens", "it belongs to client.kind: browser"},
		{"session.kind", a.Session.Kind != jwt, []string{"cookie.earlier_path"},
			"means nothing for tokens", "it belongs to session.kind: memory, redis or memcached"},
		{"cookie.earlier_path", a.Cookie.EarlierPath != "", []string{"cookie.expire_earlier"},
			"means nothing without an earlier cookie", "add cookie.earlier_path: /page"},
		{"hosts.home", a.Hosts.Home != "", []string{"hosts.other", "hosts.sign_in", "cookie.domain", "cookie.prefix"},
			"means nothing where hosts have no names", "add hosts.home: https://www.example.test"},
		{"hosts.other", a.Hosts.Other != "", []string{"hosts.other_every"},
			"means nothing for one host", "add hosts.other: https://app.example.test"},
		{"session.kind", a.Session.Kind != jwt, []string{"session.idle", "session.absolute", "session.rolling"},
			"means nothing for tokens", "tokens live for session.access_ttl and session.refresh_ttl"},
		{"session.kind", a.Session.Store() == redis || a.Session.Kind == "", []string{"session.replica", "session.eviction"},
			"means nothing without a shared Redis", "use session.kind: redis"},
		{"session.replica", a.Session.Replica, []string{"session.min_replicas"},
			"means nothing without a replica", "add session.replica: true"},
		{"session.kind", a.Session.Store() != "" || a.Session.Kind == "", []string{"app.on_store_error"},
			"means nothing without a shared store", storeHint},
		{"session.rotation", a.Session.Rotation, []string{"session.reuse_grace"},
			"means nothing without rotation", "add session.rotation: true"},
		{"session.keys", a.Session.Keys == jwks, []string{"session.jwks_refetch"},
			"means nothing without a key set", "add session.keys: jwks"},
		{"client.refresh", a.Client.Refresh != none, []string{"client.refresh_on", "client.refresh_margin"},
			"means nothing for a client that never renews", "add client.refresh: single_flight"},
		{"client.kind", a.Client.Kind == Phone, []string{"client.storage", "client.on_unreadable"},
			"means nothing for a client that is no phone", "add client.kind: phone"},
		{"client.retry", a.Client.Retry != none, []string{"client.retry_max", "client.retry_backoff"},
			"means nothing for a client that never retries", "add client.retry: idempotent"},
		{"balancer.stickiness", a.Balancer.Stickiness == appCookie, []string{"balancer.app_cookie"},
			"means nothing without application-cookie stickiness", "add balancer.stickiness: app_cookie"},
		{"balancer.stickiness", a.Balancer.Stickiness != none, []string{"balancer.sticky_ttl", "balancer.sticky_max"},
			"means nothing without stickiness", "add balancer.stickiness: lb_cookie"},
		{"app.capacity", a.App.Capacity > 0, []string{"app.queue", "app.queue_timeout", "app.on_overload"},
			"means nothing for a node that takes in whatever comes", "add app.capacity: 20"},
		{"app.warm_up", a.App.WarmUp > 0, []string{"app.cold_work"},
			"means nothing for a node that is as fast as ever at once", "add app.warm_up: 1m"},
		{"app.queue", a.App.Queue > 0, []string{"app.queue_timeout"}, "means nothing where nobody waits", "add app.queue: 50"},
		{"app.on_overload", a.App.OnOverload == Crash, []string{"app.restart"},
			"means nothing for a node that does not die", "add app.on_overload: crash"},
		{"cache.enabled", a.Cache.Enabled, []string{
			"cache.cache_401", "cache.ignore_cache_control", "cache.ignore_vary", "cache.ignore_auth",
			"cache.cache_set_cookie", "cache.never_4xx",
		}, "means nothing without the cache", "add cache.enabled: true"},
		{"workload.script", len(v.Script) == 0, []string{"workload.users", "workload.think", "workload.logout_every", "workload.replays", "workload.forge_every"},
			"means nothing beside a script", "leave it out: workload.script says who does what, and when"},
		{"workload.logout_every", v.Workload.LogoutEvery > 0, []string{"workload.replays"},
			"means nothing if nobody logs out", "add workload.logout_every: 10"},
	}
}

// dropInapplicable refuses settings that mean nothing in the variant; but what
// the common part says and the variant's `with` makes meaningless (tokens'
// settings under a variant with Redis sessions) falls back to the default.
func (a *assembly) dropInapplicable() {
	for i := range conditions(&a.variant) {
		c := conditions(&a.variant)[i] // dropping one setting can decide another
		if c.holds {
			continue
		}
		for _, path := range c.paths {
			a.dropOrRefuse(c, path)
		}
		a.build()
	}
}

func (a *assembly) dropOrRefuse(c condition, path string) {
	s, ok := a.set[path]
	if !ok || s.value == nil {
		return
	}
	if s.layer < a.set[c.decider].layer {
		delete(a.set, path)
		return
	}
	if !inert(s.value) {
		a.refuse([]string{path, c.decider}, path+" "+c.why, "", c.hint)
	}
}

// inert says whether a value switches its field off.
func inert(value any) bool {
	return slices.Contains([]any{none, "", 0, false, time.Duration(0)}, value)
}
