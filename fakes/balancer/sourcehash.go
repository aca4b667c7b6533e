package balancer

import "hash/fnv"

// SourceHash gives all requests of one source to one node, by rendezvous
// hashing (Thaler and Ravishankar, "Using name-based mappings to increase hit
// rates", 1998): when a node fails only its own sources move, and they come
// back with it. HAProxy's `balance source` without `hash-type consistent` is
// map-based instead and moves most sources at every change; that is a cause
// of logouts, but a simpler one to see than to have by default.
const SourceHash Policy = "source_hash"

type sourceHash struct {
	salt []uint64 // one a node
}

var _ selector = sourceHash{}

func newSourceHash(inflight load, _ *weights, _ Rand) (selector, error) {
	salt := make([]uint64, len(inflight))
	for node := range salt {
		salt[node] = mix(uint64(node) + 1)
	}
	return sourceHash{salt: salt}, nil
}

func (s sourceHash) choose(avail nodeSet, source uint64) int {
	best, top := 0, uint64(0)
	for ; avail != 0; avail = avail.withoutFirst() {
		node := avail.first()
		if score := mix(source ^ s.salt[node]); score >= top {
			best, top = node, score
		}
	}
	return best
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood 2014): every bit
// of the input changes about half of the output's.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// SourceOf is the hash of a client's address (without port) that
// [Request.Source] wants. It is the same in every run.
func SourceOf(address string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(address))
	return h.Sum64()
}
