package client

import (
	"math"
	"slices"
	"strings"
	"time"
)

// jar keeps cookies by the storage and retrieval models of RFC 6265bis
// (sections 5.7 and 5.8.3). Where browsers have settled what the text leaves
// open, it does as Chromium does.
type jar struct {
	epoch   time.Time
	cookies []kept // longer paths first, then the older ones (section 5.8.3)
	rooted  bool   // all of them have the path "/"

	snap   view   // what all paths are presented with, while rooted
	snapAt *place // by requests of this place
}

// view is what a request carries, and what it does not.
type view struct {
	cookies []Cookie
	way     *Way
	until   time.Duration
}

type kept struct {
	name, path string
	host       string // the Domain, or the host that set it
	hostOnly   bool
	secure     bool
	sameSite   string
	value      Value
	created    time.Duration
	expires    time.Duration // never is the largest
}

const never = time.Duration(math.MaxInt64)

// maxAge is the longest life of a cookie (RFC 6265bis section 5.5).
const maxAge = 400 * 24 * time.Hour

// laxPost is how long a cookie without SameSite is sent with a top-level POST
// from another site, counted from its creation (RFC 6265bis section 5.6.7.2).
const laxPost = 2 * time.Minute

func newJar(epoch time.Time) jar {
	if epoch.IsZero() {
		epoch = time.Unix(0, 0)
	}
	return jar{epoch: epoch, rooted: true}
}

// set stores, replaces or expires a cookie that came with the answer to a
// request for path. It returns why it does not, or 0.
func (j *jar) set(sc *SetCookie, from *place, path string, now time.Duration) Why {
	k := kept{
		name: sc.Name, path: sc.Path, host: sc.Domain, secure: sc.Secure, sameSite: sc.SameSite,
		value: sc.Value, created: now, expires: j.expiry(sc, now),
	}
	if k.path == "" {
		k.path = defaultPath(path)
	}
	if why := k.settle(from); why != 0 {
		return why
	}
	if why := k.admit(sc, from); why != 0 {
		return why
	}
	if !k.secure && !from.trusted && slices.ContainsFunc(j.cookies, k.overlays) {
		return WhyOverlays
	}
	j.put(k, now)
	return 0
}

// settle finds out which hosts the cookie is for (section 5.7, steps on the
// Domain attribute).
func (k *kept) settle(from *place) Why {
	host := from.To.Host
	switch {
	case k.host == "":
	case k.host == host && (isIP(host) || isPublicSuffix(host)):
	case isPublicSuffix(k.host) || !domainMatch(host, k.host):
		return WhyDomain
	default:
		return 0
	}
	k.host, k.hostOnly = host, true
	return 0
}

// admit applies the conditions of section 5.7 on Secure, SameSite and the
// name's prefix.
func (k *kept) admit(sc *SetCookie, from *place) Why {
	switch {
	case k.secure && !from.trusted:
		return WhySecure
	case k.sameSite == "None" && !k.secure:
		return WhySecure
	case k.sameSite != "None" && from.relation == crossSite:
		return WhySameSite
	}
	named := strings.ToLower(k.name)
	if named == "" {
		named = strings.ToLower(k.value.Text) // a server may take it for a name
		if strings.HasPrefix(named, "__secure-") || strings.HasPrefix(named, "__host-") {
			return WhyPrefix
		}
		return 0
	}
	switch {
	case strings.HasPrefix(named, "__secure-") && !k.secure:
		return WhyPrefix
	case strings.HasPrefix(named, "__host-") && (!k.secure || sc.Domain != "" || sc.Path != "/"):
		return WhyPrefix
	}
	return 0
}

// overlays reports whether a cookie would hide a Secure one of the same name
// from the server ("leave Secure cookies alone", section 5.7).
func (k *kept) overlays(old kept) bool {
	return old.secure && old.name == k.name && pathMatch(k.path, old.path) &&
		(domainMatch(k.host, old.host) || domainMatch(old.host, k.host))
}

// put stores or expires an admitted cookie. One that it replaces leaves it its
// time of creation, and with that its place.
func (j *jar) put(k kept, now time.Duration) {
	i := slices.IndexFunc(j.cookies, func(o kept) bool {
		return o.name == k.name && o.path == k.path && o.host == k.host && o.hostOnly == k.hostOnly
	})
	switch {
	case i >= 0 && k.expires <= now:
		j.cookies = slices.Delete(j.cookies, i, i+1)
	case i >= 0:
		k.created = j.cookies[i].created
		j.cookies[i] = k
	case k.expires > now:
		at := slices.IndexFunc(j.cookies, func(o kept) bool { return len(o.path) < len(k.path) })
		if at < 0 {
			at = len(j.cookies)
		}
		j.cookies = slices.Insert(j.cookies, at, k)
	}
	j.changed()
}

