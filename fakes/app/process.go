package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// Process serves one node's application on a fixed address, and can be ended
// the way processes end: killed, or stopped with time to finish.
type Process struct {
	mu     sync.Mutex
	addr   string
	h2c    bool
	server *http.Server
	conns  map[net.Conn]http.ConnState
	done   chan struct{}
	gate   gate
	memory memory
}

// NewProcess prepares a process for addr ("127.0.0.1:0" picks a free port at
// the first start, which later starts keep).
func NewProcess(addr string, h2c bool) *Process { return &Process{addr: addr, h2c: h2c} }

// Addr is where the process listens, valid after the first Start.
func (p *Process) Addr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.addr
}

// Start listens and serves h until Kill or Stop. It fails if the address is
// taken or the process is running.
func (p *Process) Start(h http.Handler) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server != nil {
		return errors.New("the node is already running")
	}
	l, err := net.Listen("tcp", p.addr)
	if err != nil {
		return err
	}
	p.addr = l.Addr().String()
	p.conns = make(map[net.Conn]http.ConnState)
	p.gate.open()
	p.server = &http.Server{Handler: h, ConnState: p.track, ReadHeaderTimeout: 10 * time.Second}
	if p.h2c {
		p.server.Protocols = new(http.Protocols)
		p.server.Protocols.SetHTTP1(true)
		p.server.Protocols.SetUnencryptedHTTP2(true)
	}
	p.done = make(chan struct{})
	go func(s *http.Server, done chan struct{}) {
		defer close(done)
		_ = s.Serve(gatedListener{l, &p.gate, &p.memory})
	}(p.server, p.done)
	return nil
}

func (p *Process) track(c net.Conn, s http.ConnState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if gated, ok := c.(*gatedConn); ok {
		gated.mark(s)
	}
	switch s {
	case http.StateClosed, http.StateHijacked:
		delete(p.conns, c)
	default:
		p.conns[c] = s
	}
}

// Kill ends the process as SIGKILL does: the port closes and every connection
// is reset, in mid-answer or not.
func (p *Process) Kill() {
	s, done := p.take()
	if s == nil {
		return
	}
	p.mu.Lock()
	for c := range p.conns {
		resetOnClose(c)
	}
	p.mu.Unlock()
	_ = s.Close()
	<-done
}

// Cut resets the connections that carry a request, and returns how many there
// were.
func (p *Process) Cut() int {
	p.mu.Lock()
	var busy []net.Conn
	for c, s := range p.conns {
		if s == http.StateActive {
			busy = append(busy, c)
		}
	}
	p.mu.Unlock()
	for _, c := range busy {
		resetOnClose(c)
		_ = c.Close()
	}
	return len(busy)
}

// resetOnClose makes closing a connection send a reset.
func resetOnClose(c net.Conn) {
	if gated, ok := c.(*gatedConn); ok {
		c = gated.Conn
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

// Stop ends the process as SIGTERM does: no new connections, requests under
// way may finish until ctx ends, then they are cut.
func (p *Process) Stop(ctx context.Context) {
	s, done := p.take()
	if s == nil {
		return
	}
	if err := s.Shutdown(ctx); err != nil {
		_ = s.Close()
	}
	<-done
}

func (p *Process) take() (*http.Server, chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, d := p.server, p.done
	p.server = nil
	return s, d
}
