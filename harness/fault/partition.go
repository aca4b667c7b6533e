package fault

import (
	"context"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Partitioner can keep all packets between two parts from arriving, on
// connections that are open and on new ones, and let them through again.
type Partitioner interface {
	Partition(between scenario.Pair) (heal func() error, err error)
}

type partition struct {
	between scenario.Pair
	on      Partitioner
	heal    func() error
}

// newPartition: two parts cannot reach each other, and are not told.
func newPartition(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(Partitioner)
	if !ok {
		return nil, lacks(f.Name, "keep packets from arriving: use --substrate container")
	}
	return &partition{between: f.Params.Between, on: on}, nil
}

func (p *partition) Inject(context.Context) (err error) {
	p.heal, err = p.on.Partition(p.between)
	return err
}

func (p *partition) Recover(context.Context) error { return undo(p.heal) }

// undo takes back what was injected, if it was.
func undo(what func() error) error {
	if what == nil {
		return nil
	}
	return what()
}
