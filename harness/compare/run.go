package compare

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/logoutlab/logoutlab/harness/matrix"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// Progress is a cell that is done.
type Progress struct {
	Done, Of     int // of the cells that can be
	Architecture string
	Cell         matrix.Cell
}

// Runs is how many runs it takes: the cells that can be.
func (p *Plans) Runs() int { return len(p.cells) }

// Variants are those that are to be run, for a substrate to prepare.
func (p *Plans) Variants() []scenario.Variant {
	all := make([]scenario.Variant, len(p.cells))
	for i, c := range p.cells {
		all[i] = c.plan.Variant
	}
	return all
}

// Run measures all cells: first those without faults, against which the others
// are held. In real time each cell's history goes to a directory of its own below
// dir. When ctx ends early, the cells that are not done are unknown. The
// error is an infrastructure's; a matrix comes with it as far as it goes.
func (p *Plans) Run(ctx context.Context, dir string) (*matrix.Matrix, error) {
	r := &runner{Plans: p, dir: dir, without: make([]matrix.Baseline, len(p.matrix.Architectures))}
	err := r.some(ctx, func(c *cell) bool { return c.column == 0 })
	if err == nil {
		err = r.some(ctx, func(c *cell) bool { return c.column > 0 })
	}
	p.matrix.Settle()
	return &p.matrix, err
}

// runner measures cells, several at a time.
type runner struct {
	*Plans
	dir     string
	without []matrix.Baseline // by architecture
	mu      sync.Mutex
	done    int
}

func (r *runner) some(ctx context.Context, which func(*cell) bool) error {
	var group errgroup.Group
	group.SetLimit(max(1, r.options.Parallel))
	for _, c := range r.cells {
		if which(c) {
			group.Go(func() error { return r.measure(ctx, c) })
		}
	}
	return group.Wait()
}

// measure runs one cell and notes what it comes to.
func (r *runner) measure(ctx context.Context, c *cell) error {
	if ctx.Err() != nil {
		return r.interrupted(c)
	}
	j, err := r.judge(ctx, c)
	switch {
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return r.interrupted(c)
	case err != nil:
		return fmt.Errorf("%s under %s: %w", c.name, c.plan.Variant.Name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a := &r.matrix.Architectures[c.row]
	at := &a.Cells[c.column]
	measured := matrix.CellOf(at.Fault, j.Header, j.Result, j.Judgement, r.without[c.row])
	measured.Repeat = at.Repeat
	*at = measured
	if c.column == 0 && at.State == matrix.Measured {
		r.without[c.row] = matrix.BaselineOf(j.Judgement)
		a.Score.Cost(j.Result)
		a.Score.StoreShared = c.plan.Variant.Architecture.Session.Store() != ""
	}
	r.done++
	if r.options.OnCell != nil {
		r.options.OnCell(Progress{Done: r.done, Of: len(r.cells), Architecture: a.Name, Cell: *at})
	}
	return nil
}

// interrupted notes why a cell stays unknown.
func (r *runner) interrupted(c *cell) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.matrix.Architectures[c.row].Cells[c.column].Why = "the comparison was interrupted"
	return nil
}

// judge runs a cell: in virtual time nothing is kept, in real time its history
// is.
func (r *runner) judge(ctx context.Context, c *cell) (*run.Judged, error) {
	o := run.Options{Plan: c.plan, Substrate: r.options.On, Version: r.options.Version}
	if v, ok := r.options.On.(substrate.Virtual); ok {
		return run.Watch(ctx, v, o)
	}
	o.Dir = filepath.Join(r.dir, "cells", filepath.FromSlash(c.name), c.plan.Variant.Name)
	return run.Run(ctx, o)
}
