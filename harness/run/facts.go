package run

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// facts describes a variant for a reader of the report, with its durations as
// they stand in v.
func facts(v scenario.Variant) map[string]string {
	a := v.Architecture
	f := map[string]string{
		"nodes":       strconv.Itoa(a.Nodes),
		"balancer":    balancerFact(a.Balancer),
		"session":     sessionFact(a.Session),
		"client":      clientFact(a.Client),
		"application": appFact(a.App),
		"promise":     promiseFact(a.Promise),
		"workload":    workloadFact(v),
	}
	if a.Cache.Enabled {
		f["cache"] = cacheFact(a.Cache)
	}
	if !a.PlainCookies() {
		f["cookies"], f["hosts"] = cookieFact(a.Cookie), hostsFact(a.Hosts)
	}
	_, user := v.Position("network.user")
	if _, internal := v.Position("network.internal"); user || internal {
		f["network"] = fmt.Sprintf("%s between a user and the front, %s between two parts", short(a.Network.User), short(a.Network.Internal))
	}
	return f
}

func balancerFact(b scenario.Balancer) string {
	if b.Config.File != "" {
		f := list("a configuration of your own, " + b.Config.File + ", " + b.Protocol)
		f.add(b.Drain > 0, "drains for up to %s", short(b.Drain))
		return f.String()
	}
	f := list(fmt.Sprintf("%s per %s, %s", b.Policy, b.Per, b.Protocol))
	switch b.Stickiness {
	case "none":
		f.add(true, "no stickiness")
	case "app_cookie":
		f.add(true, "sticky by the application's cookie %s for %s", b.AppCookie, short(b.StickyTTL))
	default:
		f.add(true, "sticky by %s for %s", b.Stickiness, short(b.StickyTTL))
	}
	f.add(b.StickyMax > 0, "to a node with less than %d requests under way", b.StickyMax)
	f.add(b.SlowStart > 0, "a node that comes up has its full share after %s", short(b.SlowStart))
	f.add(b.Health.Interval > 0, "checks every %s (rise %d, fall %d)", short(b.Health.Interval), b.Health.Rise, b.Health.Fall)
	f.add(b.Retries > 0, "%s on %s", times(b.Retries, "retry", "retries"), b.RetryOn)
	f.add(b.Drain > 0, "drains for up to %s", short(b.Drain))
	return f.String()
}

func sessionFact(s scenario.Session) string {
	f := list(loginFact(s))
	f.add(s.Replica, "with a replica")
	f.add(s.MinReplicas > 0, "without which it takes no writes")
	f.add(s.Eviction == scenario.NoEviction, "never evicts")
	return f.String()
}

func loginFact(s scenario.Session) string {
	if s.Kind != "jwt" {
		f := list(s.Kind)
		f.add(s.Idle > 0, "ends %s after the last use", short(s.Idle))
		f.add(s.Absolute > 0, "%s after the login", short(s.Absolute))
		f.add(s.Rolling, "every page sets the cookie again")
		return f.String()
	}
	f := list(fmt.Sprintf("jwt %s, keys %s, access %s", s.Alg, s.Keys, short(s.AccessTTL)))
	f.add(s.RefreshTTL > 0, "refresh %s", short(s.RefreshTTL))
	f.add(s.RefreshTTL > 0 && s.Rotation, "rotated")
	f.add(s.ReuseGrace > 0, "reuse grace %s", short(s.ReuseGrace))
	f.add(true, "leeway %s, revocation %s", short(s.Leeway), s.Revocation)
	f.add(s.JWKSRefetch, "an unknown key id fetches the key set again")
	return f.String()
}

func clientFact(c scenario.Client) string {
	f := list(c.Kind)
	switch c.Refresh {
	case "none":
		f.add(true, "never renews")
	default:
		f.add(true, "renews %s on %s", c.Refresh, c.RefreshOn)
		f.add(c.RefreshOn != "unauthorized", "%s before the token ends", short(c.RefreshMargin))
	}
	f.add(c.Retry == "none", "no retries")
	f.add(c.Retry != "none", "%s of %s requests from %s", times(c.RetryMax, "retry", "retries"), c.Retry, short(c.RetryBackoff))
	f.add(true, "after an error: %s", c.OnError)
	f.add(true, "%s a page, %s", times(c.Requests, "request", "parallel requests"), times(c.Pages, "page", "pages"))
	return f.String()
}

