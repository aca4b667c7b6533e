package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
)

// serveRelay balances connections: each accepted one gets a node, and bytes
// are copied both ways until either end closes.
func (p *Proxy) serveRelay(l net.Listener) error {
	if !p.enter(l) {
		l.Close()
		return net.ErrClosed
	}
	defer p.leave(l)
	for {
		client, err := l.Accept()
		if err != nil {
			l.Close()
			return err
		}
		if !p.enter(client) {
			client.Close()
			continue
		}
		go func() {
			defer p.leave(client)
			defer client.Close()
			p.relay(client)
		}()
	}
}

// relay carries one client's connection to its end. A client for whom no node
// could be reached is just disconnected: there is no answer at this level.
func (p *Proxy) relay(client net.Conn) {
	conn, node, attempt := p.connect(client)
	if conn == nil {
		return
	}
	defer p.done(node)
	l := &link{p: p, client: client, node: conn, begun: time.Now()}
	if l.run() {
		p.report(RouteEvent{Node: node, Attempt: attempt, Failure: balancer.Reset})
	}
}

// connect picks nodes until one accepts.
func (p *Proxy) connect(client net.Conn) (conn *nodeConn, node, attempt int) {
	r := balancer.Request{}
	if p.options.Config.Policy.BySource() {
		r.Source = balancer.SourceOf(hostOf(client.RemoteAddr().String()))
	}
	for choice := p.pick(r); choice.Node != balancer.None; attempt++ {
		raw, err := p.nodes[choice.Node].dial(p.stop)
		if err == nil {
			return raw.(*nodeConn), choice.Node, attempt
		}
		if errors.Is(err, context.Canceled) || errors.Is(err, net.ErrClosed) { // Close
			p.done(choice.Node)
			break
		}
		next := p.failed(choice.Node, balancer.Refused, &r, attempt, true)
		p.report(RouteEvent{
			Node: choice.Node, Attempt: attempt,
			Failure: balancer.Refused, Redispatched: next.Node != balancer.None,
		})
		choice = next
	}
	return nil, balancer.None, attempt
}

// link is a client's connection joined to a node's.
type link struct {
	p      *Proxy
	client net.Conn
	node   *nodeConn
	begun  time.Time
	active atomic.Int64 // when bytes last came, since begun
	ended  atomic.Bool  // by the client or for idleness, not by the node
}

// run copies until either end closes or the link was idle for too long (never
// if KeepAlive is 0: then the ends close after an answer). It
// returns whether the node's end died while the client was owed an answer.
func (l *link) run() (died bool) {
	defer l.node.Close()
	if idle := l.p.options.KeepAlive; idle > 0 {
		watch := time.NewTimer(idle)
		stop := make(chan struct{})
		watched := make(chan struct{})
		go func() {
			defer close(watched)
			l.watch(watch, idle, stop)
		}()
		defer func() { close(stop); <-watched }()
	}
	o := owed{conn: l.node}
	toNode := make(chan struct{})
	go func() {
		defer close(toNode)
		l.copy(l.node, l.client, o.asked)
		l.ended.Store(true)
		l.node.Close()
	}()
	l.copy(l.client, l.node, o.answered)
	died = l.node.waiting.Load() != 0 && !l.ended.Load() && l.p.stop.Err() == nil
	l.client.Close()
	<-toNode
	return died
}

// copy moves bytes, and shows them to note first.
func (l *link) copy(dst io.Writer, src io.Reader, note func([]byte)) {
	buf := l.p.buffers.Get()
	defer l.p.buffers.Put(buf)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			note(buf[:n])
			l.active.Store(int64(time.Since(l.begun)))
			if _, werr := dst.Write(buf[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// watch closes a link without bytes for the time idle, unless the client waits
// for an answer.
func (l *link) watch(timer *time.Timer, idle time.Duration, stop <-chan struct{}) {
	defer timer.Stop()
	for {
		select {
		case <-stop:
			return
		case <-timer.C:
		}
		quiet := time.Since(l.begun) - time.Duration(l.active.Load())
		if l.node.waiting.Load() != 0 {
			quiet = 0
		}
		if quiet >= idle {
			l.ended.Store(true)
			l.client.Close()
			l.node.Close()
			return
		}
		timer.Reset(idle - quiet)
	}
}
