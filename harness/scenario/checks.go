package scenario

import (
	"fmt"
	"slices"
	"time"
)

// refuse notes that a combination is impossible, at the field that the file
// sets last among those involved. Once a field has been refused, or could not
// be read, nothing more is said that follows from it.
func (a *assembly) refuse(paths []string, msg, accepted, hint string) {
	at, layer := a.at, layerNone
	for _, p := range paths {
		s, ok := a.set[p]
		if ok && s.value == nil || a.refused[p] {
			return
		}
		if ok && s.layer > layer {
			at, layer = s.at, s.layer
		}
	}
	a.refused[paths[0]] = true
	a.fail(at, msg, accepted, hint)
}

// check refuses what is impossible in the architecture and the workload.
func (a *assembly) check() {
	if _, given := a.set["session.kind"]; !given {
		a.fail(a.common, "session.kind is missing", "memory, redis, memcached, jwt", "add session: {kind: ...} to the architecture")
		return
	}
	a.checkKeys()
	a.checkTokens()
	a.checkStoreError()
	a.checkClient()
	a.checkSticky()
	a.checkRetry()
	a.checkHealth()
	a.checkCapacity()
	a.checkColdNodes()
	a.checkCookie()
	a.checkHosts()
	a.checkScript()
}

func (a *assembly) checkKeys() {
	s := a.variant.Architecture.Session
	paths := []string{"session.keys", "session.alg", "session.kind"}
	switch {
	case s.Kind != jwt:
	case s.Alg == hs256 && s.Keys == jwks:
		a.refuse(paths, "HS256 has no public key that a key set could publish", "shared, per_node",
			"for a key set use session.alg: RS256 or ES256")
	case s.Alg != hs256 && s.Keys == sharedKeys:
		a.refuse(paths, s.Alg+" signs with a key pair, not with a shared secret", "jwks, per_node",
			"for a shared secret use session.alg: HS256")
	}
}

func (a *assembly) checkTokens() {
	s := a.variant.Architecture.Session
	if s.Kind != jwt {
		return
	}
	if s.Leeway > s.AccessTTL {
		a.refuse([]string{"session.leeway", "session.access_ttl", "session.kind"},
			fmt.Sprintf("a leeway of %s is longer than an access token lives (%s)", FormatDuration(s.Leeway), FormatDuration(s.AccessTTL)),
			"up to session.access_ttl", "30s to 60s is usual")
	}
	if s.RefreshTTL > 0 && s.RefreshTTL < s.AccessTTL {
		a.refuse([]string{"session.refresh_ttl", "session.access_ttl", "session.kind"},
			fmt.Sprintf("a refresh token (%s) that ends before its access token (%s)", FormatDuration(s.RefreshTTL), FormatDuration(s.AccessTTL)),
			"0s, or at least session.access_ttl", "")
	}
}

func (a *assembly) checkStoreError() {
	s, app := a.variant.Architecture.Session, a.variant.Architecture.App
	if app.OnStoreError == Accept && (s.Kind != jwt || !s.SharesRevocations()) {
		a.refuse([]string{"app.on_store_error", "session.revocation", "session.kind"},
			"nothing but revocations can be left unasked: a session is what the store has, and a token without them needs no store",
			"error, reject", "use session.kind: jwt and session.revocation: shared_blacklist")
	}
}

func (a *assembly) checkClient() {
	s, c := a.variant.Architecture.Session, a.variant.Architecture.Client
	if s.Kind != jwt && c.Kind != Browser {
		a.refuse([]string{"client.kind", "session.kind"},
			"a "+c.Kind+" presents bearer tokens, but sessions in "+s.Kind+" are presented as a cookie", "browser",
			"add client.kind: browser where session.kind is set")
		return
	}
	if c.Refresh == none {
		return
	}
	if s.RefreshTTL == 0 {
		a.refuse([]string{"client.refresh", "session.refresh_ttl"},
			"a client that renews, but no refresh tokens (session.refresh_ttl is 0)", none, "")
	}
	if c.RefreshOn != "unauthorized" && c.RefreshMargin >= s.AccessTTL {
		a.refuse([]string{"client.refresh_margin", "session.access_ttl", "client.refresh"},
			fmt.Sprintf("a refresh_margin of %s covers the whole life of an access token (%s)", FormatDuration(c.RefreshMargin), FormatDuration(s.AccessTTL)),
			"less than session.access_ttl", "set client.refresh_margin")
	}
}

func (a *assembly) checkSticky() {
	b := a.variant.Architecture.Balancer
	if b.Stickiness == none {
		return
	}
	if b.Per == perConnection {
		a.refuse([]string{"balancer.per", "balancer.stickiness"},
			"cookie stickiness needs a balancer that reads requests; one that balances connections sees no cookies",
			"request", "use balancer.per: request, or balancer.stickiness: none")
	}
	if b.Stickiness == appCookie {
		a.checkAppCookie(b.AppCookie)
	}
}