func (j *jar) expiry(sc *SetCookie, now time.Duration) time.Duration {
	switch {
	case sc.HasMaxAge && sc.MaxAge <= 0:
		return now
	case sc.HasMaxAge:
		return now + min(sc.MaxAge, maxAge)
	case !sc.Expires.IsZero():
		return min(sc.Expires.Sub(j.epoch), now+maxAge)
	}
	return never
}

func (j *jar) changed() {
	j.snap, j.snapAt = view{}, nil
	j.rooted = !slices.ContainsFunc(j.cookies, func(k kept) bool { return k.path != "/" })
}

// present is what a request carries. What it returns is never written to again.
func (j *jar) present(from *place, op Op, page int, now time.Duration) view {
	if j.snapAt == from && now < j.snap.until {
		return j.snap
	}
	n := len(j.cookies)
	j.cookies = slices.DeleteFunc(j.cookies, func(k kept) bool { return k.expires <= now })
	if len(j.cookies) != n {
		j.changed()
	}
	if len(j.cookies) == 0 {
		return view{way: from.way}
	}
	path := "/"
	if !j.rooted {
		path = Path(op, page)
	}
	v := j.look(from, path, now)
	if j.rooted {
		j.snap, j.snapAt = v, from
	}
	return v
}

// look is the retrieval model (section 5.8.3).
func (j *jar) look(from *place, path string, now time.Duration) view {
	v := view{cookies: make([]Cookie, 0, len(j.cookies)), way: from.way, until: never}
	var fates []Fate
	for i := range j.cookies {
		k := &j.cookies[i]
		v.until = min(v.until, k.expires)
		if from.relation == crossPost && k.sameSite == "" && now < k.created+laxPost {
			v.until = min(v.until, k.created+laxPost)
		}
		why := k.withheld(from, path, now)
		if why == 0 {
			if slices.ContainsFunc(v.cookies, func(o Cookie) bool { return o.Name == k.name }) {
				fates = append(fates, Fate{k.name, WhyShadowed})
			}
			v.cookies = append(v.cookies, Cookie{Name: k.name, Value: k.value})
			continue
		}
		fates = append(fates, Fate{k.name, why})
	}
	if fates != nil {
		v.way = &Way{Fates: fates}
		if from.way != nil {
			v.way.To = from.way.To
		}
	}
	return v
}

// withheld is why a cookie does not go with a request; 0 if it does.
func (k *kept) withheld(from *place, path string, now time.Duration) Why {
	host := from.To.Host
	switch {
	case k.hostOnly && host != k.host, !k.hostOnly && !domainMatch(host, k.host):
		return WhyDomain
	case !pathMatch(path, k.path):
		return WhyPath
	case k.secure && !from.trusted:
		return WhySecure
	case !k.crosses(from.relation, now):
		return WhySameSite
	}
	return 0
}

// crosses applies SameSite. A cookie without it is Lax, and young ones go with a
// top-level POST as well: without that, sign-ins that come back by form broke.
func (k *kept) crosses(r relation, now time.Duration) bool {
	switch k.sameSite {
	case "None":
		return true
	case "Strict":
		return r == ownSite
	case "":
		return r <= crossSafe || r == crossPost && now < k.created+laxPost
	}
	return r <= crossSafe
}

// first is the value of the first of names that the jar holds.
func (j *jar) first(names ...string) Value {
	for _, name := range names {
		for _, k := range j.cookies {
			if k.name == name {
				return k.value
			}
		}
	}
	return Value{}
}

// defaultPath is where a cookie without Path applies (RFC 6265bis section
// 5.1.4): the request's path up to its last slash.
func defaultPath(request string) string {
	if i := strings.LastIndexByte(request, '/'); i > 0 {
		return request[:i]
	}
	return "/"
}

// pathMatch is RFC 6265bis section 5.1.4.
func pathMatch(request, cookie string) bool {
	return strings.HasPrefix(request, cookie) &&
		(len(request) == len(cookie) || cookie[len(cookie)-1] == '/' || request[len(cookie)] == '/')
}
