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
	Limiter  string // what allows no more, in words; "" if Compress was given

	full scenario.Workload // before compression: what the slots are drawn from
}

// Compression says in words how the plan was compressed, and why no further.
func (p *Plan) Compression() string {
	s := "compressed " + plain(p.Compress) + " times"
	if p.Compress == 1 {
		s = "not compressed"
	}
	if p.Limiter != "" {
		s += "; " + p.Limiter
	}
	return s
}

// Full is the variant in scenario time, with the users and the duration that
// the run's options gave it. It shares its slices with the scenario.
func (p *Plan) Full() scenario.Variant {
	v, _ := p.Scenario.Variant(p.Variant.Name)
	v.Workload = p.full
	return v
}

// Slot is a moment at which a user acts. What the user then does may differ
// from Kind: a user who was logged out logs in again in place of a page.
type Slot struct {
	At   time.Duration
	User int    // 1-based
	Kind string // history.KindLogin, KindPage, KindLogout, KindReplay, KindForge
	Page int    // which page, 1-based
}
