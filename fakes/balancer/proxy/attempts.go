package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
)

// attempts sends a request to the nodes that the core picks, until one
// answers or the core says stop.
type attempts struct{ p *Proxy }

var _ http.RoundTripper = attempts{}

var errNoNode = errors.New("no node is available")

// RoundTrip returns the answer of the last node tried, or its failure.
func (a attempts) RoundTrip(req *http.Request) (*http.Response, error) {
	p := a.p
	core := p.request(req)
	body, err := p.keepBody(req)
	if err != nil {
		return nil, fmt.Errorf("reading the request: %w", err)
	}
	choice := p.pick(core)
	if choice.Node == balancer.None {
		return nil, errNoNode
	}
	for attempt := 0; ; attempt++ {
		e := &exchange{p: p, node: choice.Node, attempt: attempt, request: req}
		resp, err := e.send(body)
		if err == nil {
			p.finish(resp, choice)
			return resp, nil
		}
		var failure *AttemptError
		if !errors.As(err, &failure) { // the client went away
			p.done(choice.Node)
			return nil, err
		}
		next := p.failed(choice.Node, failure.Failure, &core, attempt, body.repeatable)
		e.report(failure.Failure, next.Node != balancer.None)
		if next.Node == balancer.None {
			return nil, fmt.Errorf("node %s: %w", p.nodes[choice.Node].name, err)
		}
		choice = next
	}
}

// finish puts the balancer's cookie on an answer.
func (p *Proxy) finish(resp *http.Response, choice balancer.Choice) {
	c := p.options.Config
	app := balancer.AppUntouched
	if c.Stickiness == balancer.AppCookie {
		app = appChange(resp.Header, c.AppCookie, time.Now())
	}
	p.cookie.put(resp.Header, p.core.Answer(choice, app, p.options.Epoch()))
}

// request is what the core needs to know; what its configuration does not
// look at is left out.
func (p *Proxy) request(req *http.Request) balancer.Request {
	c := p.options.Config
	r := balancer.Request{Idempotent: idempotent(req.Method)}
	if c.Policy.BySource() {
		r.Source = balancer.SourceOf(p.client(req))
	}
	if name := c.Stickiness.CookieName(); name != "" {
		r.Sticky = cookieValue(req, name)
	}
	if c.Stickiness == balancer.AppCookie {
		r.AppValue = cookieValue(req, c.AppCookie)
	}
	return r
}

// client is the client's address. X-Forwarded-For ends with the address that
// the request came from, and so is never empty here.
func (p *Proxy) client(req *http.Request) string {
	if p.options.TrustForwarded {
		leftmost, _, _ := strings.Cut(req.Header.Get("X-Forwarded-For"), ",")
		return strings.TrimSpace(leftmost)
	}
	return hostOf(req.RemoteAddr)
}

func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

// idempotent is RFC 9110 section 9.2.2.
func idempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// appendForwarded adds the client to X-Forwarded-For, which ReverseProxy has
// taken off the copy. Connections are not upgraded: what goes on in them
// could not be balanced.
func appendForwarded(r *httputil.ProxyRequest) {
	delete(r.Out.Header, "Upgrade")
	delete(r.Out.Header, "Connection")
	chain := hostOf(r.In.RemoteAddr)
	if before := r.In.Header["X-Forwarded-For"]; len(before) > 0 {
		chain = strings.Join(before, ", ") + ", " + chain
	}
	r.Out.Header["X-Forwarded-For"] = []string{chain}
}

// answerFailure is the balancer's own answer.
func answerFailure(w http.ResponseWriter, _ *http.Request, err error) {
	status := http.StatusBadGateway
	switch {
	case errors.Is(err, errNoNode):
		status = http.StatusServiceUnavailable
	case timedOut(err):
		status = http.StatusGatewayTimeout
	}
	http.Error(w, "balancer: "+err.Error(), status)
}

// maxKept is the largest request body that is kept for a further attempt.
const maxKept = 64 << 10

// requestBody is a request's body, kept if it may be needed again.
type requestBody struct {
	stream     io.ReadCloser
	kept       []byte
	repeatable bool
}

func (p *Proxy) keepBody(req *http.Request) (requestBody, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return requestBody{repeatable: true}, nil
	}
	if p.options.Config.Retries == 0 || req.ContentLength < 0 || req.ContentLength > maxKept {
		return requestBody{stream: req.Body}, nil
	}
	kept := make([]byte, req.ContentLength)
	_, err := io.ReadFull(req.Body, kept)
	return requestBody{kept: kept, repeatable: true}, err
}

func (b requestBody) open() io.ReadCloser {
	if b.kept != nil {
		return io.NopCloser(bytes.NewReader(b.kept))
	}
	return b.stream
}

// exchange is one attempt at one node, and then the body of its answer.
type exchange struct {
	p       *Proxy
	node    int
	attempt int
	request *http.Request
	guard   guard
	conn    *nodeConn
	body    io.ReadCloser
	over    bool
}

// send sends the request to the exchange's node. On success the exchange ends
// when the answer's body is closed.
func (e *exchange) send(body requestBody) (*http.Response, error) {
	n := e.p.nodes[e.node]
	target := *e.request.URL
	target.Scheme, target.Host = "http", n.addr
	out := e.request.WithContext(e.guard.watch(n.transport, e.request.Context()))
	out.URL, out.Body = &target, body.open()
	e.guard.onConn = e.onConn
	resp, err := e.guard.send(n.transport, out)
	if err != nil {
		e.release()
		return nil, err
	}
	e.body, resp.Body = resp.Body, e
	return resp, nil
}

func (e *exchange) onConn(c net.Conn) {
	e.release()
	if conn, ok := c.(*nodeConn); ok {
		e.conn = conn
		conn.waiting.Add(1)
	}
}

// release says that nobody waits on the connection any more.
func (e *exchange) release() {
	if e.conn != nil {
		e.conn.waiting.Add(-1)
		e.conn = nil
	}
}

// Read reads the answer's body, and reports a connection that dies in it.
func (e *exchange) Read(b []byte) (int, error) {
	n, err := e.body.Read(b)
	if err == nil {
		return n, nil
	}
	e.release()
	if err != io.EOF && e.request.Context().Err() == nil {
		e.report(balancer.Reset, false)
	}
	return n, err
}

// Close ends the exchange.
func (e *exchange) Close() error {
	if e.over {
		return nil
	}
	e.over = true
	err := e.body.Close()
	e.guard.cancel(nil)
	e.release()
	e.p.done(e.node)
	return err
}

func (e *exchange) report(f balancer.Failure, redispatched bool) {
	e.p.report(RouteEvent{
		Node:         e.node,
		Req:          e.request.Header.Get("X-Request-Id"),
		Attempt:      e.attempt,
		Failure:      f,
		Redispatched: redispatched,
	})
}
