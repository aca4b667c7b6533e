package sim

import (
	"context"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth/jose"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// RealTokens is the simulator with signed tokens.
func RealTokens() *Substrate { return &Substrate{rings: newReal} }

// realRing is a ring of real keys.
type realRing struct{ *jose.Ring }

func (r realRing) put(s parts.KeySet) error { return s.Apply(r.Ring) }

func newReal(c *Cluster, s parts.KeySet) (ring, error) {
	r, err := s.Ring(c.epoch)
	if err == nil && c.arch.Session.JWKSRefetch {
		get := func(context.Context) ([]byte, error) { return c.keys.JWKS() }
		r.FetchUnknown(get, time.Nanosecond) // its clock is not the schedule's
	}
	return realRing{r}, err
}
