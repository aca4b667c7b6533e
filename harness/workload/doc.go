// Package workload lets a plan's users act against a real address: vegeta
// paces and times the actions, each user's client state machine decides which
// requests an action takes, and everything seen goes into the history.
package workload
