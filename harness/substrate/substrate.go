package substrate

import (
	"context"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/workload"
)

// Substrate is a place to run plans in.
type Substrate interface {
	Name() string
	Limits() plan.Limits
	// Check refuses what the substrate cannot express. It starts nothing.
	Check(v scenario.Variant) error
}

// Real is a Substrate in real time: vegeta drives the system that it starts.
type Real interface {
	Substrate
	// Start brings the plan's system up. On error nothing is left running.
	Start(ctx context.Context, p *plan.Plan, clock Clock, record Recorder) (Cluster, error)
}

// Virtual is a Substrate with a time of its own: users and faults are a part of
// what it runs.
type Virtual interface {
	Substrate
	// Epoch is the moment at which every run begins.
	Epoch() time.Time
	// Play runs a plan until its end, or until ctx ends, and returns what a load
	// tool would have measured, and when the end was. It tells how far it is; tell
	// may be nil.
	Play(ctx context.Context, p *plan.Plan, record Recorder, tell func(workload.Progress)) (history.Load, time.Duration, error)
}

// Cluster is a system that is up. What faults it can suffer it shows by the
// capability interfaces of package fault.
type Cluster interface {
	URL() string // where users go, without a path
	Close() error
}

// Announced is a Cluster whose front may want every connection to begin with a
// PROXY header, as it cannot see users' addresses otherwise.
type Announced interface{ ProxyProtocol() bool }

// Metered is a Cluster that counts what its nodes ask of their store.
type Metered interface{ StoreUse() *history.StoreUse }

// Located is a Cluster that tells where its parts are.
type Located interface{ Places() []Place }

// Place is where a part of a running system is.
type Place struct {
	Part      string // balancer, app-1, ...
	Address   string // host:port, or the host alone; of a container on its own network
	Container string // its name; "" if the part runs in this process
	Image     string // that it is made from
}

// Afar is a Substrate whose parts' words take their time to arrive: its
// histories are judged by the events' times, not by their order.
type Afar interface{ Afar() bool }

// Stated is a Substrate that runs a variant with products in the place of our
// own parts, and can say which.
type Stated interface {
	Parts(ctx context.Context, v scenario.Variant) []history.Part
}

// Prepared is a Substrate that needs something of the machine beside ports.
type Prepared interface {
	// Prepare gets what all these variants need, container images for example.
	// The error says all that cannot be had, and what to do about it.
	Prepare(ctx context.Context, all []scenario.Variant) error
}

// Flagged is a Substrate that flags of the command line chose, which it lists,
// --substrate aside. One that may hold a password is given as URL.
type Flagged interface{ Flags() []string }

// RefusedError says that a part refuses what the user gave for it: the
// infrastructure is sound, and theirs to mend is what they gave.
type RefusedError struct{ Err error }

// Error tells what was refused, and why.
func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap gives the refusal itself.
func (e *RefusedError) Unwrap() error { return e.Err }

// Recorder is where a substrate writes what its parts say.
type Recorder interface{ Append(e *history.Event) }

// Clock is the run's clock: the time since Epoch, unmoved by changes of the
// machine's wall clock.
type Clock struct{ Epoch time.Time }

// NewClock starts a clock.
func NewClock() Clock { return Clock{Epoch: time.Now()} }

// Now is the time since the start of the run.
func (c Clock) Now() time.Duration { return time.Since(c.Epoch) }
