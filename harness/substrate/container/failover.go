package container

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// nowhere is an address where no Redis is, not even a network (RFC 5737).
const nowhere = "192.0.2.1"

var errNoReplica = errors.New("this architecture has no replica of its store, or it has taken over")

func (c *Cluster) replicaAddr() string {
	return net.JoinHostPort(c.lab.Addr(replicaPlace).String(), strconv.Itoa(storePorts[parts.Redis]))
}

// awaitReplica waits until the replica, if there is one, has all of the primary.
func (c *Cluster) awaitReplica(ctx context.Context) error {
	for c.spare != nil {
		var state string
		err := c.askRedisAt(c.replicaAddr(), func(r *redis.Client) (err error) {
			state, err = r.Info(ctx, "replication").Result()
			return err
		})
		if err == nil && strings.Contains(state, "master_link_status:up") {
			return nil
		}
		if ended := c.spare.Ended(ctx); ended != nil {
			return ended
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the store's replica does not follow: %w%s", errors.Join(err, ctx.Err()), c.spare.LastWords())
		case <-time.After(poll):
		}
	}
	return nil
}

// askReplicas lets the primary take no writes without its replica, if that is
// how it is meant to be. The replica itself asks for none.
func (c *Cluster) askReplicas(ctx context.Context) error {
	n := c.arch.Session.MinReplicas
	if n == 0 {
		return nil
	}
	return c.askRedis(func(r *redis.Client) error {
		return r.ConfigSet(ctx, "min-replicas-to-write", strconv.Itoa(n)).Err()
	})
}

// CutReplica lets the store's replica look for its primary where nobody is. It
// keeps what it has, and hears nothing more.
func (c *Cluster) CutReplica(ctx context.Context) error {
	if c.spare == nil {
		return errNoReplica
	}
	return c.askRedisAt(c.replicaAddr(), func(r *redis.Client) error {
		return r.ReplicaOf(ctx, nowhere, strconv.Itoa(storePorts[parts.Redis])).Err()
	})
}

// FailOver kills the primary, and lets the replica take its place and address,
// as a virtual address moves with VRRP.
func (c *Cluster) FailOver(ctx context.Context) error {
	if c.spare == nil {
		return errNoReplica
	}
	if err := c.StopStore(); err != nil {
		return err
	}
	if err := c.askRedisAt(c.replicaAddr(), func(r *redis.Client) error { return r.ReplicaOf(ctx, "NO", "ONE").Err() }); err != nil {
		return fmt.Errorf("promote the store's replica: %w", err)
	}
	if err := c.spare.Move(ctx, c.lab.Addr(storePlace)); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store, c.spare = c.spare, nil
	return nil
}
