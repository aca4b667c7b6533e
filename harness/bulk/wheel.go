package bulk

import (
	"math/bits"
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/harness/plan"
)

// wheel is the users' next slots, by time. A bucket is sorted when it opens,
// and is narrow enough for no user to be due in it twice.
type wheel struct {
	keys   keys
	width  time.Duration
	heads  []int32   // of each bucket's list of chunks; -1: empty
	slabs  [][]chunk // never moved, as they would be twice in memory then
	chunks int32
	free   int32
	opened int
}

// key is a slot in a bucket: the time within it, the user, what the slot is for
// and its page. In this order, so that keys sort by time, and by user.
type key uint64

// keys says how many bits of a key each part has.
type keys struct{ user, page int }

const kindBits = 2

// newKeys has room for all users and pages of a plan. What is left is for the
// time.
func newKeys(p *plan.Plan) keys {
	return keys{user: bits.Len(uint(p.Variant.Workload.Users)), page: bits.Len(uint(p.Variant.Architecture.Client.Pages))}
}

func (k keys) of(within time.Duration, user int32, kind plan.Kind, page int) key {
	return key(((uint64(within)<<k.user|uint64(user))<<kindBits|uint64(kind))<<k.page | uint64(page))
}

func (k keys) within(x key) time.Duration { return time.Duration(x >> (k.user + kindBits + k.page)) }
func (k keys) who(x key) int32            { return int32(x >> (kindBits + k.page) & (1<<k.user - 1)) }
func (k keys) kind(x key) plan.Kind       { return plan.Kind(x >> k.page & (1<<kindBits - 1)) }
func (k keys) which(x key) int32          { return int32(x & (1<<k.page - 1)) }

// room is the longest time that a key can hold.
func (k keys) room() time.Duration { return 1 << (63 - k.user - kindBits - k.page) }

const (
	chunkSize = 62
	slabBits  = 10
)

type chunk struct {
	next int32
	used int32
	keys [chunkSize]key
}

// inBucket is about how many keys are sorted at a time, at most.
const inBucket = 8192

// newWheel makes the wheel for a plan, in which users pause for at least a
// quarter of the mean.
func newWheel(p *plan.Plan) *wheel {
	w, k := p.Variant.Workload, newKeys(p)
	crowded := w.Think / time.Duration(w.Users) * inBucket
	out := &wheel{keys: k, width: max(1, min(w.Think/8, w.Duration/4096, crowded, k.room())), free: -1, opened: -1}
	out.heads = make([]int32, w.Duration/out.width+1)
	for i := range out.heads {
		out.heads[i] = -1
	}
	return out
}

// push puts down when a user's next slot is.
func (w *wheel) push(at time.Duration, user int32, kind plan.Kind, page int) {
	i := at / w.width
	if w.heads[i] < 0 || w.chunk(w.heads[i]).used == chunkSize {
		w.heads[i] = w.fresh(w.heads[i])
	}
	c := w.chunk(w.heads[i])
	c.keys[c.used] = w.keys.of(at-i*w.width, user, kind, page)
	c.used++
}

func (w *wheel) fresh(next int32) int32 {
	i := w.free
	if i < 0 {
		if int(w.chunks)>>slabBits == len(w.slabs) {
			w.slabs = append(w.slabs, make([]chunk, 1<<slabBits))
		}
		i = w.chunks
		w.chunks++
	} else {
		w.free = w.chunk(i).next
	}
	c := w.chunk(i)
	c.next, c.used = next, 0
	return i
}

func (w *wheel) chunk(i int32) *chunk { return &w.slabs[i>>slabBits][i&(1<<slabBits-1)] }

// open appends to due what is in the next bucket that holds anything, and says
// when the bucket begins; false if there is none.
func (w *wheel) open(due []key) (from time.Duration, keys []key, ok bool) {
	for w.opened+1 < len(w.heads) {
		w.opened++
		if head := w.heads[w.opened]; head >= 0 {
			for i := head; i >= 0; {
				c := w.chunk(i)
				due = append(due, c.keys[:c.used]...)
				i, c.next, w.free = c.next, w.free, i
			}
			slices.Sort(due)
			return time.Duration(w.opened) * w.width, due, true
		}
	}
	return 0, due, false
}
