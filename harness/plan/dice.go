package plan

import "math/bits"

// Dice are random numbers of which each source of requests has a sequence of
// its own, so that what one user meets does not depend on what others do. They
// are not safe for concurrent use.
type Dice struct {
	seed   uint64
	thrown map[uint64]uint32 // by source
}

// Dice gives the dice of that name, not yet thrown.
func (p *Plan) Dice(name string) *Dice {
	s := newStream(p.Seed, name)
	return &Dice{seed: s.Uint64(), thrown: map[uint64]uint32{}}
}

// Draw is the source's next number, from 0 to n-1.
func (d *Dice) Draw(source uint64, n int) int {
	nth := d.thrown[source]
	d.thrown[source] = nth + 1
	return Throw(d.Start(source), nth, n)
}

// Start is where a source's numbers begin.
func (d *Dice) Start(source uint64) uint64 { return mix(d.seed ^ mix(source)) }

// Throw is the nth number, counted from 0, of the source whose numbers begin at
// start. It is from 0 to n-1: the nth output of SplitMix64 (Steele, Lea and
// Flood 2014), uniform but for one part in 2^64/n.
func Throw(start uint64, nth uint32, n int) int {
	hi, _ := bits.Mul64(mix(start+uint64(nth)*golden), uint64(n))
	return int(hi)
}

const golden = 0x9e3779b97f4a7c15

// mix is SplitMix64's finaliser.
func mix(x uint64) uint64 {
	x += golden
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
