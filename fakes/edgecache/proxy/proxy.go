package proxy

import (
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/logoutlab/logoutlab/fakes/edgecache"
)

// The bounds of what is kept.
const (
	maxBody    = 1 << 20 // bytes; a larger response is passed on and not stored
	maxEntries = 4096
)

// name is the cache's own in Via and Cache-Status.
const name = "logoutlab"

// Options says what a [Proxy] does.
type Options struct {
	Config   edgecache.Config
	Upstream *url.URL
	// Transport reaches Upstream. Nil: HTTP/1.1 with as many kept connections
	// as there were requests at once, never through another proxy.
	Transport http.RoundTripper
	// Now is the time since the run's start.
	Now func() time.Duration
}

// Proxy is a caching reverse proxy. Make it with [New]; it may be used by
// many goroutines.
type Proxy struct {
	now     func() time.Duration
	config  edgecache.Config
	forward *httputil.ReverseProxy

	mu    sync.Mutex
	cache *edgecache.Cache[*stored]
}

var _ http.Handler = (*Proxy)(nil)

// stored is a response as it is handed out again. It is never changed.
type stored struct {
	status int
	header http.Header
	body   []byte
}

// New returns a proxy with an empty cache.
func New(o Options) *Proxy {
	if o.Transport == nil {
		o.Transport = &http.Transport{MaxIdleConnsPerHost: 1024, IdleConnTimeout: 90 * time.Second}
	}
	p := &Proxy{
		now:    o.Now,
		config: o.Config,
		cache:  edgecache.New[*stored](o.Config, maxEntries),
	}
	p.forward = &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { rewrite(r, o.Upstream) },
		Transport:      o.Transport,
		ModifyResponse: p.onResponse,
		ErrorHandler:   p.onError,
		ErrorLog:       log.New(io.Discard, "", 0), // what broke is in the answer
		BufferPool:     &buffers{},
	}
	return p
}

// Close closes idle connections to the upstream.
func (p *Proxy) Close() {
	if t, ok := p.forward.Transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// ServeHTTP answers from the cache, or forwards.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := readRequest(r)
	sent := p.now()
	p.mu.Lock()
	e, result := p.cache.Lookup(&req, sent)
	p.mu.Unlock()
	if result == edgecache.Hit {
		e.Payload.write(w, e.Age)
		return
	}
	p.forward.ServeHTTP(w, withExchange(r, &exchange{request: req, result: result, sent: sent}))
}

// write hands a stored response out at an age.
func (s *stored) write(w http.ResponseWriter, age time.Duration) {
	h := w.Header()
	for k, v := range s.header {
		h[k] = v
	}
	h["Age"] = []string{strconv.FormatInt(int64(age/time.Second), 10)}
	addStatus(h, name+"; hit")
	w.WriteHeader(s.status)
	_, _ = w.Write(s.body) // the client has gone: nobody to tell
}

// onError answers for an upstream that did not.
func (p *Proxy) onError(w http.ResponseWriter, r *http.Request, err error) {
	addStatus(w.Header(), exchangeOf(r).missed()+"; detail=upstream-error")
	http.Error(w, "edge cache: no answer from upstream: "+err.Error(), http.StatusBadGateway)
}

// buffers keeps copying buffers for use again.
type buffers struct{ pool sync.Pool }

var _ httputil.BufferPool = (*buffers)(nil)

// Get returns a buffer of 32 KiB.
func (b *buffers) Get() []byte {
	if buf, ok := b.pool.Get().(*[]byte); ok {
		return *buf
	}
	return make([]byte, 32<<10)
}

// Put takes a buffer back.
func (b *buffers) Put(buf []byte) { b.pool.Put(&buf) }