func (a *assembly) checkAppCookie(name string) {
	s, c := a.variant.Architecture.Session, a.variant.Architecture.Client
	sets := "sid"
	if s.Kind == jwt {
		sets = "at"
	}
	if prefix := a.variant.Architecture.Cookie.Prefix; prefix != none {
		sets = prefix + sets
	}
	paths := []string{"balancer.app_cookie", "balancer.stickiness", "session.kind", "client.kind"}
	switch {
	case s.Kind == jwt && c.Kind != Browser:
		a.refuse(paths, "app_cookie stickiness follows a cookie of the application's, and a "+c.Kind+" with bearer tokens gets none", "",
			"use balancer.stickiness: lb_cookie, or client.kind: browser")
	case name == "":
		a.refuse(paths, "app_cookie stickiness needs the name of the application's cookie", sets, "add balancer.app_cookie: "+sets)
	case name != sets:
		a.refuse(paths, fmt.Sprintf("the application never sets a cookie called %q", name), sets, "")
	}
}

func (a *assembly) checkRetry() {
	if b := a.variant.Architecture.Balancer; b.Per == perConnection && b.RetryOn == "any_failure" {
		a.refuse([]string{"balancer.retry_on", "balancer.per"},
			"a balancer of connections sees no requests that it could send again", "conn_failure",
			"use balancer.per: request, or client.retry: idempotent")
	}
}

func (a *assembly) checkHealth() {
	h := a.variant.Architecture.Balancer.Health
	if h.Interval > 0 && h.Timeout > max(h.Interval, time.Millisecond) {
		a.refuse([]string{"balancer.health.timeout", "balancer.health.interval"},
			fmt.Sprintf("a health check that may take %s, every %s", FormatDuration(h.Timeout), FormatDuration(h.Interval)),
			"up to balancer.health.interval", "")
	}
}

func (a *assembly) checkCapacity() {
	app := a.variant.Architecture.App
	if app.Capacity == 0 {
		return
	}
	if app.Work == 0 {
		a.refuse([]string{"app.capacity", "app.work"}, "a node of bounded capacity whose pages take no time to make is never full",
			"app.work above 0s", "add app.work: 200ms")
	}
	if _, meant := a.variant.where["app.queue"]; app.OnOverload == Crash && app.Queue == 0 && !meant {
		a.refuse([]string{"app.on_overload", "app.capacity"}, "a node without a queue dies of the first request that finds it busy",
			"an app.queue of your own", "add app.queue: 50, or 0 if that is meant, or use app.on_overload: reject")
	}
}

func (a *assembly) checkColdNodes() {
	app, b := a.variant.Architecture.App, a.variant.Architecture.Balancer
	if app.WarmUp > 0 && app.ColdWork <= app.Work {
		a.refuse([]string{"app.cold_work", "app.warm_up", "app.work"},
			fmt.Sprintf("a cold node that makes a page in %s, and a warm one in %s", FormatDuration(app.ColdWork), FormatDuration(app.Work)),
			"app.cold_work above app.work", "add app.cold_work: "+FormatDuration(max(3*app.Work, time.Second)))
	}
	if b.SlowStart > 0 && b.Policy == "source_hash" {
		a.refuse([]string{"balancer.slow_start", "balancer.policy"},
			"with source_hash users would change their node all the while that its share grows", "0s",
			"use balancer.policy: least_conn, round_robin or random")
	}
}

// checkExpectations refuses to expect something of ghost sessions where none
// can be seen: they take credentials used after their login has ended. For
// ghost_seconds it must have ended by a logout.
func (a *assembly) checkExpectations() {
	w, p := a.variant.Workload, a.variant.Architecture.Promise
	ends := func(d time.Duration) bool { return d > 0 && d < w.Duration }
	replays := slices.ContainsFunc(a.variant.Script, func(x Action) bool { return x.Do == replay })
	if w.LogoutEvery > 0 && w.Replays > 0 || replays {
		return
	}
	for _, x := range a.variant.Expect {
		over := ""
		switch {
		case x.Metric == GhostSeconds:
			over = "their logout"
		case x.Metric == "ghost_sessions" && !ends(p.Idle) && !ends(p.Absolute):
			over = "their login has ended"
		default:
			continue
		}
		a.fail(Position{Line: x.Line, Col: x.Col},
			"variant "+a.variant.Name+" cannot measure "+x.Metric+": nobody uses credentials after "+over, "",
			"add workload.logout_every: 10 and workload.replays: 1, or leave the expectation out")
	}
}
