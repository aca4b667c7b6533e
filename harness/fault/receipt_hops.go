package fault

import (
	"slices"

	"github.com/logoutlab/logoutlab/harness/history"
)

// hop is where a request went: the node that decided it, and the balancer's
// attempts that failed.
type hop struct {
	decided string
	failed  []attempt
}

// attempt is one that failed, at a node, with one of the history.Err constants.
type attempt struct{ node, err string }

// tried reports whether an attempt at that node failed.
func (h *hop) tried(node string) bool {
	return slices.ContainsFunc(h.failed, func(a attempt) bool { return a.node == node })
}

// hops joins requests to where they went, for as long as they are open. What
// is never answered is forgotten after many others.
type hops struct{ young, old map[int]*hop }

const maxHops = 1 << 16

func newHops() hops { return hops{young: map[int]*hop{}, old: map[int]*hop{}} }

func (h *hops) of(req int) *hop {
	if x := h.young[req]; x != nil {
		return x
	}
	x := h.old[req]
	if x == nil {
		x = &hop{}
	}
	if len(h.young) >= maxHops {
		h.old, h.young = h.young, map[int]*hop{}
	}
	h.young[req] = x
	return x
}

func (h *hops) decided(e *history.Event) *hop {
	if e.Req == 0 {
		return &hop{}
	}
	x := h.of(e.Req)
	x.decided = e.Node
	return x
}

// take notes a failed attempt, or ends a request and gives where it went.
func (h *hops) take(e *history.Event) *hop {
	if e.Req == 0 || e.Type == history.Node {
		return &hop{}
	}
	x := h.of(e.Req)
	if e.Type == history.Route {
		if e.Err != "" {
			x.failed = append(x.failed, attempt{e.Node, e.Err})
		}
		return x
	}
	delete(h.young, e.Req)
	delete(h.old, e.Req)
	return x
}

// died reports whether a request ended without an app's answer.
func died(e *history.Event) bool {
	return e.Err == history.ErrReset || e.Err == history.ErrRefused || e.Status >= 502 && e.Status <= 504
}

// during reports whether a request was under way while the fault lasted.
func (s *scope) during(e *history.Event) bool {
	return s.since(e.At) && (!s.recovered || e.Sent <= s.to)
}

// response counts a request that met the fault at one of its nodes: as lost if
// it died, else as sent on. hits tells the failures that the fault makes.
func (s *scope) response(e *history.Event, by *hop, hits func(err string) bool) {
	if !s.during(e) {
		return
	}
	met := false
	for _, a := range by.failed {
		met = met || s.on(a.node) && hits(a.err)
	}
	if len(by.failed) == 0 && died(e) { // nobody says where it was lost
		met = hits(e.Err) && (by.decided == "" || s.on(by.decided) && e.Err != "")
	}
	switch {
	case met && died(e):
		s.changed(false)
		s.got.RequestsCut++
	case met:
		s.mark()
	}
}

// connection marks the failure of a connection whose requests nobody sees: the
// balancer balances connections.
func (s *scope) connection(e *history.Event, hits func(err string) bool) {
	s.markIf(e.Req == 0 && e.Err != "" && hits(e.Err) && s.on(e.Node) && s.at(e.At))
}
