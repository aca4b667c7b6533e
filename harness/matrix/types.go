package matrix

import (
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Schema is the version of compare.json: fields are added, never changed.
const Schema = 1

// None is the fault of the cells in which nothing is injected.
const None = scenario.NoFault

// State is what became of a cell.
type State string

// The states.
const (
	Measured State = "measured"
	CannotBe State = "n/a"     // the architecture cannot have the fault
	Unmet    State = "unmet"   // the fault left no mark: nobody met it, and nothing was learnt
	Unknown  State = "unknown" // the run came to no judgement, or was not made
)

// Matrix is architectures x faults.
type Matrix struct {
	Schema        int            `json:"schema"`
	Version       string         `json:"version"`
	Substrate     string         `json:"substrate"`
	Seed          uint64         `json:"seed"`
	Users         int            `json:"users"`
	DurationS     float64        `json:"duration_s"` // of each cell, in scenario time
	Headline      string         `json:"headline"`
	Architectures []Architecture `json:"architectures"` // in the order asked for
	Faults        []Fault        `json:"faults"`        // "none" first
	Repeat        string         `json:"repeat"`
}

// Fault is a column.
type Fault struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

// Architecture is a row.
type Architecture struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	File    string   `json:"file"`               // NAME or FILE, with its variant
	LeftOut []string `json:"left_out,omitempty"` // the variant's own faults, which are not injected
	Score   Score    `json:"score"`
	Cells   []Cell   `json:"cells"` // in the order of Matrix.Faults
}

// Score is an architecture's: the mean of its cells of the faults under which any
// architecture was measured, where one that cannot be counts as the one without
// faults. An architecture of which such a cell is not known has no place.
type Score struct {
	Place            int     `json:"place"`                    // 1 is the best, and shared by equals; 0: none
	Complete         bool    `json:"complete"`                 // all its cells that count are known
	SpuriousLogouts  float64 `json:"spurious_logouts"`         // of a million valid actions
	GhostSeconds     float64 `json:"ghost_seconds_per_logout"` // see [Ghosts]
	Cells            int     `json:"cells"`                    // that count
	StoreCommands    float64 `json:"store_commands_per_action"`
	StoreBytes       float64 `json:"store_bytes_per_action"`
	StoreCounted     bool    `json:"store_counted"`      // false: nodes share no store, or nobody counted
	StoreShared      bool    `json:"store_shared"`       // nodes share one, counted or not
	LoadBalance      float64 `json:"load_balance"`       // requests of the busiest node over the mean of all; without faults
	P99MS            float64 `json:"p99_ms"`             // of whole actions, on the run's own clock; without faults
	P99AddedMS       float64 `json:"p99_added_ms"`       // over that of the fastest architecture here
	WorstFault       string  `json:"worst_fault"`        // with the most spurious logouts; "": none has any
	WorstGhostsFault string  `json:"worst_ghosts_fault"` // so with ghost-seconds
	WorstShare       float64 `json:"worst_share"`        // of all spurious logouts per million, that cell's
	WorstGhostsShare float64 `json:"worst_ghosts_share"` // so with ghost-seconds
}

// Cell is one architecture under one fault.
type Cell struct {
	Fault           string         `json:"fault"`
	State           State          `json:"state"`
	Why             string         `json:"why,omitempty"` // it is not measured
	SpuriousLogouts PerMillion     `json:"spurious_logouts"`
	Errors          PerMillion     `json:"errors"`
	Ghosts          result.Ghosts  `json:"ghosts"`
	WrongIdentity   int            `json:"wrong_identity"`
	Lockouts        int            `json:"lockouts"`
	Cause           string         `json:"cause"` // the most frequent of the spurious logouts; "" without any
	CauseShare      float64        `json:"cause_share"`
	Causes          map[string]int `json:"causes"`
	GhostCause      string         `json:"ghost_cause"` // so of the ghosts
	Changed         int            `json:"decisions_changed"`
	Marks           int            `json:"marks"`     // decisions and requests that met the fault
	Unchanged       bool           `json:"unchanged"` // the fault was met and changed no decision; errors, causes and p99 are as without it
	Blast           Blast          `json:"blast"`
	P99MS           float64        `json:"p99_ms"`       // of whole actions, on the run's own clock
	P99AddedMS      float64        `json:"p99_added_ms"` // over that of the cell without faults
	Seed            uint64         `json:"seed"`
	Repeat          string         `json:"repeat"`
}

// PerMillion is Count of Of valid actions with its exact 95 % interval, all but
// the counts in millionths. Where Count is 0 the interval is one-sided and ends
// at about 3/Of.
type PerMillion struct {
	Count int     `json:"count"`
	Of    int     `json:"of"`
	Value float64 `json:"value"`
	Lo    float64 `json:"lo"`
	Hi    float64 `json:"hi"`
}

// Blast is what the fault took with it: spurious logouts since its start whose
// causes the same users do not meet without it.
type Blast struct {
	Users         int      `json:"users"`
	Logins        int      `json:"logins"`                  // that ended: each is of one tab or device, and a user has one
	PeakLogins    float64  `json:"peak_logins_per_minute"`  // where they exceed those without the fault most
	UsualLogins   float64  `json:"usual_logins_per_minute"` // at the same time without the fault
	HealedS       *float64 `json:"healed_s"`                // from the fault's start to the last such logout, in scenario time; null: it goes on to the end
	SinceS        float64  `json:"since_s"`                 // when the first fault starts
	SessionsEnded int      `json:"sessions_lost"`           // that the fault's receipt counts
}

// Cell gives an architecture's cell of a fault; ok is false if there is none.
func (a *Architecture) Cell(fault string) (c Cell, ok bool) {
	for _, c := range a.Cells {
		if c.Fault == fault {
			return c, true
		}
	}
	return Cell{}, false
}

// Complete reports whether all cells are measured, or cannot be.
func (m *Matrix) Complete() bool {
	missing, _ := m.Missing()
	return missing == 0
}

// Missing counts the cells that could not be measured, of those that can be.
func (m *Matrix) Missing() (missing, of int) {
	for _, a := range m.Architectures {
		for _, c := range a.Cells {
			if c.State != CannotBe {
				of++
			}
			if c.State == Unmet || c.State == Unknown {
				missing++
			}
		}
	}
	return missing, of
}
