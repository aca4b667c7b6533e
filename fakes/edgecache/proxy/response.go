package proxy

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/fakes/edgecache"
)

// onResponse stores an answer of the upstream if it may be, and passes it on.
func (p *Proxy) onResponse(res *http.Response) error {
	x := exchangeOf(res.Request)
	now := p.now()
	addVia(res.Header, res.ProtoMajor, res.ProtoMinor)
	status := x.missed()
	if x.result == edgecache.Bypass {
		p.mu.Lock()
		p.cache.Invalidate(&x.request, res.StatusCode)
		p.mu.Unlock()
		addStatus(res.Header, status)
		return nil
	}
	kept, err := p.keep(x, res, now)
	if kept {
		status += "; stored"
	}
	addStatus(res.Header, status)
	return err
}

// keep stores an answer whose body is small enough. Without the lock, which
// is not held while the body arrives, another may be stored before it: the
// latest wins, as in RFC 9111 section 4.
func (p *Proxy) keep(x *exchange, res *http.Response, now time.Duration) (bool, error) {
	m := readMeta(res)
	m.Delay = now - x.sent
	if p.config.Scale <= 1 {
		m.Apparent = apparent(res.Header, time.Now())
	}
	p.mu.Lock()
	_, storable := p.cache.Storable(&x.request, &m)
	p.mu.Unlock()
	if !storable {
		return false, nil
	}
	body, whole, err := peek(res, maxBody)
	if err != nil || !whole {
		return false, err
	}
	s := &stored{status: res.StatusCode, header: storedHeader(res.Header), body: body}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cache.Store(&x.request, &m, s, now), nil
}

// storedHeader is a copy without Age, which is new at each hit.
func storedHeader(h http.Header) http.Header {
	h = h.Clone()
	h.Del("Age")
	return h
}

// peek reads the body up to limit and leaves all of it to be read.
func peek(res *http.Response, limit int64) (body []byte, whole bool, err error) {
	if res.ContentLength > limit {
		return nil, false, nil
	}
	body, err = io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, false, errors.Join(err, res.Body.Close())
	}
	if int64(len(body)) > limit {
		res.Body = rest{io.MultiReader(bytes.NewReader(body), res.Body), res.Body}
		return nil, false, nil
	}
	res.Body = rest{bytes.NewReader(body), res.Body}
	return body, true, nil
}

// rest is a body part of which was read already.
type rest struct {
	io.Reader
	io.Closer
}

func readMeta(res *http.Response) edgecache.Meta {
	h := res.Header
	m := edgecache.Meta{
		Status:    res.StatusCode,
		Control:   edgecache.ParseCacheControl(joined(h, "Cache-Control")),
		Vary:      varied(joined(h, "Vary")),
		SetCookie: len(h["Set-Cookie"]) > 0,
		Age:       edgecache.ParseAge(h.Get("Age")),
	}
	if lines := h["Expires"]; len(lines) > 0 {
		m.HasExpires = true // what cannot be read has expired (RFC 9111 section 5.3)
		date, err1 := http.ParseTime(h.Get("Date"))
		expires, err2 := http.ParseTime(lines[0])
		if err1 == nil && err2 == nil {
			m.Expires = expires.Sub(date)
		}
	}
	return m
}

// apparent is how old an answer is by its Date (RFC 9111 section 4.2.3). Date
// counts whole seconds of real time: in a compressed run it would say nothing,
// and here nothing below a second.
func apparent(h http.Header, now time.Time) time.Duration {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return max(now.Sub(date).Truncate(time.Second), 0)
}

func varied(field string) []string {
	var names []string
	for name := range strings.SplitSeq(field, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, http.CanonicalHeaderKey(name))
		}
	}
	return names
}

// addStatus adds the cache's member to Cache-Status, after those of the caches
// nearer to the origin (RFC 9211 section 2).
func addStatus(h http.Header, member string) {
	h["Cache-Status"] = append(h["Cache-Status"][:len(h["Cache-Status"]):len(h["Cache-Status"])], member)
}

func addVia(h http.Header, major, minor int) {
	version := strconv.Itoa(major)
	if major < 2 {
		version += "." + strconv.Itoa(minor)
	}
	h.Add("Via", version+" "+name)
}
