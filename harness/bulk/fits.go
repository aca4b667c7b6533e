package bulk

import (
	"errors"
	"fmt"
	"time"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// The bounds of what a row and a key of the wheel have room for.
const (
	maxUsers = 1<<24 - 1
	maxNodes = 64
)

// Fits says why a plan needs the simulator's full engine; nil if it does not.
func Fits(p *plan.Plan) error {
	v := &p.Variant
	if err := errors.Join(fitsWorkload(p, v), fitsFaults(v.Faults)); err != nil {
		return err
	}
	a := v.Architecture
	for _, c := range [...]struct {
		unfit bool
		what  string
	}{
		{fitsCache(p) != "", fitsCache(p)},
		{!a.PlainCookies(), "cookies that a browser may not send"},
		{a.Client.Requests > 1, "parallel requests of one user"},
		{a.Balancer.Per == "connection", "a balancer of connections"},
		{a.Balancer.Config.File != "", "a configuration of the user's own"},
		{a.Balancer.Stickiness == "app_cookie", "stickiness by the application's cookie"},
		{a.Balancer.StickyMax > 0, "a bound on sticky load"},
		{a.Balancer.SlowStart > 0, "a balancer with a slow start"},
		{a.App.WarmUp > 0, "nodes that are slow at first"},
		{a.App.Capacity > 0, "nodes that work on only so many requests at once"},
		{a.App.ClearOnReject, "cookies that a rejection clears"},
		{a.Session.Kind == "jwt" && a.Session.Keys != "shared", "keys that are not shared"},
		{a.Session.Revocation == scenario.UserBlock || a.Session.Revocation == scenario.UserNotBefore, "logouts that end all of a user's logins"},
		{a.Client.Kind == scenario.Phone, "apps on phones"},
		{a.Session.Rolling, "cookies that every page sets again"},
		{a.Session.Kind != "jwt" && a.Client.Refresh != "none", "a renewal of what cannot be renewed"},
		{a.Client.Timeout < slowest(p), "a client that may give up before it has its answer"},
		{a.Nodes > maxNodes, fmt.Sprintf("more than %d nodes", maxNodes)},
	} {
		if c.unfit {
			return errors.New(c.what)
		}
	}
	return nil
}

func fitsWorkload(p *plan.Plan, v *scenario.Variant) error {
	switch w := v.Workload; {
	case len(v.Script) > 0:
		return errors.New("a script")
	case p.Compress != 1:
		return errors.New("a compressed plan")
	case w.Replays > 0 && w.LogoutEvery > 0:
		return errors.New("pages with a kept copy of the credentials")
	case w.ForgeEvery > 0:
		return errors.New("forged tokens")
	case w.Users > maxUsers:
		return fmt.Errorf("more than %d users", maxUsers)
	case w.Think < time.Millisecond || w.Duration/w.Think > 1<<18:
		return errors.New("pauses that are very short beside the run")
	}
	return nil
}

func fitsFaults(faults []scenario.Fault) error {
	for _, f := range faults {
		if f.Name != "clock_skew" && f.Name != "node_kill" || f.Params.Node == scenario.Store {
			return errors.New("a fault " + f.Name)
		}
	}
	return nil
}

// slowest is longer than any request takes, with all attempts of the balancer.
func slowest(p *plan.Plan) time.Duration {
	a := p.Variant.Architecture
	user, part := ways(p)
	return 2*user + 2*part + time.Duration(2+a.Balancer.Retries)*(2*part+a.App.Work) + time.Millisecond
}
