// Package minicached is a memcached in this process, for those who have none at
// hand: the commands of the text protocol (memcached's doc/protocol.txt) that
// sessions need, over TCP on loopback. It counts lives in whole seconds and
// takes those above 30 days for Unix times, as memcached does, and answers the
// same words, which a test compares. It never runs out of memory, and so evicts
// nothing by itself.
package minicached
