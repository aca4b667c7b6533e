package auth

import "errors"

// The errors of the stores. A store wraps them with what happened; any other
// error counts as ErrDown.
var (
	// ErrUnknown says that the store has no such entry.
	ErrUnknown = errors.New("auth: the store has no such entry")
	// ErrDown says that the store did not answer.
	ErrDown = errors.New("auth: the store does not answer")
)

// The reasons of a decision. Only those that start with OK accept, except
// that a logout is accepted with any reason but the last four.
const (
	ReasonOK            Reason = iota
	ReasonOKLeeway             // accepted only because of the leeway
	ReasonOKGrace              // a used refresh token, accepted within the reuse grace
	ReasonOKUnchecked          // accepted although the store did not answer: it may have been revoked
	ReasonNoCredential         // nothing was presented
	ReasonMalformed            // not a token or session id, or a token for another use
	ReasonAlg                  // the token's alg is not the pinned one
	ReasonBadSignature         // the key of that id is known here, the signature is not its
	ReasonUnknownKey           // no key of that id here
	ReasonExpired              // exp is past
	ReasonNotYet               // iat or nbf is ahead
	ReasonUnknownSess          // this node's store does not know the session (or family)
	ReasonSessionIdle          // known, but past its idle or absolute life
	ReasonRevoked              // on the blacklist, or the family is revoked
	ReasonReused               // a refresh token that was already rotated
	ReasonStoreDown            // the store did not answer
	ReasonMisconfigured        // the node refuses everybody; the caller decides that
	ReasonBadPassword          // login refused; the caller decides that
	ReasonOverload             // no capacity left; the caller decides that
	ReasonUserRevoked          // all that the user has is revoked, whenever it was issued
	ReasonIssuedBefore         // issued before all that the user had was revoked

	numReasons = iota
)

var reasonWords = [numReasons]string{
	ReasonOK:            "ok",
	ReasonOKLeeway:      "ok_leeway",
	ReasonOKGrace:       "ok_grace",
	ReasonOKUnchecked:   "ok_unchecked",
	ReasonNoCredential:  "no_credential",
	ReasonMalformed:     "malformed",
	ReasonAlg:           "alg_refused",
	ReasonBadSignature:  "bad_signature",
	ReasonUnknownKey:    "unknown_kid",
	ReasonExpired:       "expired",
	ReasonNotYet:        "not_yet_valid",
	ReasonUnknownSess:   "unknown_session",
	ReasonSessionIdle:   "session_expired",
	ReasonRevoked:       "revoked",
	ReasonReused:        "refresh_reused",
	ReasonStoreDown:     "store_down",
	ReasonMisconfigured: "misconfigured",
	ReasonBadPassword:   "bad_credentials",
	ReasonOverload:      "overload",
	ReasonUserRevoked:   "user_revoked",
	ReasonIssuedBefore:  "issued_before",
}

// String gives the word that logs and histories use.
func (r Reason) String() string {
	if int(r) < len(reasonWords) {
		return reasonWords[r]
	}
	return "invalid"
}
