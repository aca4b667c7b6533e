// The cases wait for moments of some milliseconds, which the race detector
// stretches.

//go:build !race

package loopback

import (
	"testing"

	"github.com/logoutlab/logoutlab/harness/substrate/substratetest"
)

// Our own parts answer as real ones do.
func TestContract(t *testing.T) { substratetest.Run(t, &Substrate{}) }
