package history

import "time"

//go:generate go run github.com/mailru/easyjson/easyjson -no_std_marshalers event.go

// Schema is the version of the history's line format. A reader refuses any
// other version. Within a version, fields and the words in them may be added,
// which an older reader skips or cannot explain; a new event [Type], without
// which it would judge amiss, needs a new version.
const Schema = 1

// Type says what an [Event] records.
type Type string

// The event types. Clients write Begin, Response and Action; app nodes write
// Decision and Node; the balancer writes Route; faults write Fault; the run
// itself writes End, which is missing when the run was killed.
const (
	Begin    Type = "begin"    // a user starts an action
	Response Type = "response" // a client has the answer to one request, or an error in its place
	Action   Type = "action"   // a user's action is over: what the user was shown
	Decision Type = "decision" // an app node accepted or rejected a request
	Node     Type = "node"     // an app node came up, is stopping, or went down, by its own word
	Route    Type = "route"    // the balancer's attempt at a node failed
	Fault    Type = "fault"    // a fault was injected, took effect, or was taken back
	End      Type = "end"      // the run is over: the last event; carries the load generator's own figures
)

func (t Type) known() bool {
	switch t {
	case Begin, Response, Action, Decision, Node, Route, Fault, End:
		return true
	}
	return false
}

// Event is one line of a history. At is the offset from the run's start on
// the harness's own clock, in nanoseconds. Which other fields are set depends
// on Type; zero values are left out of the line.
//
// Nothing secret is in an event: sessions and tokens appear as short one-way
// references (see [Ref]).
//
//easyjson:json
type Event struct {
	At   time.Duration `json:"at"`
	Type Type          `json:"t,intern"`

	User   int    `json:"u,omitempty"`        // 1-based; 0 is nobody
	Action int    `json:"a,omitempty"`        // 1-based action number, unique in the run
	Kind   string `json:"k,omitempty,intern"` // Begin, Action: one of the Kind constants
	Req    int    `json:"r,omitempty"`        // request number, unique in the run; joins Response, Decision and Route
	Op     string `json:"op,omitempty,intern"`

	// Response: what the client saw. Sent is when the request left.
	Sent     time.Duration `json:"sent,omitempty"`
	Path     string        `json:"path,omitempty,intern"`
	Status   int           `json:"status,omitempty"`
	Err      string        `json:"err,omitempty,intern"`  // one of the Err constants; also on Route
	Body     string        `json:"body,omitempty,intern"` // one of the Body constants
	Identity int           `json:"id,omitempty"`          // the user whose data the answer shows
	Location string        `json:"loc,omitempty,intern"`
	Age      int           `json:"age,omitempty"`           // Age header, seconds
	Hit      bool          `json:"hit,omitempty"`           // Cache-Status (RFC 9211) or X-Cache says: hit
	Date     int64         `json:"date,omitempty"`          // Date header, Unix seconds
	Set      []string      `json:"set,omitempty"`           // names of cookies set by the answer
	Clear    []string      `json:"clear,omitempty"`         // names of cookies expired by the answer
	Replay   int           `json:"replay,omitempty"`        // which attempt of the same request this was; 0 is the first
	Origin   string        `json:"origin,omitempty,intern"` // where it went, such as https://www.example.test; "": to the one host that there is

	// Response: cookies that the browser holds and did not send, or sent behind
	// another one. Action: cookies that answers set and the browser did not keep.
	Cookies []Cookie `json:"cookies,omitempty"`

	// Action: what the user was left with.
	Shown     string `json:"shown,omitempty,intern"`  // one of the Shown constants
	LoggedOut bool   `json:"out,omitempty"`           // the client dropped its credentials
	GaveUp    string `json:"gaveup,omitempty,intern"` // one of the GaveUp constants
	Read      string `json:"read,omitempty,intern"`   // one of the Read constants: what an app found that was started again since the last action
	After     string `json:"after,omitempty,intern"`  // one of the After constants: why it was
	Held      string `json:"held,omitempty"`          // reference of the session or token family that the action presented or received

	// Decision and Node: the app node's own word.
	Node    string        `json:"n,omitempty,intern"` // also Route ("": the balancer does not say), Fault
	Boot    int           `json:"boot,omitempty"`
	Accept  bool          `json:"ok,omitempty"`
	Reason  string        `json:"why,omitempty,intern"` // one of the Reason constants; of a Node that crashed too
	Clock   time.Duration `json:"clock,omitempty"`      // the node's own clock at the decision, as an offset from the run's start
	Session string        `json:"sid,omitempty"`        // session or token family presented
	Token   string        `json:"jti,omitempty"`        // token presented
	Kid     string        `json:"kid,omitempty,intern"` // key id in the presented token's header
	KeyFP   string        `json:"key,omitempty,intern"` // fingerprint of the key that this node would verify it with (or, on issue, signed with; on Node, signs with)
	ExpIn   time.Duration `json:"exp_in,omitempty"`     // exp minus the node's clock; negative: expired
	IatIn   time.Duration `json:"iat_in,omitempty"`     // iat (or nbf, the later) minus the node's clock; positive: in the future
	CutIn   time.Duration `json:"cut_in,omitempty"`     // when all that the user had was revoked, by the clock of the node that did it, minus this node's clock
	Leeway  time.Duration `json:"leeway,omitempty"`
	Ended   bool          `json:"ended,omitempty"`        // a logout: what was presented is refused from now on, on this node at least
	Issued  string        `json:"new,omitempty"`          // session or token family that this decision issued
	NewTok  string        `json:"new_jti,omitempty"`      // access token that it issued
	NewRT   string        `json:"new_rt,omitempty"`       // refresh token that it issued
	State   string        `json:"state,omitempty,intern"` // Node, Route: one of the State constants; Fault: one of the Phase constants

	// Fault.
	Fault  string `json:"fault,omitempty"` // the fault's name
	Index  int    `json:"i,omitempty"`     // its position in the variant's list
	Params Params `json:"params,omitempty"`

	// End.
	Events int   `json:"events,omitempty"` // how many events the history has, this one included; written by [Recorder]
	Load   *Load `json:"load,omitempty"`

	// Sum is the CRC-32C of all that the history says before this field, header
	// included; written by [Recorder], of an End event. It stays the last field.
	Sum uint32 `json:"sum,omitempty"`
}

