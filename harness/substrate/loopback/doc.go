// Package loopback runs a plan's system in one process: app nodes, balancer,
// session store and caching proxy as real servers on 127.0.0.1.
package loopback
