package proxy

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// HealthPath is what health checks ask a node for. A status of 200 to 399 is
// a pass, as in HAProxy.
const HealthPath = "/healthz"

// startChecks runs the health checks until Close.
func (p *Proxy) startChecks() {
	if p.options.Config.Health.Interval == 0 || !p.enter(nil) {
		return
	}
	go func() {
		defer p.leave(nil)
		p.checkLoop()
	}()
}

// checkLoop checks all nodes at once, every interval. Its connections are not
// those of the traffic.
func (p *Proxy) checkLoop() {
	transport := newTransport(p.options)
	defer transport.CloseIdleConnections()
	tick := time.NewTicker(p.options.Config.Health.Interval)
	defer tick.Stop()
	for {
		select {
		case <-p.stop.Done():
			return
		case <-tick.C:
		}
		var round sync.WaitGroup
		for i := range p.nodes {
			round.Go(func() { p.check(transport, i) })
		}
		round.Wait()
	}
}

func (p *Proxy) check(transport *http.Transport, node int) {
	ok := p.healthy(transport, node)
	if p.stop.Err() != nil {
		return // the balancer's end says nothing about the node
	}
	p.change(node, func() { p.core.Check(node, ok, p.options.Epoch()) })
}

func (p *Proxy) healthy(transport *http.Transport, node int) bool {
	ctx, cancel := context.WithTimeout(p.stop, p.options.Config.Health.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.nodes[node].addr+HealthPath, nil)
	if err != nil {
		return false
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return false
	}
	return resp.StatusCode >= 200 && resp.StatusCode < 400
}
