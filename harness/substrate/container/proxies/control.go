package proxies

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Controller changes which nodes a running balancer uses. Servers go by
// [Server.Name].
type Controller interface {
	// Drain keeps new requests away from a node, those of its sticky users
	// too, as AWS ALB's deregistration does; requests under way may finish.
	Drain(ctx context.Context, server string) error
	// Restore puts the node back to work.
	Restore(ctx context.Context, server string) error
	// Reload makes the balancer read its configuration again, and returns once
	// new processes take the requests. What was drained stays so.
	Reload(ctx context.Context) error
}

// Cutter is a Controller that can also cut the balancer's connections to a
// node. It returns how many carried a request.
type Cutter interface {
	Cut(ctx context.Context, server string) (int, error)
}

// Reloader controls a balancer that reads its configuration again on a signal.
// It is safe for concurrent use.
type Reloader struct {
	Setup     func(Options) (Setup, error)              // the configuration for what is up
	Put       func(ctx context.Context, f []File) error // replaces the container's files
	Signal    func(ctx context.Context) error           // [About.Reload]
	Processes func(ctx context.Context) (Processes, error)
	Worker    string                            // [About.Worker]
	Note      func(server string, drained bool) // told when one begins to be drained, and is no longer; may be nil
	Options   Options                           // those of the start

	mu sync.Mutex
}

var _ Controller = (*Reloader)(nil)

// Processes are the balancer's, by process id: each one's command line as ps
// shows it.
type Processes map[int]string

// Drain reloads the balancer with the node marked down, and returns once
// nobody takes requests for it any more.
func (r *Reloader) Drain(ctx context.Context, server string) error { return r.set(ctx, server, true) }

// Restore reloads the balancer with the node as it was, if it was drained.
func (r *Reloader) Restore(ctx context.Context, server string) error {
	return r.set(ctx, server, false)
}

// Reload reloads the balancer as it is.
func (r *Reloader) Reload(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reload(ctx)
}

func (r *Reloader) set(ctx context.Context, server string, down bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.Options.Servers, func(s Server) bool { return s.Name == server })
	if i < 0 {
		return fmt.Errorf("no server %q to drain or restore", server)
	}
	if r.Options.Servers[i].Down == down {
		return nil
	}
	next := r.Options
	next.Servers = slices.Clone(next.Servers)
	next.Servers[i].Down = down
	s, err := r.Setup(next)
	if err != nil {
		return err
	}
	if down {
		r.note(server, down)
	}
	if err := r.Put(ctx, s.Files); err != nil {
		return fmt.Errorf("replace the balancer's configuration: %w", err)
	}
	if err := r.reload(ctx); err != nil {
		return err
	}
	r.Options = next
	if !down {
		r.note(server, down)
	}
	return nil
}

func (r *Reloader) note(server string, drained bool) {
	if r.Note != nil {
		r.Note(server, drained)
	}
}

// A reload takes some ten milliseconds; a configuration that is refused never
// takes effect.
const (
	reloading = 10 * time.Second
	resending = 2 * time.Second
	poll      = 5 * time.Millisecond
)

// reload returns once other processes than before take the requests.
func (r *Reloader) reload(ctx context.Context) error {
	return Reload(ctx, r.Signal, r.workers)
}

// Reload sends a balancer the signal to read its configuration again, and
// returns once none of the processes that took requests before still does, and
// others do. A signal without an effect is sent again: HAProxy's master process
// misses one that comes while it starts itself anew.
func Reload(ctx context.Context, signal func(context.Context) error, workers func(context.Context) ([]int, error)) error {
	before, err := workers(ctx)
	if err == nil {
		err = signal(ctx)
	}
	if err != nil {
		return fmt.Errorf("reload the balancer: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, reloading)
	defer cancel()
	again := time.NewTicker(resending)
	defer again.Stop()
	for {
		now, err := workers(ctx)
		if err == nil && len(now) > 0 && !slices.ContainsFunc(now, func(pid int) bool { return slices.Contains(before, pid) }) {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("reload the balancer: its old processes went on for %v: does it refuse its configuration?", reloading), err)
		case <-again.C:
			if err := signal(ctx); err != nil {
				return fmt.Errorf("reload the balancer: %w", err)
			}
		case <-time.After(poll):
		}
	}
}

// workers lists the processes that take requests.
func (r *Reloader) workers(ctx context.Context) ([]int, error) {
	all, err := r.Processes(ctx)
	var workers []int
	for pid, command := range all {
		if command == r.Worker {
			workers = append(workers, pid)
		}
	}
	return workers, err
}
