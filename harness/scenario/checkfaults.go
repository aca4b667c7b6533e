package scenario

import "fmt"

// takeFaults checks the drafts against the variant and makes them its faults.
func (a *assembly) takeFaults(drafts []draft) {
	for _, d := range drafts {
		a.checkTiming(d)
		a.checkNode(d)
		a.checkNeeds(d)
		a.checkParams(d)
		a.variant.Faults = append(a.variant.Faults, d.Fault)
	}
	a.checkOverlaps(drafts)
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

// lacks refuses a fault on a part that the architecture does not have.
func (a *assembly) lacks(d draft, setting, msg, hint string) {
	before := len(a.errs)
	a.refuseFault(d, setting, msg, "", hint)
	for i := range a.errs[before:] {
		a.errs[before+i].Lacks = true
	}
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
	a.refuseFault(d, "node", fmt.Sprintf("%s on %s, but nodes is %d", d.Name, NodeName(d.Params.Node), nodes), single(nodes)+" or all", "")
}

// single are the names of so many nodes.
func single(nodes int) string {
	if nodes == 1 {
		return NodeName(0)
	}
	return NodeName(0) + ".." + NodeName(nodes-1)
}

func (a *assembly) checkNeeds(d draft) {
	s := a.variant.Architecture.Session
	spec, _ := faultSpec(d.Name, &Params{})
	if spec.tokens && s.Kind != jwt && a.isSet("session.kind") {
		a.lacks(d, "", fmt.Sprintf("%s without keys: sessions in %s are not signed", d.Name, s.Kind), "it needs session.kind: jwt")
	}
	if spec.secret && s.Kind == jwt && s.Keys != sharedKeys {
		a.lacks(d, "", fmt.Sprintf("%s, but with session.keys: %s nodes share no secret", d.Name, s.Keys), "it needs session.alg: HS256 and session.keys: shared")
	}
	if spec.phones && a.variant.Architecture.Client.Kind != Phone && a.isSet("client.kind") {
		a.lacks(d, "", d.Name+", but there are no phones", "use client.kind: phone")
	}
	setting := ""
	if d.Params.Node == Store {
		setting = "node"
	}
	switch store := s.Store(); {
	case !a.isSet("session.kind"):
	case (spec.store || d.Params.Node == Store) && store == "":
		a.lacks(d, setting, fmt.Sprintf("%s, but there is no shared store", d.Name), storeHint)
	case spec.replica && !s.Replica:
		a.lacks(d, "", d.Name+", but the store has no replica", "add session.replica: true, which a Redis can have")
	case d.Params.Node == Store && store == memcached:
		a.lacks(d, setting, d.Name+" on memcached, which goes by how long it has been running, whatever the machine's clock says", "use Redis")
	}
}

const storeHint = "use session.kind: redis or memcached, session.refresh_store: redis or memcached, or session.revocation: shared_blacklist"

// checkParts refuses a link that the architecture does not have.
func (a *assembly) checkParts(d draft) {
	p, arch := d.Params.Between, a.variant.Architecture
	if s, given := d.where["between"]; !given || s.value == nil {
		return
	}
	refuse := func(what, hint string) {
		a.refuseFault(d, "between", fmt.Sprintf("%s %v: %s", d.Name, p, what), "", hint)
	}
	lacks := func(what, hint string) { a.lacks(d, "between", fmt.Sprintf("%s %v: %s", d.Name, p, what), hint) }
	switch {
	case !p.neighbours():
		refuse("these two are no neighbours", "a request goes from the cache to the balancer, to a node, to the store")
	case len(p.Links(arch.Nodes)) == 0:
		a.refuseFault(d, "between", fmt.Sprintf("%s %v: nodes is %d", d.Name, p, arch.Nodes), single(arch.Nodes)+" or nodes", "")
	case p.Has(CachePart) && !arch.Cache.Enabled:
		lacks("there is no cache", "add cache.enabled: true, or name other parts")
	case p.Has(StorePart) && arch.Session.Store() == "" && a.isSet("session.kind"):
		lacks("there is no shared store", storeHint)
	}
}

func (a *assembly) checkScale(d draft) {
	if nodes := a.variant.Architecture.Nodes; d.Params.To == nodes {
		a.refuseFault(d, "to", fmt.Sprintf("scale to %d, but nodes is %d already", d.Params.To, nodes), "another number", "")
	}
}

func (a *assembly) checkParams(d draft) {
	p := d.Params
	switch d.Name {
	case "scale":
		a.checkScale(d)
		fallthrough
	case "node_stop", "node_restart":
		if p.Drain && a.variant.Architecture.Balancer.Drain == 0 {
			a.refuseFault(d, "drain", "drain: true, but the balancer does not drain (balancer.drain is 0)", "false", "set balancer.drain, e.g. 30s")
		}
	}
	a.checkParts(d)
	if d.Name == "latency" && p.Jitter > p.Delay {
		a.refuseFault(d, "jitter", fmt.Sprintf("a delay of %s that varies by %s", FormatDuration(p.Delay), FormatDuration(p.Jitter)), "up to delay", "")
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
	if p.Idle > 0 && p.Every > 0 {
		a.refuseFault(d, "idle", "connection_cut with idle and every: connections are cut when they are used after a silence, or at intervals", "one of the two", "")
	}
}
