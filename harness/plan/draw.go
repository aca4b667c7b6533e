package plan

import (
	"math/bits"
	"time"
)

//go:generate go run gentable.go

// uniform draws uniformly from [0, d).
func (s *Stream) uniform(d time.Duration) time.Duration {
	hi, _ := bits.Mul64(s.Uint64(), uint64(d))
	return time.Duration(hi)
}

// exponential draws from the exponential distribution with this mean, in
// integers: the memoryless law splits it into whole half-lives, of which the
// leading zeros of a random word are as many as coins fell tails, and a rest
// within one half-life, read from a table with linear interpolation (off by
// at most 2 millionths of the mean).
func (s *Stream) exponential(mean time.Duration) time.Duration {
	r := s.Uint64()
	halves := uint64(bits.LeadingZeros32(uint32(r >> 32)))
	cell, within := r>>24&0xff, r&0xffffff
	lo, hi := expTable[cell], expTable[cell+1]
	units := halves*expTable[256] + lo + (hi-lo)*within>>24
	whole, part := bits.Mul64(units, uint64(mean))
	return time.Duration(whole<<32 | part>>32)
}

// pause draws the time between two actions of a user: never less than a
// quarter of the mean, the rest exponential.
func (s *Stream) pause(mean time.Duration) time.Duration {
	least := mean / 4
	return least + s.exponential(mean-least)
}
