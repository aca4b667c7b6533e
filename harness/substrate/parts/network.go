package parts

import (
	"errors"
	"fmt"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// CheckNetwork refuses a variant that says how fast the network is, for a
// substrate whose network is the machine's own.
func CheckNetwork(v scenario.Variant) error {
	var errs []error
	for _, path := range []string{"network.user", "network.internal"} {
		if at, given := v.Position(path); given {
			errs = append(errs, fmt.Errorf("%s (line %d, column %d) sets the speed of a network that is as fast as this machine: leave it out, or run it with --substrate sim", path, at.Line, at.Col))
		}
	}
	return errors.Join(errs...)
}
