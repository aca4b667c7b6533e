// Package proxiestest runs a product's setup on this machine, without a
// container, in front of nodes that answer as a test wants.
package proxiestest
