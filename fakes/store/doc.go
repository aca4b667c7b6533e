// Package store keeps sessions, refresh-token families and revoked tokens for
// package auth: [Memory] in one process, [Redis] and [Memcached] shared between
// nodes. All pass one contract suite. Each is auth.Sessions, auth.Families and
// auth.Blacklist in one, and safe for concurrent use.
package store
