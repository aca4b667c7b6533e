package substrate

import (
	"context"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Substrate is a place to run plans in.
type Substrate interface {
	Name() string
	Limits() plan.Limits
	// Check refuses what the substrate cannot express. It starts nothing.
	Check(v scenario.Variant) error
	// Start brings the plan's system up. On error nothing is left running.
	Start(ctx context.Context, p *plan.Plan, clock Clock, record Recorder) (Cluster, error)
}

// Cluster is a system that is up. What faults it can suffer it shows by the
// capability interfaces of package fault.
type Cluster interface {
	URL() string // where users go, without a path
	Close() error
}

// Recorder is where a substrate writes what its parts say.
type Recorder interface{ Append(e *history.Event) }

// Clock is the run's clock: the time since Epoch, unmoved by changes of the
// machine's wall clock.
type Clock struct{ Epoch time.Time }

// NewClock starts a clock.
func NewClock() Clock { return Clock{Epoch: time.Now()} }

// Now is the time since the start of the run.
func (c Clock) Now() time.Duration { return time.Since(c.Epoch) }
