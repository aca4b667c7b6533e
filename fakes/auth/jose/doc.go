// Package jose is auth.Keys with real cryptography: JSON Web Tokens (RFC 7519)
// as compact JWS (RFC 7515), signed with HS256, RS256 or ES256 (RFC 7518) by
// github.com/lestrrat-go/jwx.
//
// A [Ring] is one node's keys: the one it signs with, and those it trusts. The
// algorithm is pinned when the ring is made; a token with another one, "none"
// included, is refused before any key is looked at (RFC 8725 section 3.1). A
// ring can publish its public keys as a JWK Set (RFC 7517) and fetch those of
// others when it meets an unknown key id.
package jose
