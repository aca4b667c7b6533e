package result

import (
	"encoding/json"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// Schema is the version of the contract.
const Schema = 1

// Outcome says whether a variant did as expected.
type Outcome string

// The outcomes. Unknown covers vacuous and unfinished runs.
const (
	Pass    Outcome = "pass"
	Fail    Outcome = "fail"
	Unknown Outcome = "unknown"
)

// Result is what one run of one variant found.
type Result struct {
	Schema         int                       `json:"schema"`
	Version        string                    `json:"version"`
	Scenario       string                    `json:"scenario"`
	Variant        string                    `json:"variant"`
	Title          string                    `json:"title"`
	Substrate      string                    `json:"substrate"`
	Seed           uint64                    `json:"seed"`
	PlanDigest     string                    `json:"plan_digest"`
	Compress       float64                   `json:"compress"`
	Started        time.Time                 `json:"started"`
	DurationS      float64                   `json:"duration_s"` // on the run's own clock
	Actions        int                       `json:"actions"`
	Requests       int                       `json:"requests"`
	Verdicts       Verdicts                  `json:"verdicts"`
	Rates          Rates                     `json:"rates"`
	Causes         map[string]int            `json:"causes"`       // of spurious logouts
	GhostCauses    map[string]int            `json:"ghost_causes"` // of ghost sessions
	Ghosts         Ghosts                    `json:"ghosts"`
	IdentityCauses map[string]int            `json:"wrong_identity_causes"`
	LockoutCauses  map[string]int            `json:"lockout_causes"`
	Users          Users                     `json:"users"`
	HTTP           HTTP                      `json:"http"`
	Load           Load                      `json:"load"`
	Store          *Store                    `json:"store,omitempty"` // what nodes asked of the store that they share, where that was counted
	Parts          []history.Part            `json:"parts,omitempty"` // products in the place of our own parts
	Nodes          []Node                    `json:"nodes"`
	Faults         []Fault                   `json:"faults"`
	Attribution    map[string]map[string]int `json:"attribution"` // injected fault -> attributed cause -> count
	Expectations   []Expectation             `json:"expectations"`
	Security       []Security                `json:"security"` // holes that the run has shown, by node
	Outcome        Outcome                   `json:"outcome"`
	Why            string                    `json:"why,omitempty"` // why the outcome is not pass
	Headline       string                    `json:"headline"`
	Repeat         string                    `json:"repeat"`
	Engine         string                    `json:"engine,omitempty"`       // what played it, in virtual time: exact or bulk; both count the same
	HistoryOf      *history.Kept             `json:"history_of,omitempty"`   // whose history is kept, if it is not everybody's
	Replications   *Replications             `json:"replications,omitempty"` // what all seeds came to, if there were several; the rest is of the one that stands for them
}

// Verdicts counts actions by verdict.
type Verdicts struct {
	OK             int `json:"ok"`
	SpuriousLogout int `json:"spurious_logout"`
	GhostSession   int `json:"ghost_session"`
	WrongIdentity  int `json:"wrong_identity"`
	Lockout        int `json:"lockout"`
	Error          int `json:"error"`
	Unknown        int `json:"unknown"`
}

// Rates are shares with their exact (Clopper-Pearson) 95 % intervals.
type Rates struct {
	SpuriousLogout Rate `json:"spurious_logout"` // of the pages opened by users who should be logged in
	OK             Rate `json:"ok"`              // of the same: as they should be
	Error          Rate `json:"error"`           // of the same: shown an error
	GhostSession   Rate `json:"ghost_session"`   // of the uses of credentials after logout
	WrongIdentity  Rate `json:"wrong_identity"`  // of the pages opened by anybody, with a definite verdict
}

// Rate is Count of Of.
type Rate struct {
	Count int     `json:"count"`
	Of    int     `json:"of"`
	Value float64 `json:"value"`
	Lo    float64 `json:"lo"`
	Hi    float64 `json:"hi"`
}

// Users counts people: all, and those with at least one spurious logout,
// ghost session, wrong identity or lockout.
type Users struct {
	Total    int `json:"total"`
	Affected int `json:"affected"`
}

// HTTP is what a plain load tool would have reported: vegeta's own figures.
// Its hits are actions, each of which may take several requests. Of a killed
// run there are none: then the requests are counted, without latencies.
type HTTP struct {
	Requests     int       `json:"requests"`      // hits: one per action
	SuccessRatio float64   `json:"success_ratio"` // of the hits: those that ended with a status of 200-399
	LatencyMS    LatencyMS `json:"latency_ms"`    // of the hits
}

// LatencyMS holds percentiles in milliseconds, on the run's own clock. They
// are of whole actions: retries and the pauses between them are included, and
// so is the wait until an earlier action of the same user is over.
type LatencyMS struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
}

