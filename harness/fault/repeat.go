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
	cancel context.CancelFunc
	done   chan error
}

func (r *repeater) start(ctx context.Context, every time.Duration, do func(ctx context.Context, turn int) error) error {
	ctx, r.cancel = context.WithCancel(ctx)
	r.done = make(chan error, 1)
	began := time.Now()
	if err := do(ctx, 0); err != nil {
		r.done <- nil
		return err
	}
	if every == 0 {
		r.done <- nil
		return nil
	}
	go func() {
		for turn := 1; sleep(ctx, every*time.Duration(turn)-time.Since(began)); turn++ {
			if err := do(ctx, turn); err != nil {
				r.done <- err
				return
			}
		}
		r.done <- nil
	}()
	return nil
}

func (r *repeater) stop() error {
	r.cancel()
	return <-r.done
}

// sleep waits, or returns false if ctx has ended by then.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
