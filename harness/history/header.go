package history

import "time"

// Header is the first line of a history. It holds all that judging needs
// besides the events, so that a saved history can be judged again anywhere.
type Header struct {
	Schema    int               `json:"schema"`
	Kind      string            `json:"kind"` // always "logoutlab-history"
	Version   string            `json:"version"`
	Scenario  string            `json:"scenario"`
	Variant   string            `json:"variant"`
	Title     string            `json:"title"`
	Summary   string            `json:"summary,omitempty"` // the variant in a sentence
	Cures     []string          `json:"cures,omitempty"`   // the scenario's cured twins
	Substrate string            `json:"substrate"`
	Seed      uint64            `json:"seed"`
	Compress  float64           `json:"compress"`
	Started   time.Time         `json:"started"`
	Planned   time.Duration     `json:"planned"` // how long the run is to take, on its own clock
	PlanHash  string            `json:"plan_digest"`
	Users     int               `json:"users"`
	Actions   int               `json:"actions"` // planned
	Nodes     []string          `json:"nodes"`
	Promise   Promise           `json:"promise"`
	Faults    []PlannedFault    `json:"faults,omitempty"`
	Expect    []Expectation     `json:"expect,omitempty"`
	Facts     map[string]string `json:"facts,omitempty"` // the architecture in words, for reports
	Repeat    string            `json:"repeat"`          // the command that repeats this run
}

// Promise is what the architecture owes its users, on the run's clock.
type Promise struct {
	Idle       time.Duration `json:"idle"`       // logged in this long after the last action; 0: no limit
	Absolute   time.Duration `json:"absolute"`   // and never longer than this after login; 0: no limit
	Revocation time.Duration `json:"revocation"` // a logout takes effect everywhere within this time
}

// PlannedFault is a fault as the plan has it. Judging causes never reads it;
// receipts and the confusion matrix do.
type PlannedFault struct {
	Name   string            `json:"name"`
	At     time.Duration     `json:"at"`
	For    time.Duration     `json:"for,omitempty"` // 0: until the end
	Params map[string]string `json:"params,omitempty"`
}

// Expectation is one line of a variant's `expect`, checked against a result.
type Expectation struct {
	Metric string `json:"metric"` // spurious_logouts, ghost_sessions, ...
	Bound  string `json:"bound"`  // "> 1%", "0", "40%..60%", "~ 80%"
	Cause  string `json:"cause,omitempty"`
	Source string `json:"source,omitempty"` // file:line
}
