package proxiestest

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// CacheCase is a page that two users open, one after the other.
type CacheCase struct {
	Name   string
	Cache  scenario.Cache
	First  []Answer
	Second []Answer // nil: as First
	Stored bool     // fakes/edgecache answers the second from what it stored of the first
}

// CacheCases are about what a shared cache stores.
func CacheCases() []CacheCase {
	cc := func(value string) Answer { return With("Cache-Control", value) }
	auth, cookie := Header("Authorization", "Bearer x"), Header("Cookie", "sid=1")
	sets := With("Set-Cookie", "sid=1; Path=/")
	lang := func(value string) []Answer {
		return []Answer{cc("max-age=60"), With("Vary", "Accept-Language"), Header("Accept-Language", value)}
	}
	of := func(answers ...Answer) []Answer { return answers }
	keeps401 := scenario.Cache{Cache401: time.Minute}
	never := scenario.Cache{Cache401: time.Minute, Never4xx: true}
	ignores := scenario.Cache{IgnoreCacheControl: time.Minute}
	hands := scenario.Cache{CacheSetCookie: true}
	return []CacheCase{
		{Name: "says nothing", First: of()},
		{Name: "max-age", First: of(cc("max-age=60")), Stored: true},
		{Name: "s-maxage", First: of(cc("max-age=0, s-maxage=60")), Stored: true},
		{Name: "private", First: of(cc("private, max-age=60"))},
		{Name: "no-store", First: of(cc("no-store, max-age=60"))},
		{Name: "no-cache", First: of(cc("no-cache, max-age=60"))},
		{Name: "Set-Cookie", First: of(cc("max-age=60"), sets)},
		{Name: "Vary: the same", First: lang("de"), Stored: true},
		{Name: "Vary: another", First: lang("de"), Second: lang("en")},
		{Name: "Vary: *", First: of(cc("max-age=60"), With("Vary", "*"))},
		{Name: "Authorization", First: of(auth, cc("max-age=60"))},
		{Name: "Authorization and public", First: of(auth, cc("public, max-age=60")), Stored: true},
		{Name: "Cookie", First: of(cookie, cc("max-age=60")), Stored: true},
		{Name: "401 with max-age", First: of(Status(401), cc("max-age=60")), Stored: true},
		{Name: "404 with max-age", First: of(Status(404), cc("max-age=60")), Stored: true},
		{Name: "302", First: of(Status(302), With("Location", "/login"))},

		{Name: "cache_401", Cache: keeps401, First: of(Status(401)), Stored: true},
		{Name: "cache_401: Authorization", Cache: keeps401, First: of(auth, Status(401)), Stored: true},
		{Name: "cache_401: Cookie", Cache: keeps401, First: of(cookie, Status(401)), Stored: true},
		{Name: "cache_401: no-store", Cache: keeps401, First: of(Status(401), cc("no-store"))},
		{Name: "cache_401: private", Cache: keeps401, First: of(Status(401), cc("private"))},
		{Name: "cache_401: Set-Cookie", Cache: keeps401, First: of(Status(401), sets)},
		{Name: "cache_401: 403", Cache: keeps401, First: of(Status(403))},
		{Name: "cache_401: 200", Cache: keeps401, First: of(auth, cc("max-age=60"))},
		{Name: "cache_401: private 200", Cache: keeps401, First: of(cookie, cc("private"))},
		{Name: "never_4xx: 401", Cache: never, First: of(Status(401))},
		{Name: "never_4xx: 404", Cache: never, First: of(Status(404), cc("max-age=60"))},
		{Name: "never_4xx: 200", Cache: never, First: of(cc("max-age=60")), Stored: true},

		{Name: "ignore_cache_control", Cache: ignores, First: of(cc("private, no-store")), Stored: true},
		{Name: "ignore_cache_control: Cookie", Cache: ignores, First: of(cookie, cc("private")), Stored: true},
		{Name: "ignore_cache_control: Authorization", Cache: ignores, First: of(auth, cc("private"))},
		{Name: "ignore_cache_control: Set-Cookie", Cache: ignores, First: of(sets)},
		{Name: "ignore_cache_control: 302", Cache: ignores, First: of(Status(302), cc("private"))},
		{Name: "ignore_cache_control, cache_401: no-store", Cache: scenario.Cache{IgnoreCacheControl: time.Minute, Cache401: time.Minute},
			First: of(Status(401), cc("no-store")), Stored: true},
		{Name: "ignore_cache_control, ignore_auth", Cache: scenario.Cache{IgnoreCacheControl: time.Minute, IgnoreAuth: true},
			First: of(auth, cc("private")), Stored: true},
		{Name: "ignore_auth", Cache: scenario.Cache{IgnoreAuth: true}, First: of(auth, cc("max-age=60")), Stored: true},
		{Name: "ignore_auth: private", Cache: scenario.Cache{IgnoreAuth: true}, First: of(auth, cc("private, max-age=60"))},
		{Name: "ignore_vary", Cache: scenario.Cache{IgnoreVary: true}, First: lang("de"), Second: lang("en"), Stored: true},
		{Name: "cache_set_cookie", Cache: hands, First: of(cc("max-age=60"), sets), Stored: true},
		{Name: "cache_set_cookie: Cookie", Cache: hands, First: of(cookie, cc("max-age=60"), sets), Stored: true},
		{Name: "cache_set_cookie: private", Cache: hands, First: of(cc("private, max-age=60"), sets)},
	}
}

// Hit opens the case's page as its two users, and says whether the cache
// answered the second. Pages are told apart by their paths.
func (c CacheCase) Hit(first, second *Client, node *Node, path string) (hit bool, r Reply) {
	first.Get(path, c.First...)
	time.Sleep(40 * time.Millisecond) // nginx stores an answer a moment after it has delivered it
	if c.Second == nil {
		c.Second = c.First
	}
	before := len(node.Seen())
	r = second.Get(path, c.Second...)
	return len(node.Seen()) == before, r
}
