package balancer

// RoundRobin gives each request to the next available node. A node with a
// smaller share lets turns pass until their shares add up to a whole one.
const RoundRobin Policy = "round_robin"

type roundRobin struct {
	weights *weights
	credit  []int // by node: the shares of the turns that it let pass
	next    int
}

var _ selector = (*roundRobin)(nil)

func newRoundRobin(inflight load, w *weights, _ Rand) (selector, error) {
	return &roundRobin{weights: w, credit: make([]int, len(inflight))}, nil
}

func (s *roundRobin) choose(avail nodeSet, _ uint64) int {
	for {
		node := avail.from(s.next)
		s.next = node + 1
		if !s.weights.rising.has(node) || s.turn(node) {
			return node
		}
	}
}

// turn tells whether a rising node takes its turn.
func (s *roundRobin) turn(node int) bool {
	s.credit[node] += s.weights.of[node]
	if s.credit[node] < fullWeight {
		return false
	}
	s.credit[node] -= fullWeight
	return true
}
