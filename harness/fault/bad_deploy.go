package fault

import (
	"context"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Misconfigurer can make a node refuse every page, whoever asks.
type Misconfigurer interface {
	SetMisconfigured(node int, on bool) error
}

type badDeploy struct {
	nodes []int
	on    Misconfigurer
}

// newBadDeploy: a node answers every page with its rejection for a while, as
// after a deploy whose login check is broken. Its health check stays green.
func newBadDeploy(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(Misconfigurer)
	if !ok {
		return nil, lacks(f.Name, "misconfigure a node")
	}
	return &badDeploy{nodes: nodesOf(f, cluster), on: on}, nil
}

func (b *badDeploy) Inject(context.Context) error { return b.set(true) }

func (b *badDeploy) Recover(context.Context) error { return b.set(false) }

func (b *badDeploy) set(on bool) error {
	return each(b.nodes, func(n int) error { return b.on.SetMisconfigured(n, on) })
}
