package container

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

// StartWith starts a plan's system with any products. It returns the cluster
// even if there is an error, which has then been taken down.
func StartWith(ctx context.Context, p *plan.Plan, balancer, cache proxies.Product) (*Cluster, error) {
	c, err := newCluster(&Substrate{}, p, substrate.NewClock(), &history.Memory{})
	if err != nil {
		return nil, err
	}
	c.balancerProduct, c.cacheProduct = balancer, cache
	return c, c.start(ctx)
}

// Images names what variants need of the images' table.
func (s *Substrate) Images(all ...scenario.Variant) []string { return s.images(all) }

// StoreClockIs waits until the store says that its clock is off by d.
func (c *Cluster) StoreClockIs(d time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), following)
	defer cancel()
	return c.askRedis(func(r *redis.Client) error { return follows(ctx, r, d) })
}
