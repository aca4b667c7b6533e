package minicached

import (
	"fmt"
	"io"
	"net/url"
	"sync"
	"time"
)

// month is the longest life in seconds; a larger number is a Unix time.
const month = 60 * 60 * 24 * 30

// items is what the server keeps. The zero value is empty.
type items struct {
	mu     sync.Mutex
	byKey  map[string]item
	latest uint64 // version given out
}

type item struct {
	value   []byte
	flags   uint32
	version uint64 // unique to each value: what cas compares
	expires int64  // Unix time; 0: never
}

func (it item) over() bool { return it.expires != 0 && it.expires <= time.Now().Unix() }

// end is when what is stored now for so many seconds expires.
func end(seconds int64) int64 {
	now := time.Now().Unix()
	switch {
	case seconds < 0:
		return now
	case seconds == 0, seconds > month:
		return seconds
	}
	return now + seconds
}

func (s *items) find(key string) (item, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.alive(key)
}

// alive needs the lock.
func (s *items) alive(key string) (item, bool) {
	it, ok := s.byKey[key]
	if ok && it.over() {
		delete(s.byKey, key)
		return item{}, false
	}
	return it, ok
}

// keep stores an item if the command allows it, and gives the answer.
func (s *items) keep(verb, key string, it item, seconds int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, known := s.alive(key)
	switch {
	case verb == "add" && known, verb == "replace" && !known:
		return "NOT_STORED"
	case verb == "cas" && !known:
		return "NOT_FOUND"
	case verb == "cas" && it.version != old.version:
		return "EXISTS"
	}
	s.latest++
	it.version, it.expires = s.latest, end(seconds)
	if s.byKey == nil {
		s.byKey = map[string]item{}
	}
	s.byKey[key] = it
	return "STORED"
}

func (s *items) remove(key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.alive(key); !known {
		return "NOT_FOUND"
	}
	delete(s.byKey, key)
	return "DELETED"
}

func (s *items) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.byKey)
}

// dump lists the keys, in no order, with the fields that memcached's own
// listing has in common.
func (s *items) dump(w io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, it := range s.byKey {
		if it.over() {
			continue
		}
		expires := it.expires
		if expires == 0 {
			expires = -1
		}
		fmt.Fprintf(w, "key=%s exp=%d cas=%d size=%d\n", url.QueryEscape(key), expires, it.version, len(it.value))
	}
}

// Expiries tells when what the server keeps will expire, by key; the zero time
// is never.
func (s *Server) Expiries() map[string]time.Time {
	s.items.mu.Lock()
	defer s.items.mu.Unlock()
	out := map[string]time.Time{}
	for key, it := range s.items.byKey {
		out[key] = time.Time{}
		if it.expires != 0 {
			out[key] = time.Unix(it.expires, 0)
		}
	}
	return out
}
