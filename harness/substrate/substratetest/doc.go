// Package substratetest is what every substrate must do alike: its load
// balancer, its caching proxy and its session store, seen from outside. Each
// substrate's own tests call [Run]; so our own parts are held to the same cases
// as HAProxy, nginx, Varnish, Redis and memcached.
//
// A system is brought up once for several cases, which follow each other. They
// speak HTTP to it as users do, and inject faults through the capabilities that
// package fault uses.
//
// Where a product answers otherwise, the case says so and holds the product to
// that; and the substrate must tell users the same (see substrate.Stated), or
// the case fails. Of every system it is also checked that no request was served
// twice, unless a case means it.
package substratetest
