package node

import (
	"errors"
	"fmt"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// State is all that a node starts with. Its JSON form may hold private keys:
// it goes to the node and nowhere else.
type State struct {
	Name         string                `json:"name"`
	Boot         int                   `json:"boot"`           // 1-based: which start of the node this is
	Late         bool                  `json:"late,omitempty"` // it starts during the run, and is cold
	Seed         uint64                `json:"seed"`           // of the ids that the node draws, with its name and boot
	Epoch        time.Time             `json:"epoch"`          // the run's start, by the machine's wall clock
	Compress     float64               `json:"compress"`
	Architecture scenario.Architecture `json:"architecture"` // durations compressed

	Keys      *parts.KeySet `json:"keys,omitempty"`     // nil: the architecture has no signing keys
	IssuerURL string        `json:"issuer,omitempty"`   // where to fetch keys that are not known; "": nowhere
	Store     string        `json:"store,omitempty"`    // host:port of the shared store; "": none
	Prefix    string        `json:"prefix,omitempty"`   // of this run's keys in the store
	Grace     time.Duration `json:"grace_ns,omitempty"` // how long requests under way may go on after SIGTERM; 0: they are cut

	ClockOffset   time.Duration `json:"clock_offset_ns,omitempty"`
	Misconfigured bool          `json:"misconfigured,omitempty"`
	ForgetIdle    time.Duration `json:"forget_idle_ns,omitempty"` // see [app.Process.ForgetIdle]
}

// check refuses what no node can start with.
func (s *State) check() error {
	session := s.Architecture.Session
	switch {
	case s.Name == "":
		return errors.New("name is missing")
	case s.Boot < 1:
		return fmt.Errorf("boot %d: boots count from 1", s.Boot)
	case s.Epoch.IsZero():
		return errors.New("epoch is missing")
	case !(s.Compress > 0):
		return fmt.Errorf("compress %v: it must be above 0", s.Compress)
	case session.Kind == "jwt" && s.Keys == nil:
		return errors.New("keys are missing: the architecture signs tokens")
	case session.Store() != "" && s.Store == "":
		return errors.New("store is missing: the architecture has a shared store")
	}
	return nil
}
