// Package container is the substrate of real parts: app nodes, a load
// balancer, a session store and a caching proxy in containers, through
// testcontainers-go, on a private network of their own.
package container
