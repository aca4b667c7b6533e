// Package oracle judges a history: who was logged out although they should
// not have been, who was let in although they should not have been, and why.
// It is pure and streaming, and works as well on a saved history as on a fresh
// one.
//
// # The ledger
//
// A user is logged in from the arrival of a successful login's answer until a
// logout is sent, or until the promise runs out: idle time since the latest
// action that went well, absolute time since the login. What servers believe
// does not matter. The clients see only when a request left and when its
// answer came, so that every change is a stretch of time; an action that
// overlaps one is unknown. A spurious logout does not end the promise.
//
// # The verdicts
//
//	login   done: ok | the login page again: lockout | else error
//	page    somebody else's data: wrong_identity
//	        while in: own page ok | login page or credentials dropped: spurious_logout | else error
//	          a node refused the user, not the credential, since all that
//	          they had was revoked before the login: lockout
//	        after a logout: own page ghost_session (ok within the revocation promise) | login page ok
//	        past the promise: own page or login page ok
//	replay  own page: ghost_session (ok within the revocation promise) | refused: ok
//	forge   any page: wrong_identity | refused: ok | else error
//	logout  ok, or error
//
// A logout that failed leaves its user's standing unknown until the next
// login. An action without an end is unknown.
//
// # The causes
//
// They are told from what was recorded of the requests, and never from the
// list of faults or their events. The request that decides is the renewal
// (refresh_rejected), the failed request (network, refresh_network), or the
// last one that was refused.
//
//	evidence                                                        cause
//	an app was started again and found no token, or could not
//	read it, by its own word                                        storage_evicted
//	answer from a cache (hit, or Age > 0), no node decided          cached_401; for another's page cached_other_user
//	a page for a token that no node issued                          forged_token
//	another user's session, from a cache's Set-Cookie; or one's own,
//	that such another has ended                                     cached_other_user
//	expired, not yet valid, session past its life:
//	  valid once the clocks that it was decided and issued by (or,
//	  of a session, last used by) are corrected                     clock_skew
//	  else                                                          token_expired; of a session: session_expired
//	bad signature or unknown key id, signed with key K:
//	  trusted by others while this node refused it                  key_mismatch
//	  trusted by this node before, or replaced by its signer:
//	    by a key that is newer than K                               key_retired
//	    else                                                        key_mismatch
//	unknown session, created on node N:
//	  N itself lost it, or nodes find each other's: one store       store_evicted
//	  N has since stopped, died or restarted, or is drained for it  session_lost
//	  N lives on                                                    session_not_on_node
//	refresh token reused, or its family revoked after a reuse:
//	  the answer to an accepted renewal was lost before             refresh_lost
//	  else                                                          refresh_race
//	revoked, no logout and no reuse                                 revoked_elsewhere
//	all that the user had was revoked before the login:
//	  by the clocks the token was issued before that, and the
//	  clock of who issued it is behind that of who revoked          clock_skew
//	  else                                                          lockout
//	store_down, misconfigured, overload                             store_down, node_misconfigured, overload
//	renewal met a network error                                     refresh_lost
//	request met a network error or 5xx:
//	  its node had said that it is stopping                         drain_missing
//	  its node had died of overload, by its machine's word          overload
//	  timeout, and no connection failed: nodes too slow, or the
//	  network (packets dropped or late leave no other trace)        overload
//	  else                                                          connection_cut
//	nothing presented although the login set something:
//	  the browser holds its cookie and, as it says, does not send
//	  it by the rule of Domain, Path, Secure or SameSite            cookie_not_sent.{domain,path,secure,samesite}
//	  else (it says that it did not keep it, or nothing)            cookie_rejected
//	the browser sent the login's cookie behind one of the same name,
//	  and the first is of no session that a node issued             cookie_shadowed
//	presented, but not a session id or token at all                 credential_malformed
//	anything else                                                   unexplained; of a lockout: lockout
//
// A node counts as dead when a later start of it is recorded, when it said
// that it is stopping, when its machine said that it crashed, or when it refused the balancer's connections after its
// last word. Silence alone proves nothing: over connections that are kept, a
// node may get no request for long.
//
// Ghosts: a node accepted what it could not check, for want of the store:
// store_down. A node has revoked the credentials, and nodes have refused what others
// revoked: the store that they share lost it, store_evicted. Another node than
// the accepting one has handled the logout, and refuses the credentials since:
// revoked_elsewhere; else (nobody has, the
// accepting node forgot it, or a cache served the page) revocation_missed.
//
// # Exposure
//
// Beside the verdicts, and whatever is promised: for each logout after which its
// credentials were used again, the time from its answer to the latest use that
// was accepted. They may work for longer than anybody tries.
package oracle
