package fault

import (
	"context"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// StoreStopper can take the shared session store away and bring it back with
// its data.
type StoreStopper interface {
	StopStore() error
	StartStore() error
}

type storeDown struct{ on StoreStopper }

// newStoreDown: the shared store does not answer.
func newStoreDown(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(StoreStopper)
	if !ok {
		return nil, lacks(f.Name, "stop the store")
	}
	return &storeDown{on: on}, nil
}

func (s *storeDown) Inject(context.Context) error { return s.on.StopStore() }

func (s *storeDown) Recover(context.Context) error { return s.on.StartStore() }
