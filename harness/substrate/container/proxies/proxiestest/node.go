package proxiestest

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

// Node is an app node. It says its name in X-Node, and answers what X-Answer
// asks for; see [Answer].
type Node struct {
	Name string
	Addr string // host:port, the same after a restart

	t      testing.TB
	server *http.Server
	ended  chan struct{}
	dying  atomic.Bool
	gate   atomic.Pointer[chan struct{}]
	mu     sync.Mutex
	seen   []*http.Request
}

// Answer is what a request wants of a node.
type Answer func(h http.Header)

// Status wants this status.
func Status(code int) Answer {
	return func(h http.Header) { h.Set("X-Answer-Status", strconv.Itoa(code)) }
}

// With wants a header field in the answer.
func With(name, value string) Answer {
	return func(h http.Header) { h.Add("X-Answer", name+": "+value) }
}

// Nodes starts n nodes, app-1 to app-n, and ends them with the test.
func Nodes(t testing.TB, n int) []*Node {
	nodes := make([]*Node, n)
	for i := range nodes {
		nodes[i] = &Node{Name: "app-" + strconv.Itoa(i+1), Addr: "127.0.0.1:0", t: t}
		nodes[i].Start()
		t.Cleanup(nodes[i].Stop)
	}
	return nodes
}

// Servers are the nodes as a configuration names them.
func Servers(nodes []*Node) []proxies.Server {
	servers := make([]proxies.Server, len(nodes))
	for i, n := range nodes {
		servers[i] = proxies.Server{Name: n.Name, Address: n.Addr}
	}
	return servers
}

// Start makes the node listen, at the same address as before.
func (n *Node) Start() {
	n.t.Helper()
	l, err := net.Listen("tcp", n.Addr)
	require.NoError(n.t, err)
	n.Addr = l.Addr().String()
	server := &http.Server{Handler: n, Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(l) }()
	n.server, n.ended = server, ended
}

// Stop refuses new connections and cuts all others.
func (n *Node) Stop() {
	_ = n.server.Close()
	<-n.ended
}

// Die makes the node read requests and close their connections without an
// answer, until it is called with false. Health checks are answered.
func (n *Node) Die(on bool) { n.dying.Store(on) }

// HoldNext makes the next request wait until the returned function is called.
func (n *Node) HoldNext() (release func()) {
	gate := make(chan struct{})
	n.gate.Store(&gate)
	return func() { close(gate) }
}

// Seen are the requests that the node got, health checks aside.
func (n *Node) Seen() []*http.Request {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]*http.Request(nil), n.seen...)
}

// ServeHTTP answers one request.
func (n *Node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/healthz" {
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	n.mu.Lock()
	n.seen = append(n.seen, r)
	n.mu.Unlock()
	if gate := n.gate.Swap(nil); gate != nil {
		select {
		case <-*gate:
		case <-r.Context().Done():
		}
	}
	if n.dying.Load() {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("X-Node", n.Name)
	answer(w, r)
	_, _ = io.WriteString(w, n.Name)
}

func answer(w http.ResponseWriter, r *http.Request) {
	for _, line := range r.Header["X-Answer"] {
		name, value, _ := strings.Cut(line, ": ")
		w.Header().Add(name, value)
	}
	if code, err := strconv.Atoi(r.Header.Get("X-Answer-Status")); err == nil {
		w.WriteHeader(code)
	}
}
