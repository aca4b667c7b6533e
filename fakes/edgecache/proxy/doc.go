// Package proxy is the net/http driver of fakes/edgecache: a reverse proxy that
// answers from the cache or forwards to one upstream, usually a balancer.
//
// Its answers carry Age on hits, Cache-Status (RFC 9211) always, and Via.
// X-Forwarded-For is appended to; everything else end-to-end passes as it is.
package proxy
