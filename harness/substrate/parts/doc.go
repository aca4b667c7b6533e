// Package parts builds what every substrate that runs our own app nodes builds
// alike from a scenario's architecture: a node's application, the keys that
// each node signs with and trusts, and the events of its decisions.
package parts
