package edgecache

import (
	"slices"
	"time"
)

// Storable reports whether a response may be stored, and for how long on the
// run's clock it is then fresh (RFC 9111 section 3, and the misconfigurations).
func (c *Cache[T]) Storable(req *Request, m *Meta) (time.Duration, bool) {
	switch {
	case req.Method != "GET" || req.NoStore:
		return 0, false
	case m.Status < 200 || m.Status == 206 || m.Status == 304:
		return 0, false
	case m.SetCookie && !c.cfg.CacheSetCookie:
		return 0, false
	case !c.cfg.IgnoreVary && slices.Contains(m.Vary, "*"):
		return 0, false
	case c.cfg.Never4xx && m.Status >= 400 && m.Status < 500:
		return 0, false
	case m.Status == 401 && c.cfg.Cache401 > 0 && (c.cfg.IgnoreCacheControl > 0 || !m.Control.forbids()):
		return c.cfg.Cache401, true
	case req.HasAuth && !c.cfg.IgnoreAuth && !m.Control.allowsAuth():
		return 0, false
	case m.Status == 200 && c.cfg.IgnoreCacheControl > 0:
		return c.cfg.IgnoreCacheControl, true
	case m.Control.forbids():
		return 0, false
	}
	life := c.toRun(m.lifetime() - c.initialAge(m))
	return life, life > 0
}

// forbids reports whether the response must not be used again by a cache that
// is shared and does not validate.
func (d *Directives) forbids() bool { return d.NoStore || d.NoCache || d.Private }

// allowsAuth is RFC 9111 section 3.5.
func (d *Directives) allowsAuth() bool { return d.Public || d.MustRevalidate || d.HasSMaxAge }

// lifetime is the freshness lifetime (RFC 9111 section 4.2.1).
func (m *Meta) lifetime() time.Duration {
	switch {
	case m.Control.HasSMaxAge:
		return m.Control.SMaxAge
	case m.Control.HasMaxAge:
		return m.Control.MaxAge
	case m.HasExpires:
		return m.Expires
	}
	return 0
}

// initialAge is the corrected initial age (RFC 9111 section 4.2.3).
func (c *Cache[T]) initialAge(m *Meta) time.Duration {
	return max(m.Apparent, m.Age+c.toHeader(m.Delay))
}

func (c *Cache[T]) toRun(d time.Duration) time.Duration {
	return time.Duration(float64(d) / c.cfg.Scale)
}

func (c *Cache[T]) toHeader(d time.Duration) time.Duration {
	return time.Duration(float64(d) * c.cfg.Scale)
}
