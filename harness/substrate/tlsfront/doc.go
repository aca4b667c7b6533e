// Package tlsfront ends TLS in front of a system that speaks HTTP, for the names
// of a run, with a certificate made when it starts: what a load balancer's TCP
// listener with TLS does, or stunnel.
package tlsfront