// Cookie is what a browser's jar made of a cookie.
//
//easyjson:json
type Cookie struct {
	Name string `json:"name,intern"`
	Why  string `json:"why,intern"` // one of the Cookie constants
}

// Load is what the load generator itself measured: the view of a plain load
// tool, to be set beside the verdicts. Latencies are in milliseconds.
//
//easyjson:json
type Load struct {
	Hits         int           `json:"hits"`
	SuccessRatio float64       `json:"success_ratio"` // share of hits with a status of 200-399
	P50          float64       `json:"p50"`
	P95          float64       `json:"p95"`
	P99          float64       `json:"p99"`
	PlannedRate  float64       `json:"planned_rate"`   // actions per second
	AchievedRate float64       `json:"achieved_rate"`  // actions per second
	MaxLag       time.Duration `json:"max_lag"`        // how late the latest action started
	Late         time.Duration `json:"late,omitempty"` // how late actions began on average, waiting for the same user's last one included
	Interrupted  bool          `json:"interrupted,omitempty"`
	Store        *StoreUse     `json:"store,omitempty"` // nil: nodes share no store, or nobody counted
}

// StoreUse is what nodes asked of the store that they share.
type StoreUse struct {
	Commands int `json:"commands"`
	Bytes    int `json:"bytes"` // of the keys and entries in them, without the protocol's own
}

// What a user does (Event.Kind).
const (
	KindLogin  = "login"
	KindPage   = "page"
	KindLogout = "logout"
	KindReplay = "replay" // a copy of the credentials kept from before the logout opens a page
	KindForge  = "forge"  // somebody else asks for a page with tokens in the user's name that no node issued
)

// What a request asks for (Event.Op).
const (
	OpLogin     = "login"
	OpPage      = "page"
	OpRefresh   = "refresh"
	OpLogout    = "logout"
	OpLoginForm = "login_form" // GET of the login page, after a redirect to it
)

// How a request ended without an answer (Event.Err).
const (
	ErrRefused = "refused" // connection refused: nothing was sent
	ErrReset   = "reset"   // connection reset or closed after the request may have been sent
	ErrTimeout = "timeout"
	ErrOther   = "other"
)

// The rules by which a browser does not keep a cookie, or does not send it
// (Cookie.Why; RFC 6265bis sections 5.7 and 5.8.3).
const (
	CookieDomain   = "domain"   // it is for another host; or the host that sets it may not set it for that Domain
	CookiePath     = "path"     // it is for other paths
	CookieSecure   = "secure"   // it is Secure, and the way is http; or it is SameSite=None without Secure
	CookieSameSite = "samesite" // another site made the request
	CookiePrefix   = "prefix"   // its name, __Secure- or __Host-, demands more
	CookieOverlays = "overlays" // it would hide a Secure cookie, and came by http
	CookieShadowed = "shadowed" // sent, but behind another one of the same name
)

