package bulk

import (
	"strconv"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/fakes/edgecache"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// front is the caching proxy before the balancer, of which only rejections of
// pages can be kept ([storesPages] rules all else out). One answers everybody
// who asks for its page.
type front struct {
	cache    *edgecache.Cache[struct{}]
	requests []edgecache.Request // by page
	rejected edgecache.Meta
	coming   []rejection // on their way back to the front, by time
}

// rejection is a node's answer that will be at the front.
type rejection struct {
	at, asked time.Duration
	page      int32
}

// newFront makes the proxy of an architecture; nil if it has none.
func newFront(a scenario.Architecture) *front {
	if !a.Cache.Enabled {
		return nil
	}
	shape := parts.Presentation(a).Shape(auth.Page, parts.AuthConfig(a).Kind, auth.Decision{Reason: auth.ReasonExpired}, auth.Grant{})
	f := &front{
		cache:    edgecache.New[struct{}](parts.CacheConfig(a.Cache, 1), a.Client.Pages+1),
		rejected: meta(a, shape),
	}
	for page := range a.Client.Pages + 1 {
		f.requests = append(f.requests, get(a, "/"+strconv.Itoa(page)))
	}
	return f
}

func get(a scenario.Architecture, key string) edgecache.Request {
	return edgecache.Request{Method: "GET", Key: key, HasAuth: a.Client.Kind != "browser"}
}

// meta is what an answer of this shape says to the proxy.
func meta(a scenario.Architecture, s auth.Shape) edgecache.Meta {
	m := edgecache.Meta{
		Status: s.Status, Control: edgecache.ParseCacheControl(s.CacheControl),
		SetCookie: s.NumCookies > 0 || a.Balancer.Stickiness == string(balancer.LBCookie),
	}
	if s.Vary != "" {
		m.Vary = []string{s.Vary}
	}
	return m
}

// storesPages reports whether an architecture's proxy may keep a page.
func storesPages(a scenario.Architecture) bool {
	kind := parts.AuthConfig(a).Kind
	page := meta(a, parts.Presentation(a).Shape(auth.Page, kind, auth.Decision{Accept: true}, auth.Grant{}))
	request := get(a, "/")
	_, may := edgecache.New[struct{}](parts.CacheConfig(a.Cache, 1), 1).Storable(&request, &page)
	return may || a.Cache.IgnoreCacheControl > 0
}

// answers reports whether the proxy answers a request for a page by itself.
func (f *front) answers(page int32, now time.Duration) bool {
	for len(f.coming) > 0 && f.coming[0].at < now {
		r := f.coming[0]
		f.coming = f.coming[1:]
		f.rejected.Delay = r.at - r.asked
		f.cache.Store(&f.requests[r.page], &f.rejected, struct{}{}, r.at)
	}
	_, result := f.cache.Lookup(&f.requests[page], now)
	return result == edgecache.Hit
}

// passes notes a rejection that passes the proxy on its way back.
func (f *front) passes(page int32, asked, at time.Duration) {
	f.coming = append(f.coming, rejection{at, asked, page})
}

// fitsCache says why a plan's proxy needs the full engine; "" if it does not.
func fitsCache(p *plan.Plan) string {
	a := p.Variant.Architecture
	user, part := ways(p)
	switch {
	case !a.Cache.Enabled:
	case storesPages(a):
		return "a cache that keeps pages"
	case a.Cache.CacheSetCookie:
		return "a cache that keeps Set-Cookie"
	case part >= 2*user:
		return "a cache that is further from the balancer than from users"
	}
	return ""
}
