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
	for skip := s.rand.Draw(source, avail.count()); skip > 0; skip-- {
		avail = avail.withoutFirst()
	}
	return avail.first()
}
