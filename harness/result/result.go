package result

import (
	"encoding/json"
	"time"
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
	Schema       int                       `json:"schema"`
	Version      string                    `json:"version"`
	Scenario     string                    `json:"scenario"`
	Variant      string                    `json:"variant"`
	Title        string                    `json:"title"`
	Substrate    string                    `json:"substrate"`
	Seed         uint64                    `json:"seed"`
	PlanDigest   string                    `json:"plan_digest"`
	Compress     float64                   `json:"compress"`
	Started      time.Time                 `json:"started"`
	DurationS    float64                   `json:"duration_s"` // on the run's own clock
	Actions      int                       `json:"actions"`
	Requests     int                       `json:"requests"`
	Verdicts     Verdicts                  `json:"verdicts"`
	Rates        Rates                     `json:"rates"`
	Causes       map[string]int            `json:"causes"`       // of spurious logouts
	GhostCauses  map[string]int            `json:"ghost_causes"` // of ghost sessions
	Users        Users                     `json:"users"`
	HTTP         HTTP                      `json:"http"`
	Load         Load                      `json:"load"`
	Nodes        []Node                    `json:"nodes"`
	Faults       []Fault                   `json:"faults"`
	Attribution  map[string]map[string]int `json:"attribution"` // injected fault -> attributed cause -> count
	Expectations []Expectation             `json:"expectations"`
	Outcome      Outcome                   `json:"outcome"`
	Why          string                    `json:"why,omitempty"` // why the outcome is not pass
	Headline     string                    `json:"headline"`
	Repeat       string                    `json:"repeat"`
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
	SpuriousLogout Rate `json:"spurious_logout"` // of the actions of users who should be logged in
	GhostSession   Rate `json:"ghost_session"`   // of the uses of credentials after logout
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

// HTTP is what a plain load tool would have reported.
type HTTP struct {
	Requests     int       `json:"requests"`
	SuccessRatio float64   `json:"success_ratio"`
	LatencyMS    LatencyMS `json:"latency_ms"`
}

// LatencyMS holds percentiles in milliseconds.
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
}

// Node counts one app node's decisions.
type Node struct {
	Name       string `json:"name"`
	Requests   int    `json:"requests"`
	Rejections int    `json:"rejections"`
}

// Fault is one injected fault and the proof that it took effect.
type Fault struct {
	Name    string  `json:"name"`
	AtS     float64 `json:"at_s"`
	ForS    float64 `json:"for_s,omitempty"`
	Receipt Receipt `json:"receipt"`
	Vacuous bool    `json:"vacuous"`
}

// Receipt counts what a fault changed: decisions whose outcome, reason or
// grounds differ from the same decision taken without it, the requests that
// it cost, and the sessions.
type Receipt struct {
	DecisionsChanged int `json:"decisions_changed"`
	Rejections       int `json:"rejections"` // of them, turned into a rejection
	RequestsCut      int `json:"requests_cut"`
	SessionsLost     int `json:"sessions_lost"`
	Marks            int `json:"marks"` // decisions and requests on which the fault is visible, changed or not
}

// Vacuous reports whether the fault left no mark at all: it was not there.
func (r Receipt) Vacuous() bool { return r.Marks == 0 }

// MarshalJSON writes maps and lists that hold nothing as empty, never as null.
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result // without this method
	p := plain(r)
	p.Causes, p.GhostCauses = notNil(p.Causes), notNil(p.GhostCauses)
	p.Nodes, p.Faults, p.Expectations = some(p.Nodes), some(p.Faults), some(p.Expectations)
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
	Text     string `json:"text"`
	Holds    bool   `json:"holds"`
	Observed string `json:"observed"`
	Source   string `json:"source,omitempty"`
}
