package client

import (
	"math"
	"slices"
	"strings"
	"time"
)

// jar keeps cookies by the storage and retrieval models of RFC 6265bis
// (sections 5.7 and 5.8) for one origin: every cookie counts as host-only, and
// Domain, Secure and SameSite are not looked at, since all requests go to that
// origin from itself.
type jar struct {
	epoch   time.Time
	cookies []kept // longer paths first, then the older ones (section 5.8.3)
	rooted  bool   // all of them have the path "/"

	snap      []Cookie // what all paths are presented with, while rooted
	snapUntil time.Duration
}

type kept struct {
	name, path string
	value      Value
	expires    time.Duration // never is the largest
}

const never = time.Duration(math.MaxInt64)

// maxAge is the longest life of a cookie (RFC 6265bis section 5.5).
const maxAge = 400 * 24 * time.Hour

func newJar(epoch time.Time) jar {
	if epoch.IsZero() {
		epoch = time.Unix(0, 0)
	}
	return jar{epoch: epoch, rooted: true}
}

// set stores, replaces or expires a cookie that came with an answer to op.
func (j *jar) set(sc *SetCookie, op Op, page int, now time.Duration) {
	path := sc.Path
	if path == "" {
		path = defaultPath(Path(op, page))
	}
	k := kept{name: sc.Name, path: path, value: sc.Value, expires: j.expiry(sc, now)}
	i := slices.IndexFunc(j.cookies, func(o kept) bool { return o.name == k.name && o.path == path })
	switch {
	case i >= 0 && k.expires <= now:
		j.cookies = slices.Delete(j.cookies, i, i+1)
	case i >= 0:
		j.cookies[i] = k
	case k.expires > now:
		at := slices.IndexFunc(j.cookies, func(o kept) bool { return len(o.path) < len(path) })
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
	j.snap, j.snapUntil = nil, 0
	j.rooted = !slices.ContainsFunc(j.cookies, func(k kept) bool { return k.path != "/" })
}

// present is what a request carries. The slice is never written to again.
func (j *jar) present(op Op, page int, now time.Duration) []Cookie {
	if j.rooted && now < j.snapUntil {
		return j.snap
	}
	n := len(j.cookies)
	j.cookies = slices.DeleteFunc(j.cookies, func(k kept) bool { return k.expires <= now })
	if len(j.cookies) != n {
		j.changed()
	}
	if len(j.cookies) == 0 {
		return nil
	}
	list, until := make([]Cookie, 0, len(j.cookies)), never
	path := "/"
	if !j.rooted {
		path = Path(op, page)
	}
	for _, k := range j.cookies {
		if pathMatch(path, k.path) {
			list = append(list, Cookie{Name: k.name, Value: k.value})
			until = min(until, k.expires)
		}
	}
	if j.rooted {
		j.snap, j.snapUntil = list, until
	}
	return list
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
