package lab

import (
	"context"
	"errors"

	"github.com/moby/moby/client"
)

// Cleaned counts what was removed and what was left alone.
type Cleaned struct {
	Removed   Count
	Living    Count // of runs that go on
	Elsewhere Count // of runs that cannot be seen from here to have ended
}

// Clean removes the containers and networks of labs whose process has ended. It
// touches nothing that is not ours, and no lab of a process that lives. A lab
// that was started on another machine, or inside a container, cannot be told
// from a living one: it is only removed if everywhere is true.
func Clean(ctx context.Context, docker *client.Client, everywhere bool) (Cleaned, error) {
	ours, err := find(ctx, docker, labelOurs+"=1")
	if err != nil {
		return Cleaned{}, err
	}
	return ours.clean(ctx, docker, everywhere)
}

func (t things) clean(ctx context.Context, docker *client.Client, everywhere bool) (Cleaned, error) {
	var done Cleaned
	var errs []error
	for session, here := range t.sessions() {
		switch life := here.life(); {
		case life == living:
			done.Living.add(here.count())
		case life == elsewhere && !everywhere:
			done.Elsewhere.add(here.count())
		default:
			removed, err := sweep(ctx, docker, session, 0)
			done.Removed.add(removed)
			errs = append(errs, err)
		}
	}
	return done, errors.Join(errs...)
}

// sessions sorts things by the lab that they belong to. What names none is not
// ours, whatever its other labels say.
func (t things) sessions() map[string]things {
	all := map[string]things{}
	for _, x := range t {
		if s := x.labels[labelSession]; s != "" {
			all[s] = append(all[s], x)
		}
	}
	return all
}

// life is that of the process that started a lab's things.
func (t things) life() life {
	all := map[life]bool{}
	for _, x := range t {
		all[lifeOf(x.labels[labelOwner])] = true
	}
	switch {
	case all[living]:
		return living
	case all[elsewhere]:
		return elsewhere
	}
	return dead
}
