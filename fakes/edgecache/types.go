package edgecache

import "time"

// Config says how a cache departs from RFC 9111. The zero value does not.
type Config struct {
	// Cache401 stores every 401 for this long (nginx: proxy_cache_valid 401),
	// whatever freshness it states and whoever asked. As in nginx, a 401 that
	// says no-store, no-cache or private is still left alone.
	Cache401 time.Duration
	// IgnoreCacheControl stores every 200 for this long, whatever its
	// Cache-Control and Expires say (nginx: proxy_ignore_headers). With it
	// Cache401 does not look at Cache-Control either.
	IgnoreCacheControl time.Duration
	// IgnoreVary gives every variant of a page to everybody.
	IgnoreVary bool
	// IgnoreAuth stores answers to requests with Authorization even without
	// the directives that RFC 9111 section 3.5 demands.
	IgnoreAuth bool
	// CacheSetCookie stores Set-Cookie, and so hands out one user's session to
	// others.
	CacheSetCookie bool
	// Never4xx stores no 4xx, not even an explicitly cacheable one. It goes
	// before Cache401.
	Never4xx bool
	// Scale is how many seconds of header fields one second of the run stands
	// for; 0 counts as 1.
	Scale float64
}

// Fields looks up a request header field: its combined value (RFC 9110 section
// 5.3), empty if it is absent.
type Fields interface {
	Field(name string) string
}

// Request is a request as far as caching goes.
type Request struct {
	Method  string
	Key     string // the target URI
	HasAuth bool   // has Authorization
	NoCache bool   // asks for a validated answer (Cache-Control: no-cache, or max-age=0)
	NoStore bool   // Cache-Control: no-store
	Fields  Fields // for Vary; nil: no fields
}

// Meta is what a response says about itself. Age, Apparent and Expires are in
// the time of header fields, Delay in that of the run.
type Meta struct {
	Status     int
	Control    Directives
	Vary       []string // field names; "*" matches nothing
	SetCookie  bool
	Age        time.Duration // Age
	Apparent   time.Duration // arrival minus Date, if that can be told (RFC 9111 section 4.2.3)
	Delay      time.Duration // from sending the request to the response
	Expires    time.Duration // Expires minus Date, valid if HasExpires; 0 or less is stale
	HasExpires bool
}

// Result is what came of a [Cache.Lookup].
type Result uint8

// The results of a lookup.
const (
	Miss   Result = iota // forward; the response may be stored
	Hit                  // answer with the entry
	Bypass               // forward; this method is never answered from the cache
)

// Entry is a stored response.
type Entry[T any] struct {
	Payload T
	Age     time.Duration // in the time of header fields; write it as whole seconds, rounded down
}
