package balancer

import "errors"

// Random gives each request to an available node with equal probability.
const Random Policy = "random"

type random struct {
	rand Rand
}

var _ selector = random{}

func newRandom(_ load, r Rand) (selector, error) {
	if r == nil {
		return nil, errors.New("balancer: policy random needs a source of random numbers")
	}
	return random{rand: r}, nil
}

func (s random) choose(avail nodeSet, source uint64) int {
	skip := s.rand.Draw(source, avail.count())
	if avail&(avail+1) == 0 { // these are the first nodes, without a gap
		return skip
	}
	for ; skip > 0; skip-- {
		avail = avail.withoutFirst()
	}
	return avail.first()
}
