package auth

import "time"

// All times are offsets from the run's start on the clock of the node that
// decides; the caller passes them in. IDs are opaque numbers; the caller's
// [IDs] draws them.
type (
	// UserID is a user, 1-based; 0 is nobody.
	UserID uint32
	// SessionID is a server-side session or a refresh-token family. 0 is none.
	SessionID uint64
	// TokenID is a token's jti (RFC 7519 section 4.1.7). 0 is none.
	TokenID uint64
)

// Kind says how a login is remembered.
type Kind uint8

// The kinds of session.
const (
	Stateful  Kind = iota // a session id looked up in [Sessions]
	Stateless             // signed access and refresh tokens
)

// Revocation says what a logout leaves behind, for tokens.
type Revocation uint8

// The kinds of revocation.
const (
	RevokeNothing   Revocation = iota
	RevokeBlacklist            // the access token's id is put on [Blacklist] (local or shared: the caller's choice), the family revoked
	RevokeRefresh              // only the family is revoked: access tokens run out by themselves
	RevokeUser                 // everything of the user's is refused from now on, whenever it was issued, and the family revoked
	RevokeNotBefore            // everything of the user's that was issued before now is refused, and the family revoked
)

// Config is what all nodes of a system share.
type Config struct {
	Kind       Kind
	Idle       time.Duration // Stateful: life since the last use; 0: no limit
	Absolute   time.Duration // Stateful: life since login; 0: no limit
	AccessTTL  time.Duration
	RefreshTTL time.Duration // 0: no refresh tokens are issued
	Rotation   bool          // a refresh token is used once; reuse revokes the family (RFC 9700 section 4.14.2)
	ReuseGrace time.Duration
	Leeway     time.Duration // allowed on exp, nbf and iat (RFC 7519 section 4.1.4)
	Revocation Revocation
	FailOpen   bool // a page's access token is accepted unchecked while the store of revocations does not answer
}

// Use says what a token is for.
type Use uint8

// The uses of a token.
const (
	Access Use = iota
	Refresh
)

// Claims is what a token says. Times are offsets from the run's start on the
// issuer's clock; a [Keys] that writes real tokens adds the epoch.
type Claims struct {
	User    UserID
	Family  SessionID
	ID      TokenID
	Gen     uint32 // Refresh: how many rotations came before
	Use     Use
	Issued  time.Duration // iat and nbf
	Expires time.Duration // exp
}

// Token is a signed token: Text on a real wire, or Claims and Kid themselves
// in virtual time. The zero Token is no token.
type Token struct {
	Text   string
	Claims Claims
	Kid    uint32
	Secret uint32 // virtual time: which secret signed it; see [Symbolic]
}

// Signature is the outcome of checking a token's form and signature.
type Signature uint8

// The outcomes of a signature check.
const (
	Valid Signature = iota
	Malformed
	AlgRefused   // the header's alg is not the pinned one ("none" included)
	BadSignature // the key of that id is known, the signature is not its
	UnknownKey   // no key of that id
)

// Checked is what [Keys.Open] found. Claims are those the token asserts, true
// or not, as far as they can be read.
type Checked struct {
	Signature Signature
	Claims    Claims
	Kid       string // of the token's header
	KeyFP     string // fingerprint of the key that was tried; public knowledge
}

// Keys signs and opens tokens.
type Keys interface {
	Sign(c Claims) (t Token, kid, keyFP string)
	Open(t Token) Checked
}

// Sessions remembers sessions, on the node or shared. The errors are
// [ErrUnknown] and [ErrDown], or wrap them. Save is for a login; Touch writes
// only a session that is still known, so that a page in flight cannot bring
// back what a logout has just deleted. Delete of an unknown session is
// ErrUnknown.
type Sessions interface {
	Load(id SessionID) (Session, error)
	Save(id SessionID, s Session) error
	Touch(id SessionID, s Session) error
	Delete(id SessionID) error
}

// Session is a stateful login. Times are by the clock of the node that wrote.
type Session struct {
	User    UserID
	Created time.Duration
	Seen    time.Duration
	Expires time.Duration // when it ends unless it is used again; 0: never
}

// Families remembers the state of refresh-token families. Rotate must be
// atomic: of two calls with one generation, one rotates, and a reuse revokes
// the family in the same step. A generation that the store has not reached
// yet (its state is older than the token) is [ErrUnknown], as is an unknown
// family for every method but Create.
type Families interface {
	Create(id SessionID, user UserID, expires time.Duration) error
	Rotate(id SessionID, gen uint32, now, grace time.Duration) (Rotation, error)
	Revoke(id SessionID) error
	Revoked(id SessionID) (bool, error)
}

// Rotation is the outcome of using a refresh token.
type Rotation uint8

// The outcomes of [Families.Rotate].
const (
	Rotated Rotation = iota // gen was current; gen+1 is now
	InGrace                 // gen is the one before the current, rotated less than grace ago
	Reused                  // gen was rotated before: theft, or a race; the family is revoked now
	Dead                    // the family is revoked
)

// Blacklist remembers revoked access tokens until they expire.
type Blacklist interface {
	Add(id TokenID, until time.Duration) error
	Contains(id TokenID) (bool, error)
}

// Cutoffs remembers when all that a user had was revoked: the latest time, by
// the clock of the node that did it, for as long as what was issued before then
// may live.
type Cutoffs interface {
	Cut(user UserID, at, until time.Duration) error
	CutAt(user UserID) (at time.Duration, was bool, err error)
}

// IDs draws ids that nobody can guess.
type IDs interface {
	NewID() uint64
}

// Op is what a request asks for.
type Op uint8

// The operations.
const (
	Login Op = iota
	Page
	Renew // use of a refresh token
	Logout
)

// Request is a request as far as deciding it goes.
type Request struct {
	Op      Op
	User    UserID // Login: who; the password has been checked
	Session SessionID
	Access  Token
	Refresh Token

	Unreadable bool // something was presented for Session, but it is no session id
}

// Decision is the outcome of a request, with the grounds for it.
type Decision struct {
	Accept  bool
	Reason  Reason
	User    UserID
	Session SessionID // presented: session or token family
	Token   TokenID   // presented
	Kid     string
	KeyFP   string
	ExpIn   time.Duration // exp minus now, of the token that decided
	IatIn   time.Duration // iat (or nbf) minus now
	CutIn   time.Duration // when all that the user had was revoked, minus now; 0: it was not, or nobody looked
	Leeway  time.Duration
	Ended   bool // Logout: what was presented is refused from now on, here at least
}

// Grant is what a login or a renewal issues.
type Grant struct {
	Session   SessionID // Stateful: the id; Stateless: the family
	Access    Token
	Refresh   Token
	AccessID  TokenID
	RefreshID TokenID
	ExpiresIn time.Duration // of Access; Stateful: of the session, 0: never
	Kid       string
	KeyFP     string

	RefreshExpiresIn time.Duration // of Refresh
}

// Reason says why. String gives the words that logs and histories use.
type Reason uint8
