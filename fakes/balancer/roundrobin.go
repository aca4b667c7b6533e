package balancer

// RoundRobin gives each request to the next available node.
const RoundRobin Policy = "round_robin"

type roundRobin struct {
	next int
}

var _ selector = (*roundRobin)(nil)

func newRoundRobin(load, Rand) (selector, error) {
	return &roundRobin{}, nil
}

func (s *roundRobin) choose(avail nodeSet, _ uint64) int {
	node := avail.from(s.next)
	s.next = node + 1
	return node
}
