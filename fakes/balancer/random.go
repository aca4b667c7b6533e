package balancer

import "errors"

// Random gives each request to an available node, with a probability that its
// share says: the same for all, unless one of them begins slowly.
const Random Policy = "random"

type random struct {
	rand    Rand
	weights *weights
}

var _ selector = random{}

func newRandom(_ load, w *weights, r Rand) (selector, error) {
	if r == nil {
		return nil, errors.New("balancer: policy random needs a source of random numbers")
	}
	return random{rand: r, weights: w}, nil
}

func (s random) choose(avail nodeSet, source uint64) int {
	if avail&s.weights.rising != 0 {
		return s.byShare(avail, source)
	}
	skip := s.rand.Draw(source, avail.count())
	if avail&(avail+1) == 0 { // these are the first nodes, without a gap
		return skip
	}
	for ; skip > 0; skip-- {
		avail = avail.withoutFirst()
	}
	return avail.first()
}

// byShare chooses among nodes with unequal shares.
func (s random) byShare(avail nodeSet, source uint64) int {
	rising := avail & s.weights.rising
	all := fullWeight * (avail &^ rising).count()
	for rest := rising; rest != 0; rest = rest.withoutFirst() {
		all += s.weights.of[rest.first()]
	}
	for skip := s.rand.Draw(source, all); ; avail = avail.withoutFirst() {
		node, weight := avail.first(), fullWeight
		if rising.has(node) {
			weight = s.weights.of[node]
		}
		if skip -= weight; skip < 0 {
			return node
		}
	}
}
