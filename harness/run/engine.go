package run

import (
	"fmt"

	"github.com/logoutlab/logoutlab/harness/bulk"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

// What plays a plan in virtual time. Both come to the same counts.
const (
	Exact = "exact" // package sim: every part of every request
	Bulk  = "bulk"  // package bulk: some fifty times faster, for plans that it fits
)

// Whose history is kept.
const (
	Full     = "full"     // everybody's
	Affected = "affected" // of users who were harmed, and of a few others
)

// Large is from how many requests on (about, see [plan.Plan.Requests]) a plan in
// virtual time is played by the bulk engine if it fits, and only some users'
// histories are kept unless all are asked for: up to here either takes seconds.
const Large = 100_000

// large reports whether a plan is one in virtual time, and large.
func (o Options) large() bool {
	_, virtual := o.Substrate.(substrate.Virtual)
	return virtual && o.Plan.Requests() > Large
}

// keeps is whose history a run keeps.
func (o Options) keeps() string {
	switch {
	case o.History != "":
		return o.History
	case o.large():
		return Affected
	}
	return Full
}

// engine is what plays the plan; "" in real time.
func (o Options) engine() string {
	_, virtual := o.Substrate.(substrate.Virtual)
	_, ours := o.Substrate.(*sim.Substrate)
	switch {
	case !virtual:
		return ""
	case ours && o.large() && o.keeps() == Affected && bulk.Fits(o.Plan) == nil:
		return Bulk
	}
	return Exact
}

// LimitsOf are a substrate's limits. In virtual time what is too large for the
// exact engine may fit the other.
func LimitsOf(on substrate.Substrate) plan.Limits {
	l := on.Limits()
	if _, ours := on.(*sim.Substrate); ours {
		l.Larger = func(p *plan.Plan) error {
			if err := bulk.Fits(p); err != nil {
				return fmt.Errorf("a larger plan needs the bulk engine, and this one does not fit it, as it has %w", err)
			}
			return nil
		}
	}
	return l
}

// Refuse says why the plan cannot be run with these options; nil if it can.
func (o Options) Refuse() error {
	_, virtual := o.Substrate.(substrate.Virtual)
	switch most := o.Substrate.Limits().MaxRequests; {
	case o.History != "" && !virtual && o.History != Full:
		return fmt.Errorf("--history %s is for --substrate sim, which can play a plan twice: in real time all is kept", o.History)
	case virtual && o.History == Full && o.Plan.Requests() > float64(most):
		return fmt.Errorf("--history full: about %.0f requests are planned, and the whole history of at most %d can be kept: leave --history out, or lower --users or --for", o.Plan.Requests(), most)
	}
	return nil
}