// What an answer's body is (Event.Body).
const (
	BodyPage   = "page"
	BodyLogin  = "login" // the login form, whatever the status
	BodyTokens = "tokens"
	BodyError  = "error"
)

// What the user sees when an action is over (Event.Shown).
const (
	ShownPage  = "page"
	ShownLogin = "login" // the login page, or the client's own "please log in"
	ShownError = "error"
	ShownDone  = "done" // a login or logout that went through
)

// Why a client stopped trying (Event.GaveUp).
const (
	GaveUpRejected        = "rejected"         // the request was refused and the client has no way to renew
	GaveUpRefreshRejected = "refresh_rejected" // the renewal was refused
	GaveUpRefreshNetwork  = "refresh_network"  // the renewal met a network error or a 5xx
	GaveUpNetwork         = "network"          // a request met a network error or a 5xx
	GaveUpNoCredential    = "no_credential"    // the client found nothing to present
	GaveUpStorage         = "storage"          // an app was started again and found no token in its storage
)

// What an app on a phone found in its storage (Event.Read) when it was started
// again.
const (
	ReadFound      = "found"
	ReadUnreadable = "unreadable" // it is there, but not to be read at present
	ReadGone       = "gone"
)

// Why an app was started again (Event.After).
const (
	AfterMemoryPressure = "memory_pressure" // the system needed room
	AfterOSUpdate       = "os_update"       // the phone has a new system
	AfterLockedStart    = "locked_start"    // in the background, while the phone was locked
	AfterReboot         = "reboot"          // before the phone was unlocked for the first time
)

// Why a node decided as it did (Event.Reason).
const (
	ReasonOK            = "ok"
	ReasonOKLeeway      = "ok_leeway"       // accepted only because of the leeway
	ReasonOKGrace       = "ok_grace"        // a used refresh token accepted within the reuse grace
	ReasonOKUnchecked   = "ok_unchecked"    // accepted although the store did not answer: it may have been revoked
	ReasonNoCredential  = "no_credential"   // nothing was presented
	ReasonMalformed     = "malformed"       // not a token or session id at all
	ReasonAlg           = "alg_refused"     // the token's alg is not the pinned one
	ReasonBadSignature  = "bad_signature"   // known or missing key id, wrong signature
	ReasonUnknownKey    = "unknown_kid"     // no key with that id here
	ReasonExpired       = "expired"         // exp is past
	ReasonNotYet        = "not_yet_valid"   // iat or nbf is ahead
	ReasonUnknownSess   = "unknown_session" // this node's store does not know the session (or family)
	ReasonSessionIdle   = "session_expired" // known, but past its idle or absolute life
	ReasonRevoked       = "revoked"         // on the blacklist, or the family is revoked
	ReasonReused        = "refresh_reused"  // a refresh token that was already rotated
	ReasonStoreDown     = "store_down"      // the store did not answer
	ReasonMisconfigured = "misconfigured"   // the node refuses everybody (bad deploy)
	ReasonBadPassword   = "bad_credentials" // login refused
	ReasonOverload      = "overload"        // no capacity left
	ReasonUserRevoked   = "user_revoked"    // all that the user has is revoked, whenever it was issued
	ReasonIssuedBefore  = "issued_before"   // issued before all that the user had was revoked
)

// Event.State of a Node event, and of a Route event without Err: what the
// balancer takes the node for.
const (
	StateUp       = "up"       // serving; Boot says which start this is, memory is empty
	StateStopping = "stopping" // was told to stop
	StateDown     = "down"     // stopped by itself (a killed node says nothing); Route: its checks fail
	StateDraining = "draining" // Route: only requests under way may finish
	StateCrashed  = "crashed"  // Node: its process died by itself, of what Reason says, with all that it had; its machine's word, not its own

	// Route without a node: the balancer itself.
	StateReloading = "reloading" // it is told to read its configuration again
	StateReloaded  = "reloaded"  // it has, and what was known to it before is forgotten
)

// Event.State of a Fault event: the life of a fault.
const (
	PhaseInject    = "inject"
	PhaseEffective = "effective"
	PhaseRecover   = "recover"
)
