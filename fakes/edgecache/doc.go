// Package edgecache decides what a caching proxy stores and answers by itself:
// the rules of a shared cache (RFC 9111), and the misconfigurations that are
// known to log users out or to show them other people's pages.
//
// It is a core without I/O and without a clock: the caller passes the time
// since the run's start, and forwards what [Cache.Lookup] cannot answer. A
// Cache is single-threaded; the caller locks. The subfolder proxy drives it
// over net/http.
//
// # What it does not do
//
// It has no heuristic freshness (RFC 9111 section 4.2.2) and never validates
// (section 4.3): what would have to be validated before it is used, such as a
// response with no-cache, is not stored at all. The qualified forms of private
// and no-cache count as the plain ones, which section 5.2.2 allows. Responses
// with Set-Cookie are not stored, as in nginx and Varnish, although RFC 9111
// section 7.3 would allow it.
//
// # Time
//
// Runs may be compressed: a cache life of 60 s then passes in less. Life times
// in [Config] are on the run's own clock, already compressed, as is every now.
// Header fields cannot be compressed, since they count whole seconds: they are
// taken, and the Age of an answer is given, as if one second of the run were
// Config.Scale seconds.
package edgecache