// Load says whether the load generator kept up, in actions per second.
type Load struct {
	PlannedRate  float64 `json:"planned_rate"`
	AchievedRate float64 `json:"achieved_rate"`
	MaxLagMS     float64 `json:"max_lag_ms"`
	Behind       bool    `json:"behind,omitempty"` // it did not: the machine was too slow, and the outcome is unknown
}

// Store is what nodes asked of the store that they share, in the whole run. The
// bulk engine and nodes in containers do not count it.
type Store struct {
	Commands          int     `json:"commands"`
	CommandsPerAction float64 `json:"commands_per_action"`
	BytesPerAction    float64 `json:"bytes_per_action"` // of keys and entries, without the protocol's own
}

// Node counts one app node's decisions: a request for the login form needs
// none, and one that died before its node decided has none.
type Node struct {
	Name       string `json:"name"`
	Requests   int    `json:"requests"`   // decided: accepted or rejected
	Rejections int    `json:"rejections"` // of them
}

// Fault is one injected fault and the proof that it took effect.
type Fault struct {
	Name    string  `json:"name"`
	AtS     float64 `json:"at_s"`
	ForS    float64 `json:"for_s,omitempty"`
	Receipt Receipt `json:"receipt"`
	Vacuous bool    `json:"vacuous"`
}

// Receipt counts what a fault changed: decisions whose outcome or reason
// differs from the same decision taken without it, the requests that it cost,
// and the sessions. Package fault has the definition.
type Receipt struct {
	DecisionsChanged int    `json:"decisions_changed"` // the requests and sessions that it cost included
	Rejections       int    `json:"rejections"`        // of them, turned into a rejection
	RequestsCut      int    `json:"requests_cut"`
	SessionsLost     int    `json:"sessions_lost"`
	Marks            int    `json:"marks"`               // decisions and requests that met the fault, changed or not
	Mechanism        string `json:"mechanism,omitempty"` // by what means it came about, in words
}

// Vacuous reports whether the fault left no mark at all: nobody met it.
func (r Receipt) Vacuous() bool { return r.Marks == 0 }

// MarshalJSON writes maps and lists that hold nothing as empty, never as null.
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result // without this method
	p := plain(r)
	p.Causes, p.GhostCauses = notNil(p.Causes), notNil(p.GhostCauses)
	p.IdentityCauses, p.LockoutCauses = notNil(p.IdentityCauses), notNil(p.LockoutCauses)
	p.Nodes, p.Faults, p.Expectations = some(p.Nodes), some(p.Faults), some(p.Expectations)
	p.Security = some(p.Security)
	if p.Attribution == nil {
		p.Attribution = map[string]map[string]int{}
	}
	return json.Marshal(p)
}

func notNil(m map[string]int) map[string]int {
	if m == nil {
		return map[string]int{}
	}
	return m
}

func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Expectation is one line of `expect` and how it came out.
type Expectation struct {
	Text       string `json:"text"`
	Holds      bool   `json:"holds"`
	Unmeasured bool   `json:"unmeasured,omitempty"` // the run gave nothing to hold it against
	Elsewhere  bool   `json:"elsewhere,omitempty"`  // for another balancer product than the run had: Holds says nothing
	Observed   string `json:"observed"`
	Source     string `json:"source,omitempty"`
}

// Verb says in a word or two how the expectation came out.
func (e Expectation) Verb() string {
	switch {
	case e.Elsewhere:
		return "is not for this balancer"
	case e.Holds:
		return "holds"
	case e.Unmeasured:
		return "was not measured"
	}
	return "fails"
}
