// Package proxies says what the container substrate asks of a load balancer or
// a caching proxy: the configuration that makes it behave as an architecture
// says, where it behaves otherwise, and what its log lines mean.
//
// A product is pure: it makes texts and reads texts, and starts nothing. Its
// package (haproxy, nginx, varnish) holds its configuration as a template that
// users can copy; package products lists them.
//
// A difference between a product and our own balancer or cache, which follow
// AWS ALB and RFC 9111, is a [Difference] and is stated in reports. What a
// product cannot do at all, or only by changing what a scenario means, is an
// error that names what can.
package proxies
