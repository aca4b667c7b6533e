package loopback

import (
	"errors"
	"slices"
	"strconv"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/wire"
)

// links are the links that a fault of the plan will disturb; they lead through
// relays.
type links struct {
	open map[scenario.Link]*wire.Link
	last int // number of the latest disturbance
}

// via is where one part finds another, which is at an address: there, or at a
// relay's own address if a fault will need one in between.
func (c *Cluster) via(from, to, address string) (string, error) {
	l := scenario.Link{From: from, To: to}
	if !slices.Contains(fault.Disturbed(c.plan.Variant.Faults, c.arch.Nodes), l) {
		return address, nil
	}
	r, err := wire.Open("127.0.0.1:0", address)
	if err != nil {
		return "", err
	}
	if c.links.open == nil {
		c.links.open = map[scenario.Link]*wire.Link{}
	}
	c.links.open[l] = r
	return r.Addr(), nil
}

// Disturb disturbs the connections between two parts, which a relay stands
// between if a fault of the plan needs one there.
func (c *Cluster) Disturb(between scenario.Pair, d fault.Disturbance) (calm func() error, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var relays []*wire.Link
	for _, l := range between.Links(c.arch.Nodes) {
		r := c.links.open[l]
		if r == nil {
			return nil, fault.NoRelayError{Link: l}
		}
		relays = append(relays, r)
	}
	c.links.last++
	id := strconv.Itoa(c.links.last)
	chance := c.plan.Stream("disturbance " + id)
	each := func(do func(*wire.Link) error) error {
		var errs []error
		for _, r := range relays {
			errs = append(errs, do(r))
		}
		return errors.Join(errs...)
	}
	calm = func() error { return each(func(l *wire.Link) error { return l.Calm(id) }) }
	return calm, each(func(l *wire.Link) error {
		d.Seed = chance.Uint64()
		return l.Disturb(id, d)
	})
}

func (l *links) close() {
	for _, r := range l.open {
		r.Close()
	}
}
