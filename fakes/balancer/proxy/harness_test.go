package proxy

import (
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/logoutlab/logoutlab/fakes/balancer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// backend is a node: a server that can refuse connections, die after reading
// a request, or wait before it answers.
type backend struct {
	t    testing.TB
	name int
	addr string

	server *http.Server
	ended  chan struct{}
	seen   atomic.Int64 // requests read
	conns  atomic.Int64 // connections accepted
	dying  atomic.Bool
	sick   atomic.Bool // answers health checks with 503
	gate   atomic.Pointer[gate]
	came   chan<- int    // says that a request with X-Hold is here
	free   chan struct{} // lets one of them be answered
	last   atomic.Pointer[http.Request]
}

// gate holds requests between arrived and open.
type gate struct {
	arrived chan struct{}
	open    chan struct{}
}

func newGate() *gate { return &gate{make(chan struct{}, 100), make(chan struct{})} }

func protocols(h1, h2c bool) *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(h1)
	p.SetUnencryptedHTTP2(h2c)
	return p
}

func listen(t testing.TB, addr string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	require.NoError(t, err)
	return l
}

func newBackend(t testing.TB, name int) *backend {
	b := &backend{t: t, name: name, addr: "127.0.0.1:0"}
	b.start()
	t.Cleanup(b.stop)
	return b
}

// start listens, at the same address as before.
func (b *backend) start() {
	l := listen(b.t, b.addr)
	b.addr = l.Addr().String()
	server := &http.Server{Handler: b, Protocols: protocols(true, true), ConnState: func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			b.conns.Add(1)
		}
	}}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(l) }()
	b.server, b.ended = server, ended
}

func (b *backend) stop() {
	b.server.Close()
	<-b.ended
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == HealthPath {
		if b.sick.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return
	}
	b.seen.Add(1)
	b.last.Store(r.Clone(context.Background()))
	body, _ := io.ReadAll(r.Body)
	if g := b.gate.Load(); g != nil {
		g.arrived <- struct{}{}
		select {
		case <-g.open:
		case <-r.Context().Done():
		}
	}
	if r.Header.Get("X-Hold") != "" {
		b.came <- b.name
		select {
		case <-b.free:
		case <-r.Context().Done():
		}
	}
	if b.dying.Load() {
		panic(http.ErrAbortHandler)
	}
	switch r.Header.Get("X-App") {
	case "set":
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "session", Path: "/"})
	case "clear":
		http.SetCookie(w, &http.Cookie{Name: "sid", Path: "/", Expires: time.Unix(1, 0)})
	}
	w.Header().Set("X-Node", strconv.Itoa(b.name))
	_, _ = w.Write(body)
}

// rig is a proxy before some backends, and what it reported.
type rig struct {
	*Proxy
	url      string
	backends []*backend
	client   *http.Client
	ended    chan error

	mu     sync.Mutex
	events []RouteEvent
	came   chan RouteEvent

	held struct {
		came chan int // the node of one more request that is held
		over map[int][]chan error
	}
}

type tune func(*Options)

func newRig(t testing.TB, c balancer.Config, tunes ...tune) *rig {
	t.Helper()
	r := &rig{ended: make(chan error, 1), came: make(chan RouteEvent, 1000)}
	begun := time.Now()
	o := Options{
		Config:    c,
		KeepAlive: time.Minute,
		Epoch:     func() time.Duration { return time.Since(begun) },
		OnRoute: func(e RouteEvent) {
			r.mu.Lock()
			r.events = append(r.events, e)
			r.mu.Unlock()
			r.came <- e
		},
	}
	r.held.came, r.held.over = make(chan int), map[int][]chan error{}
	for i := range c.Nodes {
		b := newBackend(t, i)
		b.came, b.free = r.held.came, make(chan struct{})
		r.backends = append(r.backends, b)
		o.Nodes = append(o.Nodes, "app-"+strconv.Itoa(i+1))
		o.Addrs = append(o.Addrs, b.addr)
	}
	for _, f := range tunes {
		f(&o)
	}
	p, err := New(o)
	require.NoError(t, err)
	r.Proxy = p
	l := listen(t, "127.0.0.1:0")
	r.url = "http://" + l.Addr().String()
	go func() { r.ended <- p.Serve(l) }()
	r.client = &http.Client{
		Transport:     &NoReplay{&http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 100}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(func() {
		require.NoError(t, p.Close())
		require.NoError(t, <-r.ended)
		r.client.CloseIdleConnections()
	})
	return r
}

// h2cFront makes the client speak h2c.
func (r *rig) h2cFront() {
	r.client.Transport = &NoReplay{&http.Transport{Protocols: protocols(false, true)}}
}

// take returns the events so far, and forgets them.
func (r *rig) take() []RouteEvent {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.events
	r.events = nil
	return events
}

// refuse stops a backend; idle connections to it are closed, so that the next
// attempt has to connect.
func (r *rig) refuse(node int) {
	r.backends[node].stop()
	r.nodes[node].transport.CloseIdleConnections()
}

// do sends a request whose answer is read in full.
func (r *rig) do(t testing.TB, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	resp, text, err := r.try(method, path, body, headers...)
	require.NoError(t, err)
	return resp, text
}

func (r *rig) try(method, path, body string, headers ...string) (*http.Response, string, error) {
	req, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}
