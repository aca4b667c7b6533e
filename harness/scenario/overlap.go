package scenario

import (
	"fmt"
	"time"
)

// things are what faults act on: of two that act on the same, the one that ends
// first would end the other too.
var things = map[string]string{
	"node_kill": "process", "node_stop": "process", "node_restart": "process", "node_pause": "process", "scale": "process",
	"clock_skew": "clock", "clock_jump": "clock",
	"key_mismatch": "key", "missing_secret": "key", "bad_deploy": "deploy", "store_down": "store", "store_failover": "store", "store_evict": "store's memory",
	"partition": "link",
}

// thing is what a fault acts on; "" if it stands in no other's way.
func (f Fault) thing() string {
	switch {
	case f.Name == "missing_secret" && f.Params.Fallback == RefuseToStart:
		return "process"
	case f.Name == "connection_cut" && f.Params.Idle > 0:
		return "idle connections"
	}
	return things[f.Name]
}

// checkOverlaps refuses faults that act on the same thing at the same time. Of
// a fault that is refused anyhow nothing more is said.
func (a *assembly) checkOverlaps(drafts []draft) {
	wrong := map[int]bool{}
	for _, e := range a.errs {
		wrong[e.Line] = true
	}
	for i, d := range drafts {
		for _, earlier := range drafts[:i] {
			if !wrong[d.Line] && !wrong[earlier.Line] && collide(earlier.Fault, d.Fault, a.variant.Architecture.Nodes) {
				other := "another node"
				if d.Name == "partition" {
					other = "other parts"
				}
				a.refuseFault(d, "at", fmt.Sprintf("%s at %s overlaps the %s at %s, which acts on the same %s",
					d.Name, FormatDuration(d.At), earlier.Name, FormatDuration(earlier.At), d.thing()), "",
					"let one end (`for`) before the other begins, or choose "+other)
				break
			}
		}
	}
}

// Collide tells whether two faults act on the same thing at the same time, and
// which: of two that do, the one that ends first would end the other too. The
// system has so many nodes.
func Collide(a, b Fault, nodes int) (thing string, ok bool) {
	return a.thing(), collide(a, b, nodes)
}

func collide(a, b Fault, nodes int) bool {
	thing := a.thing()
	if thing == "" || thing != b.thing() {
		return false
	}
	return meet(a, b, nodes) && a.At < ends(b) && b.At < ends(a)
}

// meet tells whether two faults of a kind are on the same node, or link.
func meet(a, b Fault, nodes int) bool {
	if a.Params.Between != (Pair{}) {
		return a.Params.Between.meets(b.Params.Between)
	}
	if a.Params.Node == Store || b.Params.Node == Store {
		return a.Params.Node == b.Params.Node
	}
	a1, a2 := a.touches(nodes)
	b1, b2 := b.touches(nodes)
	return a1 < b2 && b1 < a2
}

// touches gives the nodes that a fault acts on, in a system of so many: from
// the first to before the last.
func (f Fault) touches(nodes int) (first, last int) {
	switch {
	case f.Name == "scale":
		return min(f.Params.To, nodes), max(f.Params.To, nodes)
	case f.Params.Node < 0:
		return 0, nodes
	}
	return f.Params.Node, f.Params.Node + 1
}

// ends is when a fault is taken back; without `for` it lasts to the end.
func ends(f Fault) time.Duration {
	if f.For == 0 {
		return longest * 2
	}
	return f.At + f.For
}
