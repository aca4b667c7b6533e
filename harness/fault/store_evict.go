package fault

import (
	"context"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// StoreEvicter can fill the memory of the shared session store: it forgets a
// random share of what it keeps, all but keep percent; or, if its policy is to
// evict nothing, it keeps nothing new until there is room again.
type StoreEvicter interface {
	EvictStore(ctx context.Context, keep int) error
	RelieveStore(ctx context.Context) error
}

type storeEvict struct {
	keep int
	on   StoreEvicter
}

// newStoreEvict: the shared store's memory is full, as that of a Redis that
// meets its maxmemory. What it has forgotten does not come back.
func newStoreEvict(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(StoreEvicter)
	if !ok {
		return nil, lacks(f.Name, "make the store forget")
	}
	return &storeEvict{keep: f.Params.Keep, on: on}, nil
}

func (s *storeEvict) Inject(ctx context.Context) error { return s.on.EvictStore(ctx, s.keep) }

func (s *storeEvict) Recover(ctx context.Context) error { return s.on.RelieveStore(ctx) }
