package loopback

import (
	"errors"
	"io"
	"net"
	"sync"
)

// relay passes TCP connections on to an address, until it is shut; so that the
// session store can go away and come back with its data, whoever runs it.
type relay struct {
	target string
	addr   string
	mu     sync.Mutex
	l      net.Listener
	conns  map[net.Conn]struct{}
	wg     sync.WaitGroup
}

// newRelay opens a relay on a free loopback port.
func newRelay(target string) (*relay, error) {
	r := &relay{target: target, addr: "127.0.0.1:0"}
	return r, r.open()
}

// open starts to accept, on the same port every time.
func (r *relay) open() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.l != nil {
		return nil
	}
	l, err := net.Listen("tcp", r.addr)
	if err != nil {
		return err
	}
	r.l, r.addr, r.conns = l, l.Addr().String(), make(map[net.Conn]struct{})
	r.wg.Add(1)
	go r.accept(l)
	return nil
}

// shut refuses new connections and closes the open ones.
func (r *relay) shut() error {
	r.mu.Lock()
	l := r.l
	r.l = nil
	for c := range r.conns {
		_ = c.Close()
	}
	r.mu.Unlock()
	if l == nil {
		return nil
	}
	err := l.Close()
	r.wg.Wait()
	return err
}

func (r *relay) accept(l net.Listener) {
	defer r.wg.Done()
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		r.wg.Add(1)
		go r.pass(c)
	}
}

func (r *relay) pass(c net.Conn) {
	defer r.wg.Done()
	up, err := net.Dial("tcp", r.target)
	if err != nil {
		_ = c.Close()
		return
	}
	if !r.hold(c, up) {
		return
	}
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(up, c)
		_ = up.Close()
		close(done)
	}()
	_, _ = io.Copy(c, up)
	r.release(c, up)
	<-done
}

// hold takes a pair of connections under the relay's care; if it was shut
// meanwhile, they are closed.
func (r *relay) hold(pair ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range pair {
		if r.l == nil {
			_ = c.Close()
			continue
		}
		r.conns[c] = struct{}{}
	}
	return r.l != nil
}

func (r *relay) release(pair ...net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range pair {
		_ = c.Close()
		delete(r.conns, c)
	}
}

// errNoStore is the answer to a store fault in a system without one.
var errNoStore = errors.New("this architecture has no shared store")
