package loopback

import (
	"context"
	"errors"

	"github.com/logoutlab/logoutlab/fakes/store"
	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

var _ fault.StoreFailer = (*Cluster)(nil)

var errNoReplica = errors.New("this architecture has no replica of its store, or it has taken over")

// replicated is a server whose entries can be copied out, and put in the place
// of those that it has.
type replicated interface {
	copy(ctx context.Context) ([]parts.Entry, error)
	replace(ctx context.Context, all []parts.Entry) error
}

// replica is the server, if the architecture has a replica of it that has not
// taken over.
func (c *Cluster) replica() (replicated, error) {
	if c.store == nil || !c.arch.Session.Replica || c.store.spent {
		return nil, errNoReplica
	}
	r, ok := c.store.server.(replicated)
	if !ok {
		return nil, errNoReplica
	}
	return r, nil
}

// CutReplica lets the store's replica keep what it has, and hear nothing more:
// that is copied.
func (c *Cluster) CutReplica(ctx context.Context) error {
	r, err := c.replica()
	if err != nil {
		return err
	}
	if c.arch.Session.MinReplicas > 0 {
		c.store.refuse(store.RefuseWrites)
	}
	c.store.behind, err = r.copy(ctx)
	c.store.cut = true
	return err
}

// FailOver ends the primary: its connections are closed, and what the replica
// has takes the place of what it had.
func (c *Cluster) FailOver(ctx context.Context) error {
	r, err := c.replica()
	if err != nil {
		return err
	}
	if err := c.StopStore(); err != nil {
		return err
	}
	if c.store.cut {
		if err := r.replace(ctx, c.store.behind); err != nil {
			return err
		}
	}
	c.store.spent, c.store.behind = true, nil
	c.store.refuse(store.RefuseNothing)
	return c.StartStore()
}
