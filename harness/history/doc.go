// Package history is the append-only record of a run: what users did, what
// their clients saw, what the nodes decided, what the faults did. All judging
// starts from it, and a saved one can be judged again anywhere.
//
// # The file
//
// history.jsonl.gz holds JSON lines: one [Header], then one [Event] a line.
// It is a sequence of complete gzip members (RFC 1952 section 2.2), which any
// gunzip reads as one stream. [Recorder] writes one at least every 256 KiB of raw
// lines, its first byte last; in real time ([Create]) also every 250 ms, and in
// virtual time ([CreateRepeatable]) never by the clock, so that equal runs leave
// equal files. A run that is killed thus leaves whole members, and perhaps a tail
// that starts with a zero and does not count: its history reads fine and merely
// lacks the [End] event. A file that stops in the middle of a member was cut or
// damaged later: [Reader] yields the whole events before the cut and then a
// [TruncatedError].
//
// The order of the events is the order of the Append calls. The End event is
// the last; it counts them all, and has the CRC-32C of all lines, the header's
// included: a file in which something was changed after the run ends with a
// [LineError]. That is against accidents and hasty edits, not against forgery:
// who writes a new sum is not noticed, and the history of a killed run has none.
package history
