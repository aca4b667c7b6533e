package oracle

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// Verdict says how an action came out for its user.
type Verdict string

// The verdicts.
const (
	OK             Verdict = "ok"
	SpuriousLogout Verdict = "spurious_logout" // logged out although promised to be in
	GhostSession   Verdict = "ghost_session"   // accepted after the logout
	WrongIdentity  Verdict = "wrong_identity"  // shown somebody else's data
	Lockout        Verdict = "lockout"         // cannot log in with the right password
	Error          Verdict = "error"           // a transport error or 5xx shown to the user
	Unknown        Verdict = "unknown"         // overlaps a boundary, or cannot be told
)

// Counts counts actions by verdict.
type Counts struct {
	OK, SpuriousLogout, GhostSession, WrongIdentity, Lockout, Error, Unknown int
}

// Judgement is all that judging a history finds.
type Judgement struct {
	Verdicts Counts
	Actions  int       // judged: all that began
	Findings []Finding // one per action whose verdict is not ok, by time of judging
	Affected []int     // users with a spurious logout, ghost, wrong identity or lockout, ascending
	Harmed   int       // how many those are, also where nobody lists them
	Sums     *Sums     // of all findings, where Findings has only some of them; else nil

	// How often each cause was told.
	Causes         map[string]int // of spurious logouts
	GhostCauses    map[string]int // of ghost sessions
	IdentityCauses map[string]int // of wrong identities
	LockoutCauses  map[string]int

	// The denominators.
	ValidActions    int    // pages opened by users who should be logged in, with a definite verdict
	Valid           Counts // the verdicts of the ValidActions
	PageViews       int    // pages opened by anybody, with copies and forged tokens too, with a definite verdict
	UsesAfterLogout int    // replays of ended credentials, and pages accepted after a logout, with a definite verdict
	Logins          int    // with a definite verdict

	Exposure Exposure // of credentials after their logout
	Forged   int      // attempts with forged tokens that came in or were refused

	Requests  int // answered or failed, as the clients counted them
	Successes int // of them, with a status of 200-399: what a plain load tool calls success
	Nodes     []NodeCount
	Series    Series
	Stories   []Story // the first finding of each cause that has one

	Load     *history.Load // of the End event; nil if the run was killed
	Complete bool          // the history has its End event
	Last     time.Duration // the latest moment recorded
}

// Exposure is how long after a logout credentials were seen to be accepted, as
// far as they were tried: a lower bound, whatever an architecture promises.
type Exposure struct {
	Tried    int           // logouts after which the credentials were used again
	Accepted int           // of them, those where they were accepted at least once
	Total    time.Duration // from each logout's answer to the latest use that was accepted
}

// Finding is one action whose verdict is not ok.
type Finding struct {
	Action   int
	User     int
	Kind     string // a history.Kind constant
	Req      int    // the request that decided; 0: none
	At       time.Duration
	Verdict  Verdict
	Cause    string // a cause constant; "" for unknown verdicts
	Node     string // that decided, if one did
	Reason   string // its reason, a history.Reason constant
	Culprit  string // the node at fault, if the evidence names one
	Evidence []string
}

// NodeCount counts a node's decisions.
type NodeCount struct {
	Name       string
	Requests   int
	Rejections int
}

// Series is the run over time. Bucket i covers [i*Width, (i+1)*Width).
type Series struct {
	Width   time.Duration
	Buckets []Bucket
}

// Bucket counts what happened in one stretch of time. Nodes has the order of
// Judgement.Nodes.
type Bucket struct {
	Verdicts Counts
	Logins   int            // that were over then
	Spurious map[string]int // by cause; nil if there were none
	Ghosts   map[string]int // so are these
	Foreign  map[string]int // wrong identities
	Nodes    []NodeCount
}

// Story is what a user's clients and the nodes recorded from the login that
// created the session up to what was found.
type Story struct {
	Finding Finding
	Events  []history.Event // by time
	Omitted int             // events between the login and the latest that were not kept
}

// Add counts one verdict.
func (c *Counts) Add(v Verdict) {
	switch v {
	case OK:
		c.OK++
	case SpuriousLogout:
		c.SpuriousLogout++
	case GhostSession:
		c.GhostSession++
	case WrongIdentity:
		c.WrongIdentity++
	case Lockout:
		c.Lockout++
	case Error:
		c.Error++
	default:
		c.Unknown++
	}
}

// Total is the number of all actions counted.
func (c Counts) Total() int {
	return c.OK + c.SpuriousLogout + c.GhostSession + c.WrongIdentity + c.Lockout + c.Error + c.Unknown
}
