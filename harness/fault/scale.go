package fault

import (
	"context"
	"errors"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

type scale struct {
	up    bool
	nodes []int // those that come, or go
	drain bool
	on    NodeStopper
	time  Time
}

// newScale: nodes come, or the last ones go, all at once; after the fault it is
// the other way round. A substrate prepares places for [Largest] nodes.
func newScale(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(NodeStopper)
	size, sized := cluster.(Sizer)
	if !ok || !sized {
		return nil, lacks(f.Name, "add and remove nodes")
	}
	s := &scale{up: f.Params.To > size.Nodes(), drain: f.Params.Drain, on: on, time: timeOf(cluster)}
	for i := min(f.Params.To, size.Nodes()); i < max(f.Params.To, size.Nodes()); i++ {
		s.nodes = append(s.nodes, i)
	}
	return s, nil
}

func (s *scale) Inject(ctx context.Context) error { return s.set(ctx, s.up) }

func (s *scale) Recover(ctx context.Context) error { return s.set(ctx, !s.up) }

// set starts or stops the nodes, none of which waits for another.
func (s *scale) set(ctx context.Context, up bool) error {
	var going []Task
	for _, n := range s.nodes {
		going = append(going, s.time.Go(ctx, func(ctx context.Context) error {
			return each([]int{n}, func(n int) error {
				if up {
					return s.on.StartNode(n)
				}
				return s.on.StopNode(ctx, n, s.drain)
			})
		}))
	}
	var errs []error
	for _, t := range going {
		errs = append(errs, t.Wait())
	}
	return errors.Join(errs...)
}

// Largest is how many nodes a system of so many has at most while it suffers
// these faults.
func Largest(faults []scenario.Fault, nodes int) int {
	for _, f := range faults {
		if f.Name == "scale" {
			nodes = max(nodes, f.Params.To)
		}
	}
	return nodes
}
