package scenario

import (
	"fmt"
	"time"
)

// takeFaults checks the drafts against the variant and makes them its faults.
func (a *assembly) takeFaults(drafts []draft) {
	for _, d := range drafts {
		a.checkTiming(d)
		a.checkNode(d)
		a.checkNeeds(d)
		a.checkParams(d)
		a.variant.Faults = append(a.variant.Faults, d.Fault)
	}
}

// refuseFault notes what is wrong with a fault, at one of its settings. What
// was said of the first variant's is not said again for its copies.
func (a *assembly) refuseFault(d draft, setting, msg, accepted, hint string) {
	s, given := d.where[setting]
	if given && s.value == nil || d.told[msg] {
		return
	}
	at := Position{d.Line, d.Col}
	if given {
		at = s.at
	}
	if d.copy != nil {
		at = *d.copy
	}
	d.told[msg] = true
	a.fail(at, msg, accepted, hint)
}

func (a *assembly) checkTiming(d draft) {
	whole := a.variant.Workload.Duration
	if s, ok := a.set["workload.duration"]; ok && s.value == nil || d.At < whole {
		return
	}
	a.refuseFault(d, "at", fmt.Sprintf("%s at %s, but the workload is over after %s", d.Name, FormatDuration(d.At), FormatDuration(whole)),
		"less than workload.duration", "")
}

func (a *assembly) checkNode(d draft) {
	nodes := a.variant.Architecture.Nodes
	if s, ok := a.set["nodes"]; ok && s.value == nil || d.Params.Node < nodes {
		return
	}
	accepted := "app-1.." + NodeName(nodes-1) + " or all"
	if nodes == 1 {
		accepted = "app-1 or all"
	}
	a.refuseFault(d, "node", fmt.Sprintf("%s on %s, but nodes is %d", d.Name, NodeName(d.Params.Node), nodes), accepted, "")
}

func (a *assembly) checkNeeds(d draft) {
	s := a.variant.Architecture.Session
	spec, _ := faultSpec(d.Name, &Params{})
	if spec.tokens && s.Kind != jwt && a.isSet("session.kind") {
		a.refuseFault(d, "", fmt.Sprintf("%s without keys: sessions in %s are not signed", d.Name, s.Kind), "", "it needs session.kind: jwt")
	}
	inRedis := s.Kind == redis || s.Kind == jwt && (s.RefreshStore == redis || s.Revocation == sharedBlacklist)
	if spec.redis && !inRedis && a.isSet("session.kind") {
		a.refuseFault(d, "", fmt.Sprintf("%s, but nothing is kept in Redis", d.Name), "",
			"use session.kind: redis, session.refresh_store: redis or session.revocation: shared_blacklist")
	}
}

func (a *assembly) checkParams(d draft) {
	p := d.Params
	switch d.Name {
	case "clock_skew", "clock_jump":
		if p.Offset == 0 {
			a.refuseFault(d, "offset", d.Name+" by nothing", "a duration with a sign, such as +25s", "")
		}
	case "node_stop", "node_restart":
		if p.Drain && a.variant.Architecture.Balancer.Drain == 0 {
			a.refuseFault(d, "drain", "drain: true, but the balancer does not drain (balancer.drain is 0)", "false", "set balancer.drain, e.g. 30s")
		}
	}
	if d.Name == "node_restart" {
		if p.Every > 0 && p.Every <= p.Down {
			a.refuseFault(d, "every", fmt.Sprintf("a restart every %s of a node that is away for %s", FormatDuration(p.Every), FormatDuration(p.Down)),
				"more than down", "")
		}
	}
	if d.For > 0 && p.Every > d.For {
		a.refuseFault(d, "every", fmt.Sprintf("every %s, but only for %s", FormatDuration(p.Every), FormatDuration(d.For)),
			"up to for", "leave `every` out to do it once")
	}
	if p.Every > 0 && p.Every < time.Millisecond {
		a.refuseFault(d, "every", "every "+FormatDuration(p.Every), "at least 1ms", "")
	}
}
