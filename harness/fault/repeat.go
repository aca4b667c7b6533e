package fault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Sizer tells how many app nodes there are.
type Sizer interface{ Nodes() int }

// nodesOf lists the nodes that a fault names: one, or all.
func nodesOf(f scenario.Fault, cluster any) []int {
	if f.Params.Node >= 0 {
		return []int{f.Params.Node}
	}
	s, ok := cluster.(Sizer)
	if !ok {
		return []int{0}
	}
	all := make([]int, s.Nodes())
	for i := range all {
		all[i] = i
	}
	return all
}

// each does the same to several nodes. That one fails spares none of the
// others: a fault is taken back wherever it can be.
func each(nodes []int, do func(node int) error) error {
	var errs []error
	for _, n := range nodes {
		if err := do(n); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", scenario.NodeName(n), err))
		}
	}
	return errors.Join(errs...)
}

// repeater does something at once, and then again until stopped. The interval
// is from start to start; a turn that takes longer delays the next one.
type repeater struct {
	time Time
	rest Task // nil: there was one turn
}

func (r *repeater) start(ctx context.Context, every time.Duration, do func(ctx context.Context, turn int) error) error {
	began := r.time.Now()
	if err := do(ctx, 0); err != nil || every == 0 {
		return err
	}
	r.rest = r.time.Go(ctx, func(ctx context.Context) error {
		for turn := 1; r.time.Sleep(ctx, began+every*time.Duration(turn)-r.time.Now()); turn++ {
			if err := do(ctx, turn); err != nil {
				return err
			}
		}
		return nil
	})
	return nil
}

func (r *repeater) stop() error {
	if r.rest == nil {
		return nil
	}
	return r.rest.Stop()
}
