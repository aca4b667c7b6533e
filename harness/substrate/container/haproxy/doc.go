// Package haproxy makes HAProxy the balancer of an architecture: its
// configuration, its runtime API, and its log. It is for HAProxy 2.6 and
// later (https://docs.haproxy.org/2.6/configuration.html).
package haproxy
