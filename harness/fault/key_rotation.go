package fault

import (
	"context"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// KeyRotator can replace the system's signing key on all nodes.
type KeyRotator interface {
	RotateKey() error     // sign with a new key, keep verifying with the old one too
	RetireOldKeys() error // forget all but the signing key
}

type keyRotation struct {
	overlap time.Duration
	on      KeyRotator
	time    Time
	retire  Task // nil: there is no overlap
}

// newKeyRotation: all nodes start to sign with a new key. The old one is still
// accepted for the overlap; with none, not at all.
func newKeyRotation(f scenario.Fault, cluster any) (Fault, error) {
	on, ok := cluster.(KeyRotator)
	if !ok {
		return nil, lacks(f.Name, "rotate keys")
	}
	return &keyRotation{overlap: f.Params.Overlap, on: on, time: timeOf(cluster)}, nil
}

func (k *keyRotation) Inject(ctx context.Context) error {
	if err := k.on.RotateKey(); err != nil {
		return err
	}
	if k.overlap == 0 {
		return k.on.RetireOldKeys()
	}
	k.retire = k.time.Go(ctx, func(ctx context.Context) error {
		if k.time.Sleep(ctx, k.overlap) {
			return k.on.RetireOldKeys()
		}
		return nil
	})
	return nil
}

// Recover ends the wait for the overlap: a rotation is not taken back.
func (k *keyRotation) Recover(context.Context) error {
	if k.retire == nil {
		return nil
	}
	return k.retire.Stop()
}
