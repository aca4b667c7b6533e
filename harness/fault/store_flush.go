package fault

import (
	"context"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// StoreFlusher can empty the shared session store.
type StoreFlusher interface {
	FlushStore(ctx context.Context) error
}

type storeFlush struct{ on StoreFlusher }

// newStoreFlush: the shared store forgets everything at once, as after FLUSHALL,
// or a failover to a replica that had nothing yet. It is not taken back.
func newStoreFlush(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(StoreFlusher)
	if !ok {
		return nil, lacks(f.Name, "empty the store")
	}
	return &storeFlush{on: on}, nil
}

func (s *storeFlush) Inject(ctx context.Context) error { return s.on.FlushStore(ctx) }

func (s *storeFlush) Recover(context.Context) error { return nil }
