package balancer

// LeastConn gives each request to the available node with the fewest requests
// under way, and goes round among those that have equally few. Of nodes with
// unequal shares it takes the one that would then have the fewest for its share;
// a node that has none comes first, however small its share is (as in HAProxy).
const LeastConn Policy = "least_conn"

type leastConn struct {
	inflight load
	weights  *weights
	next     int
}

var _ selector = (*leastConn)(nil)

func newLeastConn(inflight load, w *weights, _ Rand) (selector, error) {
	return &leastConn{inflight: inflight, weights: w}, nil
}

func (s *leastConn) choose(avail nodeSet, _ uint64) int {
	equal := avail&s.weights.rising == 0
	least, ties := 0, nodeSet(0)
	for rest := avail; rest != 0; rest = rest.withoutFirst() {
		node := rest.first()
		n := s.inflight[node]
		if !equal {
			n = s.forItsShare(node)
		}
		switch {
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

// shares can be divided by every weight without a rest.
const shares = 720720

// forItsShare is how many requests a node would have, one more included, for its
// share; 0 if it has none.
func (s *leastConn) forItsShare(node int) int {
	n := s.inflight[node]
	if n == 0 {
		return 0
	}
	weight := fullWeight
	if s.weights.rising.has(node) {
		weight = s.weights.of[node]
	}
	return (n + 1) * (shares / weight)
}
