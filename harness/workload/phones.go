package workload

import (
	"slices"
	"strconv"
	"time"

	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Phones knows when the apps on users' phones are started again: by the plan's
// times, whatever a run's own clock says.
type Phones struct {
	faults []scenario.Fault // app_restart alone
	starts []uint64         // of each one's dice
}

// NewPhones reads a plan's faults.
func NewPhones(p *plan.Plan) *Phones {
	x := &Phones{}
	for i, f := range p.Variant.Faults {
		if f.Name == scenario.AppRestart {
			x.faults = append(x.faults, f)
			x.starts = append(x.starts, p.Stream("phones "+strconv.Itoa(i)).Uint64())
		}
	}
	return x
}

// Restart starts a user's app again as often as befalls it after one action's
// time, up to the next one's.
func (x *Phones) Restart(c *client.Client, user int, last, now time.Duration) {
	for i, f := range x.faults {
		if f.At > last && f.At <= now && plan.Throw(x.starts[i]^uint64(user), 0, 100) < f.Params.Percent {
			c.Restart(client.Restart(slices.Index(after[:], f.Params.After)))
		}
	}
}
