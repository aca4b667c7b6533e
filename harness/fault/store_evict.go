package fault

import (
	"context"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// StoreEvicter can make the shared session store forget a random share of what
// it keeps: all but keep percent.
type StoreEvicter interface {
	EvictStore(ctx context.Context, keep int) error
}

type storeEvict struct {
	keep int
	on   StoreEvicter
}

// newStoreEvict: the shared store forgets a part of what it keeps, as a Redis
// that meets its maxmemory with the policy allkeys-random. It is not taken
// back.
func newStoreEvict(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(StoreEvicter)
	if !ok {
		return nil, lacks(f.Name, "make the store forget")
	}
	return &storeEvict{keep: f.Params.Keep, on: on}, nil
}

func (s *storeEvict) Inject(ctx context.Context) error { return s.on.EvictStore(ctx, s.keep) }

func (s *storeEvict) Recover(context.Context) error { return nil }
