// Package history is the append-only record of a run: what users did, what
// their clients saw, what the nodes decided, what the faults did. A history is
// a gzip file of JSON lines that survives the harness being killed, and all
// judging starts from it.
package history
