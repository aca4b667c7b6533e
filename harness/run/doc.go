// Package run is the pipeline: start the system, let users act while faults
// happen, collect the history, judge it.
package run
