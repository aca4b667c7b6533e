package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/logoutlab/logoutlab/fakes/balancer"
)

// NoReplay sends each request at most once. A plain http.Transport sends an
// idempotent request again when a reused connection dies before the answer
// (https://pkg.go.dev/net/http#Transport); NoReplay reports the death
// instead, unless nothing had been written to the connection. An error that the request's own cancellation did not cause is an
// [*AttemptError].
//
// The transport must speak either HTTP/1 or HTTP/2 (Transport.Protocols), not
// negotiate: the two are stopped in different ways.
type NoReplay struct {
	Transport *http.Transport
}

var _ http.RoundTripper = (*NoReplay)(nil)

// AttemptError says how sending a request once failed.
type AttemptError struct {
	Failure balancer.Failure
	Err     error
}

// Error describes the failure and what led to it.
func (e *AttemptError) Error() string { return fmt.Sprintf("%s: %v", e.Failure, e.Err) }

// Unwrap gives the transport's error.
func (e *AttemptError) Unwrap() error { return e.Err }

// Timeout says whether time ran out, for net.Error and url.Error.
func (e *AttemptError) Timeout() bool { return timedOut(e.Err) }

var errReplay = errors.New("the connection was closed before an answer came")

// RoundTrip sends a request once.
func (n *NoReplay) RoundTrip(req *http.Request) (*http.Response, error) {
	var g guard
	resp, err := g.send(n.Transport, req.WithContext(g.watch(n.Transport, req.Context())))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		resp.Body = &guardedBody{resp.Body, g.cancel}
	}
	return resp, nil
}

// CloseIdleConnections is what http.Client.CloseIdleConnections calls.
func (n *NoReplay) CloseIdleConnections() { n.Transport.CloseIdleConnections() }

// guardedBody releases the guard's context when the answer was read.
type guardedBody struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

func (b *guardedBody) Close() error {
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}

// guard watches over one sending of one request. Its hooks run within
// Transport.RoundTrip, except that wrote is set by the connection's writer.
type guard struct {
	trace   httptrace.ClientTrace
	parent  context.Context         // the caller's
	cancel  context.CancelCauseFunc // to be called when the answer was read
	onConn  func(net.Conn)          // told each connection that the request may go to; may be nil
	shared  bool                    // the connection carries other requests too (HTTP/2)
	wrote   atomic.Bool             // the whole head of the request was given to a connection
	stopped bool                    // a replay
}

// watch gives the context for the copy of a request that send takes.
func (g *guard) watch(t *http.Transport, parent context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(parent)
	g.parent, g.cancel = parent, cancel
	g.shared = t.Protocols != nil && !t.Protocols.HTTP1()
	g.trace.GotConn = g.gotConn
	g.trace.WroteHeaders = g.wroteHeaders
	return httptrace.WithClientTrace(ctx, &g.trace)
}

// send returns the answer, and then leaves cancel to the caller.
func (g *guard) send(t *http.Transport, req *http.Request) (*http.Response, error) {
	resp, err := t.RoundTrip(req)
	if err == nil {
		return resp, nil
	}
	defer g.cancel(nil)
	return nil, g.failure(err)
}

// gotConn lets a request be written to one connection. A second is a replay:
// it is cancelled, and since the transport may have begun to write by the time
// it notices, its connection is closed first, unless it is shared (HTTP/2
// checks for cancellation before it writes). Transports look for another
// connection only once they no longer write to the one before.
func (g *guard) gotConn(info httptrace.GotConnInfo) {
	if !g.stopped && !g.wrote.Load() {
		if g.onConn != nil {
			g.onConn(info.Conn)
		}
		return
	}
	g.stopped = true
	if !g.shared {
		info.Conn.Close()
	}
	g.cancel(errReplay)
}

func (g *guard) wroteHeaders() { g.wrote.Store(true) }

// failure classifies err. A replay that could not even connect is the death
// of the first connection.
func (g *guard) failure(err error) error {
	gone := g.parent.Err()
	if errors.Is(gone, context.Canceled) {
		return gone
	}
	if g.stopped {
		err = errReplay
	}
	sent := g.wrote.Load()
	switch {
	case timedOut(err) && (sent || gone != nil):
		return &AttemptError{balancer.Timeout, err}
	case sent:
		return &AttemptError{balancer.Reset, err}
	}
	return &AttemptError{balancer.Refused, err}
}

func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
