package proxy

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/fakes/edgecache"
)

// fields are a request's header fields, for Vary.
type fields http.Header

var _ edgecache.Fields = fields(nil)

// Field joins the lines of a field (RFC 9110 section 5.3).
func (f fields) Field(name string) string {
	return joined(http.Header(f), name)
}

func joined(h http.Header, name string) string {
	lines := h.Values(name)
	if len(lines) == 1 {
		return lines[0]
	}
	return strings.Join(lines, ", ")
}

// exchange is a request on its way to the upstream.
type exchange struct {
	request edgecache.Request
	result  edgecache.Result
	sent    time.Duration
}

// missed is the beginning of its Cache-Status.
func (e *exchange) missed() string {
	switch {
	case e.result == edgecache.Bypass:
		return name + "; fwd=bypass"
	case e.request.NoCache:
		return name + "; fwd=request"
	}
	return name + "; fwd=miss"
}

type exchangeKey struct{}

func withExchange(r *http.Request, e *exchange) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), exchangeKey{}, e))
}

// exchangeOf finds what [Proxy.ServeHTTP] put there for every request.
func exchangeOf(r *http.Request) *exchange {
	return r.Context().Value(exchangeKey{}).(*exchange)
}

func readRequest(r *http.Request) edgecache.Request {
	req := edgecache.Request{
		Method:  r.Method,
		Key:     r.Host + r.URL.RequestURI(),
		HasAuth: r.Header.Get("Authorization") != "",
		Fields:  fields(r.Header),
	}
	if cc := joined(r.Header, "Cache-Control"); cc != "" {
		d := edgecache.ParseCacheControl(cc)
		req.NoCache = d.NoCache || d.HasMaxAge && d.MaxAge == 0
		req.NoStore = d.NoStore
	}
	return req
}

// rewrite makes the request to the upstream. Host and query stay as they were,
// and X-Forwarded-For, which ReverseProxy has taken off, is continued.
func rewrite(r *httputil.ProxyRequest, upstream *url.URL) {
	r.SetURL(upstream)
	r.Out.Host = r.In.Host
	r.Out.URL.RawQuery = r.In.URL.RawQuery
	chain := r.In.RemoteAddr
	if host, _, err := net.SplitHostPort(chain); err == nil {
		chain = host
	}
	if before := joined(r.In.Header, "X-Forwarded-For"); before != "" {
		chain = before + ", " + chain
	}
	r.Out.Header.Set("X-Forwarded-For", chain)
	addVia(r.Out.Header, r.In.ProtoMajor, r.In.ProtoMinor)
}
