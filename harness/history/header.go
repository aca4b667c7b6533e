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
	About     []Topic           `json:"about,omitempty"`   // the scenario, explained
	Cures     []string          `json:"cures,omitempty"`   // the scenario's variants that promise to cure this one: same faults, same workload, nobody harmed
	Substrate string            `json:"substrate"`
	Seed      uint64            `json:"seed"`
	Compress  float64           `json:"compress"`
	Started   time.Time         `json:"started"`
	Planned   time.Duration     `json:"planned"` // how long the run is to take, on its own clock
	PlanHash  string            `json:"plan_digest"`
	Design    string            `json:"design_digest,omitempty"` // SHA-256 of what is run, whatever the seed: architecture, workload, faults; not what a configuration of the user's own holds
	Test      string            `json:"test_digest,omitempty"`   // of that, what is done to the system under test and how it is judged: workload, faults, promise
	Users     int               `json:"users"`
	Actions   int               `json:"actions"` // planned
	Nodes     []string          `json:"nodes"`
	Promise   Promise           `json:"promise"`
	Faults    []PlannedFault    `json:"faults,omitempty"`
	Expect    []Expectation     `json:"expect,omitempty"`
	Facts     map[string]string `json:"facts,omitempty"`     // architecture, promise and workload in words, in scenario time
	RunFacts  map[string]string `json:"run_facts,omitempty"` // those that read otherwise on the run's own clock
	Parts     []Part            `json:"parts,omitempty"`     // the products that it ran with, beside our own
	Repeat    string            `json:"repeat"`              // the command that repeats this run
	Engine    string            `json:"engine,omitempty"`    // what played it, in virtual time: exact or bulk
	Kept      *Kept             `json:"kept,omitempty"`      // of whom the history is; nil: of all users
	Unordered bool              `json:"unordered,omitempty"` // events came from afar and may stand later than their times; see [ByTime]
}

// Topic is one part of a scenario's explanation.
type Topic struct {
	Asks string `json:"asks"` // what the user sees, why it happens, ...
	Text string `json:"text"`
}

// Kept says of whom a history is that is not of all users: it is complete for
// them, and they alone can be judged by it.
type Kept struct {
	Harmed int    `json:"harmed"`        // users who were harmed
	Of     int    `json:"of"`            // how many were, in the whole run
	Others int    `json:"others"`        // users who were not
	Why    string `json:"why,omitempty"` // why there are none
}

// Promise is what the architecture owes its users, on the run's clock.
type Promise struct {
	Idle       time.Duration `json:"idle"`       // logged in this long after the last action; 0: no limit
	Absolute   time.Duration `json:"absolute"`   // and never longer than this after login; 0: no limit
	Revocation time.Duration `json:"revocation"` // a logout takes effect everywhere within this time
}

// Part is a product that stood in the place of a part of our own.
type Part struct {
	Role         string       `json:"role"`    // balancer, cache, store
	Product      string       `json:"product"` // haproxy
	Version      string       `json:"version,omitempty"`
	Image        string       `json:"image,omitempty"`         // what its container was made from
	Config       string       `json:"config,omitempty"`        // the file, if its configuration was the user's own
	ConfigSHA256 string       `json:"config_sha256,omitempty"` // of that file, in hexadecimal
	Differences  []Difference `json:"differences,omitempty"`
}

// Difference is where a product does otherwise than the scenario says.
type Difference struct {
	Field   string `json:"field"`   // of the scenario: balancer.retry_on
	Says    string `json:"says"`    // what the scenario means by it
	Instead string `json:"instead"` // what the product does
}

// Product names the product in a part's place; "" if it was our own.
func (h *Header) Product(role string) string {
	for _, p := range h.Parts {
		if p.Role == role {
			return p.Product
		}
	}
	return ""
}

// PlannedFault is a fault as the plan has it. Judging causes never reads it;
// receipts and the confusion matrix do. Its times are the run's; its params are
// as in the scenario.
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
	Only   string `json:"only,omitempty"`   // the balancer product that it is for
	Except string `json:"except,omitempty"` // the balancer product that it is not for
	Source string `json:"source,omitempty"` // file:line
}
