package fault

import "github.com/logoutlab/logoutlab/harness/history"

// hop is where a request went: the node that decided it, and those that the
// balancer tried in vain.
type hop struct {
	decided string
	failed  []string
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

func (h *hops) decided(e *history.Event) {
	if e.Req != 0 {
		h.of(e.Req).decided = e.Node
	}
}

// take notes a failed attempt, or ends a request and gives where it went.
func (h *hops) take(e *history.Event) *hop {
	if e.Req == 0 || e.Type == history.Node {
		return &hop{}
	}
	x := h.of(e.Req)
	if e.Type == history.Route {
		if e.Err != "" {
			x.failed = append(x.failed, e.Node)
		}
		return x
	}
	delete(h.young, e.Req)
	delete(h.old, e.Req)
	return x
}

// lostTo reports whether a request that failed was lost on one of the nodes
// that the fault is on, as far as it is known where it was.
func (s *scope) lostTo(e *history.Event, by *hop) bool {
	died := e.Err == history.ErrReset || e.Err == history.ErrRefused || e.Status >= 502 && e.Status <= 504
	if !died || !s.since(e.At) || s.recovered && e.Sent > s.to {
		return false
	}
	for _, node := range by.failed {
		if s.on(node) {
			return true
		}
	}
	if len(by.failed) > 0 {
		return false
	}
	return by.decided == "" || s.on(by.decided) && e.Err != ""
}

// cutWitness counts requests that died with their connection.
type cutWitness struct{ scope }

func (w *cutWitness) decision(*history.Event, grounds) {}

func (w *cutWitness) other(e *history.Event, by *hop) {
	switch {
	case e.Type == history.Response && w.lostTo(e, by):
		w.cut(by)
	case e.Type == history.Route && e.Err != "" && w.on(e.Node) && w.at(e.At):
		w.mark()
	}
}

// nodeWitness counts what the end of a node cost: the requests under way, the
// sessions in its memory.
type nodeWitness struct {
	scope
	kill bool // says nothing when it ends
	boot map[string]int
	gone map[string]bool
	lost map[string]bool // sessions
}

func newNodeWitness(kill bool) *nodeWitness {
	return &nodeWitness{kill: kill, boot: map[string]int{}, gone: map[string]bool{}, lost: map[string]bool{}}
}

func (w *nodeWitness) decision(d *history.Event, by grounds) {
	if w.on(d.Node) && d.Boot > w.boot[d.Node] {
		w.boot[d.Node], w.gone[d.Node] = d.Boot, false
	}
	i := by.session
	if i == nil || !w.since(d.At) || !w.on(i.Node) {
		return
	}
	away := w.away(i)
	switch {
	case d.Reason == history.ReasonUnknownSess && d.Op != history.OpLogout && (away || w.boot[i.Node] > i.Boot):
		if !w.lost[d.Session] {
			w.lost[d.Session] = true
			w.got.SessionsLost++
		}
		w.changed(true)
	case d.Node != i.Node && away:
		w.mark() // served elsewhere while its first node was away
	}
}

// away reports whether the node that issued something is down, or stopping.
func (w *nodeWitness) away(i *history.Issue) bool {
	killed := w.kill && i.At < w.from && w.boot[i.Node] <= i.Boot
	return killed || w.gone[i.Node]
}

func (w *nodeWitness) other(e *history.Event, by *hop) {
	switch e.Type {
	case history.Response:
		if w.lostTo(e, by) {
			w.cut(by)
		}
	case history.Route:
		if e.Err != "" && w.on(e.Node) && w.at(e.At) {
			w.mark()
		}
	case history.Node:
		w.life(e)
	}
}

// life follows a node by its own words.
func (w *nodeWitness) life(e *history.Event) {
	w.gone[e.Node] = w.injected && e.State != history.StateUp
	w.boot[e.Node] = max(w.boot[e.Node], e.Boot)
}
