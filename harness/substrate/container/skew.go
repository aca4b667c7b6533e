package container

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/images"
	"github.com/logoutlab/logoutlab/harness/substrate/container/lab"
)

const (
	skewImage   = "skew"
	skewLibrary = "/skew.so"        // in that image, and wherever it is needed
	skewFile    = "/logoutlab-skew" // what it reads: an offset in nanoseconds

	following = 2 * time.Second       // how long a program may take to notice
	clockSlop = 10 * time.Millisecond // by which a clock that was asked may seem off
)

var errNoSkew = errors.New("the store's clock was not prepared, as no clock fault on the store is among the faults that the system was started with")

var errFixedClock = errors.New("its clock cannot be set off, as that of a program that is linked statically")

// skews tells whether a fault sets the store's clock off.
func skews(faults []scenario.Fault) bool {
	return slices.ContainsFunc(faults, func(f scenario.Fault) bool { return f.Params.Node == scenario.Store })
}

// preload gives a container the library that sets its programs' clock off.
func (c *Cluster) preload(ctx context.Context, s *lab.Spec) error {
	image, err := images.Find(ctx, c.docker, skewImage)
	if err != nil {
		return err
	}
	library, err := c.lab.Fetch(ctx, image, skewLibrary)
	if err != nil {
		return err
	}
	s.Files = append(s.Files, lab.File{Path: skewLibrary, Text: string(library)})
	s.Env = map[string]string{"LD_PRELOAD": skewLibrary}
	return nil
}

// tryStoreClock shows that the store's clock can be set off, if a fault will
// do it, while there is nothing in the store yet.
func (c *Cluster) tryStoreClock() error {
	if !skews(c.plan.Variant.Faults) {
		return nil
	}
	if err := c.SetStoreClockOffset(time.Hour); err != nil {
		return err
	}
	return c.SetStoreClockOffset(0)
}

// StoreClockOffset is what the store's clock is ahead.
func (c *Cluster) StoreClockOffset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.storeOffset
}

// SetStoreClockOffset puts the store's clock ahead, and waits until the store
// itself says so, or if it is down leaves it at that; it stays so over restarts.
func (c *Cluster) SetStoreClockOffset(d time.Duration) error {
	switch {
	case c.store == nil:
		return errNoStore
	case !skews(c.plan.Variant.Faults):
		return errNoSkew
	}
	ctx, cancel := context.WithTimeout(context.Background(), following)
	defer cancel()
	if err := c.store.Write(ctx, lab.File{Path: skewFile, Text: strconv.FormatInt(int64(d), 10)}); err != nil {
		return err
	}
	c.mu.Lock()
	c.storeOffset = d
	c.mu.Unlock()
	if c.store.Ended(ctx) != nil {
		return nil
	}
	return c.askRedis(func(r *redis.Client) error { return follows(ctx, r, d) })
}

// follows waits until a Redis itself says that its clock is off by d.
func follows(ctx context.Context, r *redis.Client, d time.Duration) error {
	var wrong error
	for {
		before := time.Now()
		says, err := r.Time(ctx).Result()
		switch {
		case err == nil && says.After(before.Add(d-clockSlop)) && says.Before(time.Now().Add(d+clockSlop)):
			return nil
		case err == nil:
			wrong = errFixedClock
		case wrong == nil:
			wrong = err
		}
		select {
		case <-ctx.Done():
			return cmp.Or(wrong, ctx.Err())
		case <-time.After(poll):
		}
	}
}
