package plan

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Plan is a scenario variant with a seed: all that a run needs. Durations are
// on the run's own clock, i.e. already divided by Compress.
type Plan struct {
	Scenario *scenario.Scenario
	Variant  scenario.Variant // durations compressed
	Seed     uint64
	Compress float64

	full scenario.Workload // before compression: what the slots are drawn from
}

// Slot is a moment at which a user acts. What the user then does may differ
// from Kind: a user who was logged out logs in again in place of a page.
type Slot struct {
	At   time.Duration
	User int    // 1-based
	Kind string // history.KindLogin, KindPage, KindLogout, KindReplay
	Page int    // which page, 1-based
}
