// Package varnish makes Varnish the caching proxy of an architecture: its VCL
// and its command line. It is for Varnish Cache 7.1 and later
// (https://varnish-cache.org/docs/7.1/).
package varnish
