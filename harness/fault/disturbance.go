package fault

import (
	"context"
	"fmt"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Disturbance is what can be wrong with connections that stand.
type Disturbance struct {
	Delay        time.Duration // answers arrive so much later
	Jitter       time.Duration // by which the delay varies, up and down
	ResetPercent int           // of all that is sent, so many of a hundred sends end their connection in place of arriving
	Seed         uint64        // of the chance that picks them
}

// Disturber can disturb the connections between two parts, those that are open
// and new ones, and leave them alone again.
type Disturber interface {
	Disturb(between scenario.Pair, d Disturbance) (calm func() error, err error)
}

// NoRelayError says that a system was not prepared for disturbing a link.
type NoRelayError struct{ Link scenario.Link }

// Error names the link, and what would have prepared it.
func (e NoRelayError) Error() string {
	return fmt.Sprintf("no relay stands between %s and %s, as no latency or reset there is among the faults that the system was started with", e.Link.From, e.Link.To)
}

type disturbed struct {
	between scenario.Pair
	how     Disturbance
	on      Disturber
	calm    func() error
}

// newLatency: answers arrive late.
func newLatency(f scenario.Fault, cluster any) (Fault, error) {
	return newDisturbed(f, cluster, Disturbance{Delay: f.Params.Delay, Jitter: f.Params.Jitter})
}

// newReset: a share of what is sent is lost, with the connection that it was
// sent over.
func newReset(f scenario.Fault, cluster any) (Fault, error) {
	return newDisturbed(f, cluster, Disturbance{ResetPercent: f.Params.Percent})
}

func newDisturbed(f scenario.Fault, cluster any, how Disturbance) (Fault, error) {
	on, ok := cluster.(Disturber)
	if !ok {
		return nil, lacks(f.Name, "disturb the connections between two parts")
	}
	return &disturbed{between: f.Params.Between, how: how, on: on}, nil
}

func (d *disturbed) Inject(context.Context) (err error) {
	d.calm, err = d.on.Disturb(d.between, d.how)
	return err
}

func (d *disturbed) Recover(context.Context) error { return undo(d.calm) }

// Disturbed lists the links that faults will disturb, in a system of so many
// nodes, each once: a substrate may have to prepare them.
func Disturbed(faults []scenario.Fault, nodes int) []scenario.Link {
	var all []scenario.Link
	known := map[scenario.Link]bool{}
	for _, f := range faults {
		if f.Name != "latency" && f.Name != "reset" {
			continue
		}
		for _, l := range f.Params.Between.Links(nodes) {
			if !known[l] {
				known[l] = true
				all = append(all, l)
			}
		}
	}
	return all
}
