package app

import (
	"errors"
	"net"
	"sync"
	"time"
)

// gate stands between a process and its connections. While it is shut nothing
// comes in and nothing goes out, as if the process were stopped; the kernel
// goes on to accept connections, and keeps what they bring.
type gate struct {
	mu   sync.Mutex
	shut chan struct{} // nil: open; closed when it opens
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut == nil {
		g.shut = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != nil {
		close(g.shut)
		g.shut = nil
	}
}

// pass waits until the gate is open, or gone is closed.
func (g *gate) pass(gone <-chan struct{}) {
	for {
		g.mu.Lock()
		shut := g.shut
		g.mu.Unlock()
		if shut == nil {
			return
		}
		select {
		case <-shut:
		case <-gone:
			return
		}
	}
}

// gatedListener puts a gate before the connections that it accepts.
type gatedListener struct {
	net.Listener
	gate   *gate
	memory *memory
}

// Accept waits for the next connection.
func (l gatedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &gatedConn{Conn: c, gate: l.gate, gone: make(chan struct{}), silence: silence{memory: l.memory, since: time.Now()}}, nil
}

// gatedConn is a connection behind a gate. Closing it is always possible.
type gatedConn struct {
	net.Conn
	gate *gate
	gone chan struct{}
	once sync.Once
	silence
}

// Read reads, and holds what has come in the meantime while the gate is shut.
// What comes over a connection that is known no more on the way does not come:
// the connection is reset.
func (c *gatedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.forgotten() {
		resetOnClose(c)
		return 0, errors.Join(errForgotten, c.Close())
	}
	c.gate.pass(c.gone)
	return n, err
}

// Write writes once the gate is open.
func (c *gatedConn) Write(b []byte) (int, error) {
	c.gate.pass(c.gone)
	return c.Conn.Write(b)
}

// Close closes the connection, and ends whatever waits at the gate.
func (c *gatedConn) Close() error {
	c.once.Do(func() { close(c.gone) })
	return c.Conn.Close()
}

// Pause holds all that the process reads and writes from now on, as SIGSTOP
// does; what it is computing goes on. A process that is started anew is not
// paused.
func (p *Process) Pause() { p.gate.close() }

// Resume ends a pause.
func (p *Process) Resume() { p.gate.open() }
