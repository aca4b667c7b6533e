package run

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// header is all that judging the run needs besides its events.
func header(o Options, clock substrate.Clock) history.Header {
	p := o.Plan
	v := p.Variant
	h := history.Header{
		Version: o.Version, Scenario: p.Scenario.Name, Variant: v.Name, Title: p.Scenario.Title, Summary: v.Title,
		Substrate: o.Substrate.Name(), Seed: p.Seed, Compress: p.Compress, Started: clock.Epoch,
		Planned: v.Workload.Duration, PlanHash: p.Digest(), Users: v.Workload.Users, Actions: len(p.Slots()),
		Promise: history.Promise(v.Architecture.Promise), Facts: facts(v.Architecture, v.Workload), Repeat: repeat(o),
	}
	for i := range v.Architecture.Nodes {
		h.Nodes = append(h.Nodes, scenario.NodeName(i))
	}
	for _, f := range v.Faults {
		h.Faults = append(h.Faults, history.PlannedFault{Name: f.Name, At: f.At, For: f.For, Params: f.Words()})
	}
	for _, e := range v.Expect {
		h.Expect = append(h.Expect, history.Expectation{
			Metric: e.Metric, Bound: e.Bound.String(), Cause: e.Cause, Source: p.Scenario.File + ":" + strconv.Itoa(e.Line),
		})
	}
	for _, other := range p.Scenario.Variants {
		if cures(other) {
			h.Cures = append(h.Cures, other.Name)
		}
	}
	return h
}

// cures tells whether a variant promises that nobody is logged out by mistake.
func cures(v scenario.Variant) bool {
	for _, e := range v.Expect {
		if e.Metric == "spurious_logouts" && e.Bound.String() == "0" {
			return true
		}
	}
	return false
}

// repeat is the command that runs this plan again.
func repeat(o Options) string {
	command := fmt.Sprintf("logoutlab run %s/%s --substrate %s --seed %d --compress %g",
		o.Plan.Scenario.File, o.Plan.Variant.Name, o.Substrate.Name(), o.Plan.Seed, o.Plan.Compress)
	return strings.Join(append([]string{command}, o.Flags...), " ")
}

// facts describes the architecture for a reader of the report. Durations are
// those of the run.
func facts(a scenario.Architecture, w scenario.Workload) map[string]string {
	f := map[string]string{
		"nodes":    strconv.Itoa(a.Nodes),
		"balancer": fmt.Sprintf("%s, stickiness %s, per %s, %s", a.Balancer.Policy, a.Balancer.Stickiness, a.Balancer.Per, a.Balancer.Protocol),
		"session":  a.Session.Kind,
		"client":   fmt.Sprintf("%s, refresh %s, retry %s, %d parallel requests a page", a.Client.Kind, a.Client.Refresh, a.Client.Retry, a.Client.Requests),
		"rejects":  a.App.RejectsWith,
		"workload": fmt.Sprintf("%d users, think %v, %v", w.Users, w.Think, w.Duration),
	}
	if a.Session.Kind == "jwt" {
		f["session"] = fmt.Sprintf("jwt %s, keys %s, access %v, refresh %v, leeway %v, revocation %s",
			a.Session.Alg, a.Session.Keys, a.Session.AccessTTL, a.Session.RefreshTTL, a.Session.Leeway, a.Session.Revocation)
	}
	if a.Cache.Enabled {
		f["cache"] = "caching proxy in front of the balancer"
		if a.Cache.Cache401 > 0 {
			f["cache"] += fmt.Sprintf(", stores 401 for %v", a.Cache.Cache401)
		}
	}
	return f
}
