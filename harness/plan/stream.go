package plan

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// Stream is a sequence of random numbers of its own: the same for the same
// seed and name, and independent of all others. It serves tests of login
// systems; nothing drawn from it is a secret. A Stream is not safe for
// concurrent use.
type Stream struct{ pcg rand.PCG }

// Stream gives the stream of that name, from its start.
func (p *Plan) Stream(name string) *Stream { return NewStream(p.Seed, name) }

// NewStream gives the stream of that name for a seed, from its start: for
// whoever has no plan, only a number drawn from one.
func NewStream(seed uint64, name string) *Stream {
	s := newStream(seed, name)
	return &s
}

// newStream seeds a PCG-DXSM generator, whose sequence Go guarantees, from a
// hash, so that no two names give overlapping streams in practice.
func newStream[Text string | []byte](seed uint64, name Text) Stream {
	var room [40]byte
	sum := sha256.Sum256(append(binary.LittleEndian.AppendUint64(room[:0], seed), name...))
	return Stream{pcg: *rand.NewPCG(binary.LittleEndian.Uint64(sum[:8]), binary.LittleEndian.Uint64(sum[8:16]))}
}

// Uint64 draws 64 random bits.
func (s *Stream) Uint64() uint64 { return s.pcg.Uint64() }

// IntN draws uniformly from 0 to n-1, without bias; it is 0 if n is below 2.
func (s *Stream) IntN(n int) int {
	if n < 2 {
		return 0
	}
	// Lemire's method: the high half of the product is uniform, unless the low
	// half falls into the remainder.
	bound := uint64(n)
	hi, lo := bits.Mul64(s.Uint64(), bound)
	if lo < bound { // else it is not in the remainder, and nobody has to divide
		for reject := -bound % bound; lo < reject; {
			hi, lo = bits.Mul64(s.Uint64(), bound)
		}
	}
	return int(hi)
}

// Read fills b with random bytes; it never fails.
func (s *Stream) Read(b []byte) (int, error) {
	n := len(b)
	var word [8]byte
	for len(b) > 0 {
		binary.LittleEndian.PutUint64(word[:], s.Uint64())
		b = b[copy(b, word[:]):]
	}
	return n, nil
}
