// Package shop is somebody's own repository, with a regression suite.
package shop

import (
	"testing"

	"github.com/logoutlab/logoutlab/harness"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestCheckout runs every variant of a scenario of ours.
func TestCheckout(t *testing.T) {
	for _, variant := range harness.Variants(t, "testdata/checkout.yaml") {
		t.Run(variant, func(t *testing.T) {
			harness.Run(t, "testdata/checkout.yaml/"+variant, harness.RetrySlow(5))
		})
	}
}

// TestCatalogue runs a variant that comes with logoutlab.
func TestCatalogue(t *testing.T) {
	r := harness.Run(t, "memory-sessions/sticky-lb-cookie", harness.Users(40), harness.RetrySlow(5))
	if r.Verdicts.Error > 0 {
		t.Errorf("%d users were shown an error", r.Verdicts.Error)
	}
}
