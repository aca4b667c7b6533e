package balancer

// LeastConn gives each request to the available node with the fewest requests
// under way, and goes round among those that have equally few.
const LeastConn Policy = "least_conn"

type leastConn struct {
	inflight load
	next     int
}

var _ selector = (*leastConn)(nil)

func newLeastConn(inflight load, _ Rand) (selector, error) {
	return &leastConn{inflight: inflight}, nil
}

func (s *leastConn) choose(avail nodeSet, _ uint64) int {
	least, ties := 0, nodeSet(0)
	for rest := avail; rest != 0; rest = rest.withoutFirst() {
		node := rest.first()
		switch n := s.inflight[node]; {
		case ties == 0 || n < least:
			least, ties = n, nodeSet(0).with(node)
		case n == least:
			ties = ties.with(node)
		}
	}
	node := ties.from(s.next)
	s.next = node + 1
	return node
}
