package oracle

import "github.com/logoutlab/logoutlab/harness/history"

// The causes. The rules that tell them are in the package's documentation.
const (
	ClockSkew        = "clock_skew"
	TokenExpired     = "token_expired"
	SessionExpired   = "session_expired"
	RefreshRace      = "refresh_race"
	RefreshLost      = "refresh_lost"
	KeyMismatch      = "key_mismatch"
	KeyRetired       = "key_retired"
	SessionNotOnNode = "session_not_on_node"
	SessionLost      = "session_lost"
	StoreDown        = "store_down"
	StoreEvicted     = "store_evicted"
	ConnectionCut    = "connection_cut"
	DrainMissing     = "drain_missing"
	RevokedElsewhere = "revoked_elsewhere"
	RevocationMissed = "revocation_missed"
	LockedOut        = "lockout"
	CookieRejected   = "cookie_rejected"
	CookieShadowed   = "cookie_shadowed"
	StorageEvicted   = "storage_evicted"

	CookieNotSentDomain   = "cookie_not_sent.domain"
	CookieNotSentPath     = "cookie_not_sent.path"
	CookieNotSentSecure   = "cookie_not_sent.secure"
	CookieNotSentSameSite = "cookie_not_sent.samesite"

	CredentialMalformed = "credential_malformed"
	Cached401           = "cached_401"
	CachedOtherUser     = "cached_other_user"
	ForgedToken         = "forged_token"
	Overload            = "overload"
	NodeMisconfig       = "node_misconfigured"
	Unexplained         = "unexplained" // a defect of logoutlab, to be driven to zero
)

// Causes lists all causes, in the order of the constants.
func Causes() []string {
	return []string{
		ClockSkew, TokenExpired, SessionExpired, RefreshRace, RefreshLost, KeyMismatch, KeyRetired,
		SessionNotOnNode, SessionLost, StoreDown, StoreEvicted, ConnectionCut, DrainMissing,
		RevokedElsewhere, RevocationMissed, LockedOut,
		CookieNotSentDomain, CookieNotSentPath, CookieNotSentSecure, CookieNotSentSameSite, CookieRejected, CookieShadowed,
		StorageEvicted, CredentialMalformed,
		Cached401, CachedOtherUser, ForgedToken, Overload, NodeMisconfig, Unexplained,
	}
}

// InWordsOf says what a cause means where one node is at fault, as the end of
// "because ...".
func InWordsOf(cause, node string) string {
	switch {
	case node == "":
	case cause == ClockSkew:
		return "the clock of " + node + " is wrong"
	case cause == KeyMismatch:
		return node + " signs with another key"
	case cause == SessionLost:
		return node + ", which held the session, died or restarted"
	case cause == DrainMissing:
		return node + " stopped and cut the requests under way"
	case cause == ForgedToken:
		return node + " accepts tokens that anybody can sign"
	case cause == NodeMisconfig:
		return node + " refused everybody"
	case cause == Overload:
		return node + " had more to do than it could"
	case cause == RevocationMissed:
		return node + " forgot the revocation when it restarted"
	}
	return InWords(cause)
}

// InWords says what a cause means, as the end of "because ...". It returns
// the cause itself if it is none of the constants.
func InWords(cause string) string {
	switch cause {
	case ClockSkew:
		return "the nodes' clocks disagree"
	case TokenExpired:
		return "the token ran out and was not renewed"
	case SessionExpired:
		return "the session's idle or absolute life is shorter than what users are promised"
	case RefreshRace:
		return "two renewals used the same refresh token"
	case RefreshLost:
		return "the renewal failed on the network and the client gave up"
	case KeyMismatch:
		return "the nodes sign with different keys"
	case KeyRetired:
		return "the key was rotated while tokens signed with the old one were in use"
	case SessionNotOnNode:
		return "the session is known on another node only"
	case SessionLost:
		return "the node that held the session died or restarted"
	case StoreDown:
		return "the session store did not answer"
	case StoreEvicted:
		return "the store had lost what the login or logout left in it"
	case ConnectionCut:
		return "a request died with its connection and was not repeated"
	case DrainMissing:
		return "a stopping node cut the requests under way"
	default:
		return moreWords(cause)
	}
}

func moreWords(cause string) string {
	switch cause {
	case RevokedElsewhere:
		return "the revocation was known on one node and not on the others"
	case RevocationMissed:
		return "the logout had no effect on what served the page"
	case LockedOut:
		return "the user is refused although they have logged in again with the right password"
	case CookieNotSentDomain:
		return "the cookie is for another host, so that the browser did not send it"
	case CookieNotSentPath:
		return "the cookie is for other paths, so that the browser did not send it"
	case CookieNotSentSecure:
		return "the cookie is Secure and the page is at http, so that the browser did not send it"
	case CookieNotSentSameSite:
		return "another site led to the page, so that the browser did not send the cookie (SameSite)"
	case CookieRejected:
		return "the client did not keep the cookie that the login set"
	case CookieShadowed:
		return "the browser sends an older cookie of the same name first"
	case StorageEvicted:
		return "the app had lost its token, or could not read it, when it was started again"
	case CredentialMalformed:
		return "a node could not read what the client presented"
	case Cached401:
		return "a cache repeated an old rejection"
	case CachedOtherUser:
		return "a cache served another user's answer"
	case ForgedToken:
		return "the nodes accept tokens that anybody can sign"
	case Overload:
		return "the nodes had more to do than they could, or they or the network were too slow to answer in time"
	case NodeMisconfig:
		return "a node refused everybody"
	case Unexplained:
		return "of something that logoutlab cannot tell from the evidence"
	}
	return cause
}

// plainCause is the cause of a rejection whose reason says it all; "" if more
// evidence is needed.
func plainCause(reason string) string {
	switch reason {
	case history.ReasonStoreDown:
		return StoreDown
	case history.ReasonMisconfigured:
		return NodeMisconfig
	case history.ReasonOverload:
		return Overload
	}
	return ""
}
