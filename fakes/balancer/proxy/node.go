package proxy

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// node is the balancer's side of one node: its connections.
type node struct {
	name      string
	addr      string
	dialer    net.Dialer
	transport *http.Transport

	mu     sync.Mutex
	conns  map[*nodeConn]struct{}
	closed bool
}

// nodeConn is a connection to a node that knows whether somebody waits for an
// answer on it.
type nodeConn struct {
	net.Conn
	node    *node
	waiting atomic.Int32 // requests without a complete answer
}

const idlePerNode = 256 // idle connections kept; more are closed after use

func newNode(name, addr string, o Options) *node {
	n := &node{
		name:   name,
		addr:   addr,
		dialer: net.Dialer{Timeout: o.Timeout},
		conns:  make(map[*nodeConn]struct{}),
	}
	n.transport = newTransport(o)
	n.transport.ResponseHeaderTimeout = o.Timeout
	n.transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return n.dial(ctx) }
	return n
}

// newTransport speaks the nodes' protocol and adds nothing to a request.
func newTransport(o Options) *http.Transport {
	t := &http.Transport{
		MaxIdleConnsPerHost: idlePerNode,
		IdleConnTimeout:     o.KeepAlive,
		DisableKeepAlives:   o.KeepAlive == 0,
		DisableCompression:  true,
		Protocols:           new(http.Protocols),
	}
	t.Protocols.SetHTTP1(!o.H2C)
	t.Protocols.SetUnencryptedHTTP2(o.H2C)
	return t
}

func (n *node) dial(ctx context.Context) (net.Conn, error) {
	raw, err := n.dialer.DialContext(ctx, "tcp", n.addr)
	if err != nil {
		return nil, err
	}
	c := &nodeConn{Conn: raw, node: n}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		raw.Close()
		return nil, net.ErrClosed
	}
	n.conns[c] = struct{}{}
	return c, nil
}

// Close closes the connection and forgets it.
func (c *nodeConn) Close() error {
	c.node.mu.Lock()
	delete(c.node.conns, c)
	c.node.mu.Unlock()
	return c.Conn.Close()
}

// cut resets the connections that somebody waits on, and returns how many
// requests that were.
func (n *node) cut() int {
	requests := 0
	for _, c := range n.list() {
		if waiting := c.waiting.Load(); waiting > 0 {
			requests += int(waiting)
			c.reset()
		}
	}
	return requests
}

// reset makes the node see a reset (RST) instead of an orderly end.
func (c *nodeConn) reset() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}

func (n *node) list() []*nodeConn {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := make([]*nodeConn, 0, len(n.conns))
	for c := range n.conns {
		list = append(list, c)
	}
	return list
}

// close closes all connections, and refuses new ones.
func (n *node) close() {
	n.mu.Lock()
	n.closed = true
	n.mu.Unlock()
	n.transport.CloseIdleConnections()
	for _, c := range n.list() {
		c.Close()
	}
}
