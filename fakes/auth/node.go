package auth

import (
	"errors"
	"time"
)

// Node is one app node's judgement. A node of kind [Stateful] uses Sessions; a
// node of kind [Stateless] uses Keys, Families if RefreshTTL is set, and
// Blacklist if Revocation is [RevokeBlacklist], Cutoffs if it is [RevokeUser] or
// [RevokeNotBefore]. IDs is always used. Fields
// that are not used may be nil.
//
// A Node keeps no state of its own: it is as safe for concurrent use as what
// it is made of.
type Node struct {
	Config    Config
	Keys      Keys
	Sessions  Sessions
	Families  Families
	Blacklist Blacklist
	Cutoffs   Cutoffs
	IDs       IDs
}

// Serve decides a request by the node's clock, now, and does what follows from
// it: a session saved or deleted, tokens issued, a family rotated or revoked.
// The grant is empty unless a login or renewal was accepted.
//
// Login is accepted for any user (the password is the caller's business)
// unless the store is down. Renew belongs to Stateless: to a Stateful node
// every refresh token is malformed.
//
// Logout is accepted whatever is presented, as RFC 7009 section 2.2 has it for
// invalid tokens: the client could do nothing sensible with a refusal. The
// decision's reason still tells what was presented; anything but one of the OK
// reasons, expired or not_yet_valid means that nothing was revoked here. Only
// a store that does not answer makes a logout fail (section 2.2.1: the client
// must assume that the token lives on).
//
// The user, session and token of a decision are those that the credential
// asserts; where the reason is about its signature, they are not proven.
func (n *Node) Serve(req Request, now time.Duration) (Decision, Grant) {
	if n.Config.Kind == Stateful {
		return n.serveSession(&req, now)
	}
	return n.serveToken(&req, now)
}

// storeReason is the reason for a store's error.
func storeReason(err error) Reason {
	if errors.Is(err, ErrUnknown) {
		return ReasonUnknownSess
	}
	return ReasonStoreDown
}

func reject(d Decision, why Reason) Decision {
	d.Accept, d.Reason = false, why
	return d
}
