package balancer

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
)

// Policy names a way to select a node.
type Policy string

// Rand is where random choices come from. Draw returns the next number in [0, n)
// for a source of requests; see [SourceOf].
type Rand interface {
	Draw(source uint64, n int) int
}

// BySource reports whether a choice depends on where a request comes from, so
// that [Request.Source] is needed.
func (p Policy) BySource() bool { return p == Random || p == SourceHash }

// selector is a policy at work. It returns a member of avail, which is never
// empty.
type selector interface {
	choose(avail nodeSet, source uint64) int
}

// load tells a policy how many requests each node is working on. Its length
// is the number of nodes.
type load []int

// constructor makes a selector, or says what the policy lacks. Both inflight and
// w change as the balancer works.
type constructor func(inflight load, w *weights, r Rand) (selector, error)

// constructors lists all policies: the one line to add for a new one.
func constructors() map[Policy]constructor {
	return map[Policy]constructor{
		RoundRobin: newRoundRobin,
		Random:     newRandom,
		LeastConn:  newLeastConn,
		SourceHash: newSourceHash,
	}
}

// Policies lists the names of all policies, sorted.
func Policies() []Policy {
	return slices.Sorted(maps.Keys(constructors()))
}

func newSelector(p Policy, inflight load, w *weights, r Rand) (selector, error) {
	construct, ok := constructors()[p]
	if !ok {
		return nil, fmt.Errorf("balancer: unknown policy %q: use one of %v", p, Policies())
	}
	return construct(inflight, w, r)
}

// nodeSet is a set of nodes, one bit each.
type nodeSet uint64

func all(n int) nodeSet                    { return nodeSet(1)<<n - 1 }
func (s nodeSet) has(node int) bool        { return s>>node&1 != 0 }
func (s nodeSet) with(node int) nodeSet    { return s | 1<<node }
func (s nodeSet) without(node int) nodeSet { return s &^ (1 << node) }
func (s nodeSet) put(node int, in bool) nodeSet {
	if in {
		return s.with(node)
	}
	return s.without(node)
}
func (s nodeSet) count() int            { return bits.OnesCount64(uint64(s)) }
func (s nodeSet) first() int            { return bits.TrailingZeros64(uint64(s)) }
func (s nodeSet) withoutFirst() nodeSet { return s & (s - 1) }

// from returns the first member at or after node, going round.
func (s nodeSet) from(node int) int {
	if later := s >> node << node; later != 0 {
		return later.first()
	}
	return s.first()
}
