// Package sim runs plans in virtual time: the same scenarios at their realistic
// durations, through the same pure cores (fakes/auth, balancer, edgecache and
// client) as the loopback substrate, without a network, a clock or a goroutine
// that runs beside another.
//
// # What happens when
//
// One schedule holds all that is to come: the users' slots, which the plan
// draws, and what follows from them. It is worked off in the order of time;
// of what falls on one moment, slots come first, by user, then all else in the
// order in which it was put down. So a plan runs the same on every machine,
// to the last byte of its history.
//
// Faults are the ones of package fault, as they are. Each is a coroutine, which
// runs until it waits, and goes on when its time has come: of all goroutines
// only one runs at any moment.
//
// # The network
//
// A request takes network.user from a user to the front and back each (20 ms if
// the scenario does not say), network.internal between two parts (half a
// millisecond); a page takes the scenario's app.work to make, all else no time.
// In a compressed plan they are as much shorter as everything else. No request
// is lost on the way but by a fault.
//
// Latency, resets and partitions are those of TCP: a lost packet is sent again
// after 200 ms, 600 ms, 1.4 s and so on, and a connection that does not come
// about within half a second is given up, as by HAProxy. Nodes wait a second for
// the store. A client that waits no longer closes its connection, and all parts
// let go of its request.
//
// # Tokens
//
// Tokens are symbolic (see auth.Symbolic): signing one and checking it compare
// numbers. Keys have the ids of real ones, and fingerprints that follow from
// the seed. A test holds them against signed tokens, in the same schedule and
// over net/http: all three decide and answer the same (TestSame).
package sim
