package client

import "time"

// Value is an opaque credential: Text on a real wire, or Ref in virtual time.
// The zero Value is none.
type Value struct {
	Text string
	Ref  uint64
}

// Config is how a client behaves.
type Config struct {
	Kind           Kind
	Refresh        RefreshPolicy
	OnUnauthorized bool // renew after a 401
	OnExpiry       bool // renew when the own clock says that the token ends within Margin
	Margin         time.Duration
	Retry          bool // repeat pages and logouts after transport errors and 502-504, and pages after a 401 that outlives a renewal
	RetryMax       int
	Backoff        time.Duration // before the first retry; doubles
	LogoutOnError  bool          // a network error or 5xx ends the login in the client's eyes (the naive client)
	Requests       int           // parallel requests a page, at least 1
	User           int           // who uses it, 1-based: any other identity shown is foreign
	Storage        Storage       // of an app on a phone
	AwaitUnlock    bool          // an app that cannot read its storage tries again when it is opened, in place of taking that for the end of the login
	Hosts          Hosts
	Prefix         string      // of the names of the application's cookies, such as __Host-
	Kept           []SetCookie // cookies that the jar holds from before the run, set by Hosts.Home
	Epoch          time.Time   // wall clock at the run's start, which Expires is read against; zero: the Unix epoch
}

// Hosts is where a browser finds the application. The zero Hosts is one host,
// a developer's own machine, whose cookies nothing keeps from being sent.
type Hosts struct {
	Home       Origin // of the login, and of pages
	Other      Origin // of every OtherEvery-th page
	OtherEvery int    // 0: no page
	SignIn     Origin // of the identity provider whose form a login comes back from; zero: the application has a form of its own
}

// Kind is the kind of client.
type Kind uint8

// The kinds of client.
const (
	Browser Kind = iota // cookies in a jar; follows redirects to the login page
	SPA                 // bearer tokens in memory, answers as JSON
)

// RefreshPolicy says how a client renews an access token.
type RefreshPolicy uint8

// The refresh policies.
const (
	NoRefresh    RefreshPolicy = iota
	Naive                      // every request that needs it renews by itself
	SingleFlight               // one renewal at a time, the others wait for it
)

// ActionKind is what the user does.
type ActionKind uint8

// The kinds of action.
const (
	Login ActionKind = iota
	Page
	Logout
	Replay // a copy of the credentials, kept from before the latest logout, opens a page
	Forge  // somebody else opens a page, with tokens that were never issued
)

// Action is one thing that the user does.
type Action struct {
	ID   int
	Kind ActionKind
	Page int

	Forged []Value // Forge: the tokens that are tried, one after the other
}

// Op is what a request asks for.
type Op uint8

// The operations.
const (
	OpLogin Op = iota
	OpPage
	OpRefresh
	OpLogout
	OpLoginForm
	OpHome // the page that a sign-in at an identity provider leads to
)

// Request is a request to send, after Wait. Its credentials are those held
// when the client decided to send it.
type Request struct {
	Seq     int // identifies the request within this client
	Action  int
	Op      Op
	Page    int
	Part    int // which of the page's parallel requests, 0-based
	Attempt int // 0 is the first
	Wait    time.Duration
	Way     *Way     // nil: to the one host that there is, with all cookies of the jar
	Cookies []Cookie // to present (Browser)
	Bearer  Value    // access token to present (SPA)
	Refresh Value    // refresh token to present in the body (SPA)
}

// Way is where a request goes, and what that means for its cookies. It is never
// written to.
type Way struct {
	To    Origin // zero: the one host that there is
	Fates []Fate // of cookies that are held and not presented, or behind others
}

// Cookie is a name and value to present.
type Cookie struct {
	Name  string
	Value Value
}

// SetCookie is a Set-Cookie header (RFC 6265bis section 5.6), read.
type SetCookie struct {
	Name, Path, Domain string
	Value              Value
	MaxAge             time.Duration // valid if HasMaxAge; 0 or less expires it
	HasMaxAge          bool
	Expires            time.Time // the zero time: none; Max-Age goes before it
	Secure, HTTPOnly   bool
	SameSite           string // "", "Strict", "Lax", "None"
}

// Failure is how a request ended without an answer.
type Failure uint8

// The failures.
const (
	NoFailure Failure = iota
	Refused           // nothing was sent
	Reset             // may have been sent
	Timeout
)

// Body is what an answer's body is.
type Body uint8

// The bodies.
const (
	BodyOther Body = iota
	BodyPage
	BodyLogin
	BodyTokens
)

// Response is an answer, or the failure in its place.
type Response struct {
	Seq       int
	Failure   Failure
	Status    int
	Body      Body
	ToLogin   bool // a redirect whose Location is the login page
	Identity  int  // the user whose data it shows; 0: none
	Set       []SetCookie
	Access    Value // BodyTokens
	Refresh   Value
	ExpiresIn time.Duration
}

// Shown is what the user is left looking at.
type Shown uint8

// What can be shown.
const (
	ShownPage Shown = iota
	ShownLogin
	ShownError
	ShownDone // a login or logout went through
)

// GaveUp says why the client stopped trying.
type GaveUp uint8

// The reasons to give up.
const (
	NotGivenUp GaveUp = iota
	Rejected
	RefreshRejected
	RefreshNetwork
	Network
	NoCredential
	StorageLost // the app was started again and found no token, or could not read it
)

// Step is what to do next: requests to send, and the actions that are over.
// It may hold neither, while answers are awaited. The client never writes to
// a Step again once it has handed it out.
type Step struct {
	Send     []Request
	Outcomes []Outcome
}

// Outcome is how an action ended.
type Outcome struct {
	Action    int
	Shown     Shown
	Identity  int  // of the pages that came; a foreign identity among parallel parts wins
	Status    int  // of the answer that decided
	LoggedOut bool // the client has no login (any more) when the action is over, whatever took it
	GaveUp    GaveUp
	Fates     []Fate  // cookies that answers set and that were not kept
	Read      Read    // what the app, started again since the last action, found in its storage
	After     Restart // why it was
}
