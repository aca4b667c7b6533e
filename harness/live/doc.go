// Package live keeps a scenario's system up for a person: in real time, without
// users of its own, for a browser or curl to try. Faults are injected by hand,
// from another terminal, and taken back. The program that runs it listens on a
// socket of its user's own, and is gone with all that it started when it ends.
package live
