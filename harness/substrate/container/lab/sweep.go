package lab

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

const (
	// removal is how long taking a lab down may take; it goes on when the run's
	// own context has ended.
	removal = 30 * time.Second
	// settling is for how long nothing new may appear before a watcher trusts
	// that the daemon does no more of what a killed process had asked for.
	settling = time.Second
	// sweepPause lies between two looks, sweepTries is how many failures in a
	// row are enough.
	sweepPause = 50 * time.Millisecond
	sweepTries = 40
)

// Count counts containers and networks.
type Count struct{ Containers, Networks int }

func (c *Count) add(d Count) {
	c.Containers += d.Containers
	c.Networks += d.Networks
}

// thing is a container or a network.
type thing struct {
	id, name string
	network  bool
	labels   map[string]string
}

type things []thing

func (t things) count() Count {
	var n Count
	for _, x := range t {
		if x.network {
			n.Networks++
		} else {
			n.Containers++
		}
	}
	return n
}

// find lists what carries a label: containers, then networks.
func find(ctx context.Context, docker *client.Client, label string) (things, error) {
	filter := make(client.Filters).Add("label", label)
	containers, err := docker.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filter})
	if err != nil {
		return nil, fmt.Errorf("list the containers: %w", err)
	}
	networks, err := docker.NetworkList(ctx, client.NetworkListOptions{Filters: filter})
	if err != nil {
		return nil, fmt.Errorf("list the networks: %w", err)
	}
	var all things
	for _, c := range containers.Items {
		all = append(all, thing{id: c.ID, name: "container " + strings.Join(c.Names, " "), labels: c.Labels})
	}
	for _, n := range networks.Items {
		all = append(all, thing{id: n.ID, name: "network " + n.Name, network: true, labels: n.Labels})
	}
	return all, nil
}

// sweep removes what carries a session's label until nothing of it has been
// there for a while; 0: until one look finds nothing.
func sweep(ctx context.Context, docker *client.Client, session string, while time.Duration) (Count, error) {
	var all Count
	for last, failures := time.Now(), 0; ; time.Sleep(sweepPause) {
		here, err := find(ctx, docker, labelSession+"="+session)
		switch {
		case err == nil && len(here) > 0:
			var removed Count
			removed, err = here.remove(ctx, docker)
			all.add(removed)
			last = time.Now()
		case err == nil && time.Since(last) >= while:
			return all, nil
		}
		if err == nil {
			failures = 0
		} else if failures++; failures == sweepTries || ctx.Err() != nil {
			return all, err
		}
	}
}

// remove removes containers side by side, and then networks. It returns what it
// removed itself.
func (t things) remove(ctx context.Context, docker *client.Client) (Count, error) {
	errs := make([]error, len(t))
	var done sync.WaitGroup
	for i, x := range t {
		if !x.network {
			done.Go(func() {
				_, errs[i] = docker.ContainerRemove(ctx, x.id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
			})
		}
	}
	done.Wait()
	var removed things
	for i, x := range t {
		if x.network {
			_, errs[i] = docker.NetworkRemove(ctx, x.id, client.NetworkRemoveOptions{})
		}
		switch {
		case errs[i] == nil:
			removed = append(removed, x)
		case errdefs.IsNotFound(errs[i]): // something else was quicker
			errs[i] = nil
		default:
			errs[i] = fmt.Errorf("remove %s: %w (`logoutlab clean` tries again)", x.name, errs[i])
		}
	}
	return removed.count(), errors.Join(errs...)
}
