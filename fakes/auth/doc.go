// Package auth decides who is logged in: sessions, signed tokens, renewal,
// revocation. It is a pure core: it does no I/O, reads no clock, starts no
// goroutine and takes no lock. The caller passes the time, and brings keys
// ([Keys]), stores ([Sessions], [Families], [Blacklist], [Cutoffs]) and ids ([IDs]).
//
// [Node.Serve] takes a [Request] to a [Decision] with its evidence and the
// [Grant] that it issued; [Presentation.Shape] says what that answer looks
// like over HTTP. A simulator and a net/http handler drive the same two calls
// and so give the same answers.
//
// [Symbolic] is the implementation of Keys for virtual time; fakes/auth/jose
// has the real one, fakes/store the stores.
package auth
