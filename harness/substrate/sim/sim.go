package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
	"github.com/logoutlab/logoutlab/harness/workload"
)

// Substrate runs plans in virtual time.
type Substrate struct {
	rings rings // nil: symbolic ones
}

var _ substrate.Virtual = (*Substrate)(nil)

// Name is "sim".
func (s *Substrate) Name() string { return "sim" }

// Limits are what memory has room for: nothing takes real time here, so plans
// are not compressed.
func (s *Substrate) Limits() plan.Limits { return plan.Limits{MaxRequests: 5_000_000} }

// Epoch is when every run starts: a run is the same whenever it is made.
func (s *Substrate) Epoch() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// Check refuses what the simulator cannot express.
func (s *Substrate) Check(v scenario.Variant) error {
	a := v.Architecture
	switch {
	case a.Balancer.Config.File != "":
		return fmt.Errorf("balancer.config %s: the simulator has a balancer of its own, which reads no configuration: run it with --substrate container", a.Balancer.Config.File)
	case a.Balancer.Per == "connection" && a.Cache.Enabled:
		return errors.New("balancer.per connection behind a cache: the simulator does not know the connections of a cache: run it with --substrate loopback")
	}
	return fault.All().Check(v.Faults, (*Cluster)(nil))
}

// Play runs a plan from its beginning to its end, or until ctx ends: then what
// users have begun they finish.
func (s *Substrate) Play(ctx context.Context, p *plan.Plan, record substrate.Recorder, tell func(workload.Progress)) (load history.Load, end time.Duration, err error) {
	return s.play(ctx, p, record, tell, nil)
}

func (s *Substrate) play(ctx context.Context, p *plan.Plan, record substrate.Recorder, tell func(workload.Progress), on *stage) (load history.Load, end time.Duration, err error) {
	clock := &schedule{}
	faulty, calm := context.WithCancel(context.Background())
	defer calm()
	c, err := s.newCluster(faulty, p, clock, record)
	if err != nil {
		return load, 0, err
	}
	c.stage = on
	guard, err := fault.NewGuard(fault.All(), p.Variant.Faults, c, clock.Now, record)
	if err != nil {
		return load, 0, err
	}
	faults := clock.Go(faulty, func(ctx context.Context) error { return guard.Run(ctx, 0) }).(*task)
	crowd := newCrowd(c, s.Epoch(), tell)
	load = crowd.act(ctx)
	if c.store != nil {
		load.Store = parts.StoreUse(&c.store.use)
	}
	end = clock.now
	calm()
	clock.rouse()
	for !faults.over && len(clock.agenda) > 0 {
		clock.step()
	}
	if !faults.over {
		return load, end, errors.New("a fault waits for something that never comes: please report this")
	}
	return load, end, faults.err
}
