package fault

import (
	"context"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// BalancerReloader can let the balancer read its configuration again. What
// faults hold drained stays so.
type BalancerReloader interface {
	ReloadBalancer(ctx context.Context) error
}

type balancerReload struct {
	every  time.Duration
	on     BalancerReloader
	repeat repeater
}

// newBalancerReload: the balancer is reloaded, once or again and again, as
// after a change of its configuration. It forgets what it knew by itself: which
// nodes are down, and with some products which users are where.
func newBalancerReload(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(BalancerReloader)
	if !ok {
		return nil, lacks(f.Name, "reload the balancer")
	}
	return &balancerReload{every: f.Params.Every, on: on, repeat: repeater{time: timeOf(cluster)}}, nil
}

func (b *balancerReload) Inject(ctx context.Context) error {
	return b.repeat.start(ctx, b.every, func(ctx context.Context, _ int) error {
		return b.on.ReloadBalancer(context.WithoutCancel(ctx))
	})
}

func (b *balancerReload) Recover(context.Context) error { return b.repeat.stop() }
