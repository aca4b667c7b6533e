package edgecache

import (
	"container/list"
	"slices"
	"strings"
	"time"
)

// Cache is a shared cache of a bounded number of responses. T is whatever the
// caller wants back on a hit. Make it with [New].
type Cache[T any] struct {
	cfg    Config
	size   int
	byKey  map[string][]*list.Element // the variants of each URI
	recent *list.List                 // of *entry[T]; the least recently used last
}

type entry[T any] struct {
	key     string
	vary    []selector
	born    time.Duration // when its age was 0
	until   time.Duration // fresh before this
	payload T
}

// selector is a request header field named in Vary, with the value that it had
// in the request (RFC 9111 section 4.1).
type selector struct {
	name, value string
}

// New returns an empty cache of at most size responses, at least 1. When it is
// full, the least recently used one goes.
func New[T any](cfg Config, size int) *Cache[T] {
	if cfg.Scale <= 0 {
		cfg.Scale = 1
	}
	return &Cache[T]{cfg: cfg, size: max(size, 1), byKey: map[string][]*list.Element{}, recent: list.New()}
}

// Len is how many responses are stored, fresh or not.
func (c *Cache[T]) Len() int { return c.recent.Len() }

// Lookup looks for a fresh response that answers req at now. A HEAD is
// answered with the response to a GET.
func (c *Cache[T]) Lookup(req *Request, now time.Duration) (Entry[T], Result) {
	if req.Method != "GET" && req.Method != "HEAD" {
		return Entry[T]{}, Bypass
	}
	if req.NoCache {
		return Entry[T]{}, Miss
	}
	for _, el := range c.byKey[req.Key] {
		e := el.Value.(*entry[T])
		if !c.selects(e, req) {
			continue
		}
		if now >= e.until {
			c.remove(el)
			break
		}
		c.recent.MoveToFront(el)
		return Entry[T]{Payload: e.payload, Age: c.toHeader(now - e.born)}, Hit
	}
	return Entry[T]{}, Miss
}

// Store keeps a response that arrived at now if it is [Cache.Storable], in
// place of one to the same request, and reports whether it did.
func (c *Cache[T]) Store(req *Request, m *Meta, payload T, now time.Duration) bool {
	life, ok := c.Storable(req, m)
	if !ok {
		return false
	}
	for _, el := range c.byKey[req.Key] {
		if c.selects(el.Value.(*entry[T]), req) {
			c.remove(el)
			break
		}
	}
	if c.recent.Len() >= c.size {
		c.remove(c.recent.Back())
	}
	e := &entry[T]{
		key:     req.Key,
		born:    now - c.toRun(c.initialAge(m)),
		until:   now + life,
		payload: payload,
	}
	if !c.cfg.IgnoreVary {
		e.vary = selectors(m.Vary, req)
	}
	c.byKey[e.key] = append(c.byKey[e.key], c.recent.PushFront(e))
	return true
}

// Invalidate removes what an unsafe request made stale, given the status of
// its answer: all variants of its URI (RFC 9111 section 4.4).
func (c *Cache[T]) Invalidate(req *Request, status int) {
	switch req.Method {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return
	}
	if status < 200 || status >= 400 {
		return
	}
	for _, el := range slices.Clone(c.byKey[req.Key]) {
		c.remove(el)
	}
}

func (c *Cache[T]) remove(el *list.Element) {
	e := c.recent.Remove(el).(*entry[T])
	rest := slices.DeleteFunc(c.byKey[e.key], func(o *list.Element) bool { return o == el })
	if len(rest) == 0 {
		delete(c.byKey, e.key)
		return
	}
	c.byKey[e.key] = rest
}

func (c *Cache[T]) selects(e *entry[T], req *Request) bool {
	for i := range e.vary {
		if field(req, e.vary[i].name) != e.vary[i].value {
			return false
		}
	}
	return true
}

func selectors(names []string, req *Request) []selector {
	if len(names) == 0 {
		return nil
	}
	list := make([]selector, len(names))
	for i, name := range names {
		list[i] = selector{name: name, value: field(req, name)}
	}
	return list
}

func field(req *Request, name string) string {
	if req.Fields == nil {
		return ""
	}
	return strings.TrimSpace(req.Fields.Field(name))
}
