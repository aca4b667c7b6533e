package scenario

import (
	"slices"
	"strconv"
	"strings"
)

// The parts of a system that are no app nodes, as [Pair] names them, and the
// word for all that are.
const (
	AllNodes     = "nodes"
	BalancerPart = "balancer"
	StorePart    = "store"
	CachePart    = "cache"
)

// Pair is two parts of a system: app-1 to app-N, nodes (all of them), balancer,
// store or cache.
type Pair [2]string

// String writes the pair as a scenario file does.
func (p Pair) String() string { return "[" + p[0] + ", " + p[1] + "]" }

// ParsePair reads what String writes; ok is false if it is no pair of names.
func ParsePair(s string) (p Pair, ok bool) {
	s, open := strings.CutPrefix(s, "[")
	s, shut := strings.CutSuffix(s, "]")
	names := strings.Split(s, ",")
	if !open || !shut || len(names) != 2 {
		return p, false
	}
	p = Pair{strings.TrimSpace(names[0]), strings.TrimSpace(names[1])}
	return p, isPart(p[0]) && isPart(p[1])
}

func isPart(name string) bool {
	switch name {
	case AllNodes, BalancerPart, StorePart, CachePart:
		return true
	}
	_, ok := nodeIndex(name)
	return ok
}

// nodeIndex is which node a name means, 0-based.
func nodeIndex(name string) (int, bool) {
	number, ok := strings.CutPrefix(name, "app-")
	n, err := strconv.Atoi(number)
	return n - 1, ok && err == nil && n >= 1 && number == strconv.Itoa(n)
}

// Link is a way that requests or commands take: who connects, and to whom.
// Both are single parts.
type Link struct{ From, To string }

// ranks are the parts in the order of a request's way.
var ranks = map[string]int{CachePart: 0, BalancerPart: 1, AllNodes: 2, StorePart: 3}

func rank(name string) int {
	if _, node := nodeIndex(name); node {
		return ranks[AllNodes]
	}
	return ranks[name]
}

// neighbours tells whether a request's way leads from one to the other.
func (p Pair) neighbours() bool {
	d := rank(p[0]) - rank(p[1])
	return d == 1 || d == -1
}

// Links lists the links between the two parts, in a system of so many nodes;
// none if the parts are no neighbours, or if there is no such node.
func (p Pair) Links(nodes int) []Link {
	from, to := p[0], p[1]
	if rank(from) > rank(to) {
		from, to = to, from
	}
	if !p.neighbours() {
		return nil
	}
	var all []Link
	for _, f := range members(from, nodes) {
		for _, t := range members(to, nodes) {
			all = append(all, Link{f, t})
		}
	}
	return all
}

// meets tells whether two pairs have a link in common.
func (p Pair) meets(q Pair) bool {
	alike := func(a, b string) bool {
		_, ofOne := nodeIndex(a)
		_, ofOther := nodeIndex(b)
		return rank(a) == rank(b) && (a == b || !ofOne || !ofOther)
	}
	return alike(p[0], q[0]) && alike(p[1], q[1]) || alike(p[0], q[1]) && alike(p[1], q[0])
}

// Node is the app node of the pair, "" if it means all of them or none.
func (p Pair) Node() string {
	for _, name := range p {
		if _, ok := nodeIndex(name); ok {
			return name
		}
	}
	return ""
}

// Has reports whether a part is one of the two.
func (p Pair) Has(part string) bool { return slices.Contains(p[:], part) }

func members(part string, nodes int) []string {
	i, single := nodeIndex(part)
	switch {
	case single && i >= nodes:
		return nil
	case part != AllNodes:
		return []string{part}
	}
	all := make([]string, nodes)
	for i := range all {
		all[i] = NodeName(i)
	}
	return all
}
