package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"

	"github.com/logoutlab/logoutlab/fakes/balancer"
)

// Proxy is a running load balancer.
type Proxy struct {
	options Options
	nodes   []*node
	cookie  cookieLine

	server  http.Server // PerRequest
	reverse httputil.ReverseProxy
	buffers buffers

	stop    context.Context // over once Close is called
	cancel  context.CancelFunc
	running sync.WaitGroup // handlers, relays, health checks
	checks  sync.Once

	mu      sync.Mutex // guards all below
	core    *balancer.Balancer
	drained map[int]chan struct{} // closed when a draining node has nothing under way
	fronts  map[io.Closer]struct{}
	closed  bool
}

// New makes a load balancer; nothing runs before [Proxy.Serve]. The error
// names everything that is wrong with o.
func New(o Options) (*Proxy, error) {
	core, err := balancer.New(o.Config, o.Rand)
	if err := errors.Join(err, o.validate()); err != nil {
		return nil, err
	}
	p := &Proxy{
		options: o,
		core:    core,
		drained: make(map[int]chan struct{}),
		fronts:  make(map[io.Closer]struct{}),
	}
	p.cookie = newCookieLine(o.Config)
	for i, name := range o.Nodes {
		p.nodes = append(p.nodes, newNode(name, o.Addrs[i], o))
	}
	for i := o.Config.Nodes - o.Standby; i < o.Config.Nodes; i++ {
		core.Drain(i, 0)
	}
	p.stop, p.cancel = context.WithCancel(context.Background())
	p.reverse = httputil.ReverseProxy{
		Rewrite:      appendForwarded,
		Transport:    attempts{p},
		ErrorHandler: answerFailure,
		ErrorLog:     log.New(io.Discard, "", 0), // failures are reported as RouteEvents
		BufferPool:   &p.buffers,
	}
	p.server = http.Server{Handler: p, IdleTimeout: o.KeepAlive, Protocols: new(http.Protocols)}
	p.server.Protocols.SetHTTP1(true)
	p.server.Protocols.SetUnencryptedHTTP2(true)
	return p, nil
}

// Serve accepts connections from l until Close, and then returns nil.
func (p *Proxy) Serve(l net.Listener) error {
	p.checks.Do(p.startChecks)
	var err error
	if p.options.Per == PerConnection {
		err = p.serveRelay(l)
	} else {
		err = p.server.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) || p.stop.Err() != nil {
		return nil
	}
	return fmt.Errorf("proxy: accepting connections: %w", err)
}

// Close cuts all connections and waits until everything has ended.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	fronts := p.fronts
	p.fronts = make(map[io.Closer]struct{})
	p.mu.Unlock()
	p.cancel()
	err := p.server.Close()
	for c := range fronts {
		c.Close()
	}
	for _, n := range p.nodes {
		n.close()
	}
	p.running.Wait()
	return err
}

// enter counts something that Close has to wait for, until leave. front, if
// any, is what Close closes to end it. It returns false after Close.
func (p *Proxy) enter(front io.Closer) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	if front != nil {
		p.fronts[front] = struct{}{}
	}
	p.running.Add(1)
	return true
}

func (p *Proxy) leave(front io.Closer) {
	if front != nil {
		p.mu.Lock()
		delete(p.fronts, front)
		p.mu.Unlock()
	}
	p.running.Done()
}

// ServeHTTP balances one request.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !p.enter(nil) {
		panic(http.ErrAbortHandler)
	}
	defer p.leave(nil)
	if p.options.KeepAlive == 0 {
		w.Header().Set("Connection", "close") // to a client over HTTP/2, net/http says it with a GOAWAY frame
	}
	p.reverse.ServeHTTP(w, r)
}

// InFlight is the number of requests, or relayed connections, under way at a
// node.
func (p *Proxy) InFlight(node int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.core.InFlight(node)
}

// Cut resets every connection between the balancer and a node that carries a
// request without a complete answer, and returns how many requests were lost.
// A relayed HTTP/1.1 connection counts as carrying one if the latest bytes on
// it came from the client.
func (p *Proxy) Cut(node int) int { return p.nodes[node].cut() }

// pick and done are the core's, under the lock.
func (p *Proxy) pick(r balancer.Request) balancer.Choice {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.core.Pick(r, p.options.Epoch())
}

func (p *Proxy) done(node int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doneLocked(node)
}

func (p *Proxy) doneLocked(node int) {
	p.core.Done(node)
	if over, ok := p.drained[node]; ok && p.core.InFlight(node) == 0 {
		close(over)
		delete(p.drained, node)
	}
}

// failed ends a failed attempt and picks the next node if the request may be
// repeated.
func (p *Proxy) failed(node int, f balancer.Failure, r *balancer.Request, attempt int, repeatable bool) balancer.Choice {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doneLocked(node)
	if !repeatable || !p.core.Retry(f, *r, attempt) {
		return balancer.Choice{Node: balancer.None}
	}
	r.Tried |= 1 << node
	return p.core.Pick(*r, p.options.Epoch())
}

func (p *Proxy) report(e RouteEvent) {
	if p.options.OnRoute != nil {
		e.At = p.options.Epoch()
		p.options.OnRoute(e)
	}
}

// buffers lends the memory that answers are copied through.
type buffers struct{ pool sync.Pool }

const bufferSize = 16 << 10

// Get lends a buffer.
func (b *buffers) Get() []byte {
	if buf, ok := b.pool.Get().(*[bufferSize]byte); ok {
		return buf[:]
	}
	return make([]byte, bufferSize)
}

// Put takes it back.
func (b *buffers) Put(buf []byte) { b.pool.Put((*[bufferSize]byte)(buf)) }