func appFact(a scenario.App) string {
	f := list("rejects with " + a.RejectsWith)
	f.add(a.ClearOnReject, "and clears the cookies")
	f.add(a.Work > 0, "%s a page", short(a.Work))
	f.add(a.WarmUp > 0, "%s on a node that has just started, less and less for %s", short(a.ColdWork), short(a.WarmUp))
	if a.Capacity > 0 {
		f.add(true, "%s at once on a node, %d more wait", times(a.Capacity, "request", "requests"), a.Queue)
		f.add(a.QueueTimeout > 0, "for %s at most", short(a.QueueTimeout))
		f.add(a.OnOverload == "reject", "then 503")
		f.add(a.OnOverload == "crash", "then the node dies, for %s", short(a.Restart))
	}
	f.add(a.OnStoreError == scenario.Reject, "a store that does not answer is a rejection")
	f.add(a.OnStoreError == scenario.Accept, "a store that does not answer is not waited for")
	f.add(a.CacheControl != "", "Cache-Control of pages: %s", a.CacheControl)
	f.add(a.ErrorCacheControl != "", "of rejections: %s", a.ErrorCacheControl)
	return f.String()
}

func cacheFact(c scenario.Cache) string {
	f := list("shared cache (RFC 9111) before the balancer")
	f.add(c.Cache401 > 0, "keeps a 401 for %s", short(c.Cache401))
	f.add(c.IgnoreCacheControl > 0, "keeps every 200 for %s", short(c.IgnoreCacheControl))
	f.add(c.IgnoreVary, "ignores Vary")
	f.add(c.IgnoreAuth, "ignores Authorization")
	f.add(c.CacheSetCookie, "keeps Set-Cookie")
	f.add(c.Never4xx, "never keeps a 4xx")
	return f.String()
}

func cookieFact(c scenario.Cookie) string {
	domain := "for the one host that set it"
	if c.Domain != "" {
		domain = "Domain=" + c.Domain
	}
	f := list(domain)
	f.add(c.Prefix != "none", "named %s", c.Prefix)
	f.add(true, "Path=%s", c.Path)
	f.add(c.Secure, "Secure")
	f.add(!c.Secure, "not Secure")
	f.add(c.SameSite != "absent", "SameSite=%s", c.SameSite)
	f.add(c.SameSite == "absent", "without SameSite")
	f.add(c.EarlierPath != "", "browsers hold one of an earlier release for %s", c.EarlierPath)
	f.add(c.ExpireEarlier, "which a login expires")
	return f.String()
}

func hostsFact(h scenario.Hosts) string {
	if h.Home == "" {
		return "one, without a name"
	}
	f := list(h.Home)
	f.add(h.Other != "", "every %d. page at %s", h.OtherEvery, h.Other)
	f.add(h.SignIn != "", "users log in at %s", h.SignIn)
	return f.String()
}

func promiseFact(p scenario.Promise) string {
	var f parts
	f.add(p.Idle > 0, "logged in for %s after the last action", short(p.Idle))
	f.add(p.Absolute > 0, "at most %s after the login", short(p.Absolute))
	f.add(p.Revocation == 0, "a logout takes effect at once")
	f.add(p.Revocation > 0, "a logout takes effect within %s", short(p.Revocation))
	return f.String()
}

func workloadFact(v scenario.Variant) string {
	w := v.Workload
	if n := len(v.Script); n > 0 {
		return fmt.Sprintf("a script of %s by %s in %s", times(n, "action", "actions"), times(w.Users, "user", "users"), short(w.Duration))
	}
	f := list(fmt.Sprintf("%s for %s, a pause of %s on average", times(w.Users, "user", "users"), short(w.Duration), short(w.Think)))
	f.add(w.LogoutEvery > 0, "a logout every %s", times(w.LogoutEvery, "page", "pages"))
	f.add(w.LogoutEvery > 0 && w.Replays > 0, "then %s with a kept copy", times(w.Replays, "page", "pages"))
	f.add(w.ForgeEvery > 0, "forged tokens every %s", times(w.ForgeEvery, "page", "pages"))
	return f.String()
}

// parts is a fact in the making.
type parts []string

func list(first string) parts { return parts{first} }

func (p *parts) add(when bool, format string, args ...any) {
	if when {
		*p = append(*p, fmt.Sprintf(format, args...))
	}
}

// String joins the parts.
func (p parts) String() string { return strings.Join(p, ", ") }

func times(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// short writes a duration without digits that nobody reads: compressed ones
// have many.
func short(d time.Duration) string {
	unit := time.Second
	switch {
	case d < time.Second:
		unit = 10 * time.Microsecond
	case d < time.Minute:
		unit = 10 * time.Millisecond
	}
	return scenario.FormatDuration(d.Round(unit))
}
