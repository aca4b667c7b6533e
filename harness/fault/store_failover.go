package fault

import (
	"context"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// StoreFailer can let the replica of the shared store take over.
type StoreFailer interface {
	CutReplica(ctx context.Context) error // it hears nothing more of the primary, and keeps what it has
	FailOver(ctx context.Context) error   // the primary dies, the replica takes its place
}

type storeFailover struct {
	lag  time.Duration
	on   StoreFailer
	time Time
}

// newStoreFailover: the store's primary dies, and its replica takes over
// without what it has not heard of: all that was written during the lag before,
// or without a lag what was on its way. It is not taken back.
func newStoreFailover(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(StoreFailer)
	if !ok {
		return nil, lacks(f.Name, "let a replica take over")
	}
	return &storeFailover{lag: f.Params.Lag, on: on, time: timeOf(cluster)}, nil
}

// Inject returns when the replica is the primary. A run that ends before comes
// to no failover.
func (s *storeFailover) Inject(ctx context.Context) error {
	if s.lag > 0 {
		if err := s.on.CutReplica(ctx); err != nil {
			return err
		}
		if !s.time.Sleep(ctx, s.lag) {
			return nil
		}
	}
	return s.on.FailOver(ctx)
}

func (s *storeFailover) Recover(context.Context) error { return nil }
