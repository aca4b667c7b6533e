package proxy

// Reload makes the balancer as new, as reading the configuration again does:
// see [balancer.Balancer.Reload]. What is under way is finished; idle
// connections are closed on both sides, also those that a client just uses.
func (p *Proxy) Reload() {
	p.mu.Lock()
	p.core.Reload()
	p.mu.Unlock()
	p.server.SetKeepAlivesEnabled(false) // which closes the idle ones
	p.server.SetKeepAlivesEnabled(true)
	for _, n := range p.nodes {
		n.transport.CloseIdleConnections()
	}
}
