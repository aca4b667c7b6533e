// Package wire disturbs TCP connections: a link accepts them in place of its
// target, passes them on, and lets answers come late or resets connections
// when it is told to. It is toxiproxy, as a library.
//
// A link stands in the path only where a fault of the plan needs it, since it
// costs time, and shows: whoever connects to a target that is down is accepted
// first, and closed then.
package wire
