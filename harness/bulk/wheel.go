package bulk

import (
	"slices"
	"time"
)

// wheel is the users' next slots, by time. A bucket is sorted when it opens,
// and is narrow enough for no user to be due in it twice.
type wheel struct {
	width  time.Duration
	heads  []int32 // of each bucket's list of chunks; -1: empty
	chunks []chunk
	free   int32
	opened int
	due    []uint64 // of the open bucket: time within it, user
	taken  int
}

const (
	chunkSize = 62
	userBits  = 24
)

type chunk struct {
	next int32
	used int32
	keys [chunkSize]uint64
}

// newWheel makes the wheel for a run of this length, in which users pause for
// at least shortest.
func newWheel(duration, shortest time.Duration) *wheel {
	w := &wheel{width: max(1, min(shortest, duration/4096, 1<<39)), free: -1, opened: -1}
	w.heads = make([]int32, duration/w.width+1)
	for i := range w.heads {
		w.heads[i] = -1
	}
	return w
}

// push puts down when a user's next slot is.
func (w *wheel) push(at time.Duration, user int32) {
	i := at / w.width
	if w.heads[i] < 0 || w.chunks[w.heads[i]].used == chunkSize {
		w.heads[i] = w.fresh(w.heads[i])
	}
	c := &w.chunks[w.heads[i]]
	c.keys[c.used] = uint64(at-i*w.width)<<userBits | uint64(user)
	c.used++
}

func (w *wheel) fresh(next int32) int32 {
	i := w.free
	if i < 0 {
		i = int32(len(w.chunks))
		w.chunks = append(w.chunks, chunk{})
	} else {
		w.free = w.chunks[i].next
	}
	w.chunks[i].next, w.chunks[i].used = next, 0
	return i
}

// open makes the next bucket that holds anything the open one; false if there
// is none.
func (w *wheel) open() bool {
	for w.opened+1 < len(w.heads) {
		w.opened++
		if head := w.heads[w.opened]; head >= 0 {
			w.due, w.taken = w.due[:0], 0
			for i := head; i >= 0; {
				c := &w.chunks[i]
				w.due = append(w.due, c.keys[:c.used]...)
				i, c.next, w.free = c.next, w.free, i
			}
			slices.Sort(w.due)
			return true
		}
	}
	return false
}

// next is the slot that is due first, which stays until it is taken; false if
// there is none any more.
func (w *wheel) next() (at time.Duration, user int32, ok bool) {
	if w.taken == len(w.due) && !w.open() {
		return forever, 0, false
	}
	key := w.due[w.taken]
	return time.Duration(w.opened)*w.width + time.Duration(key>>userBits), int32(key & (1<<userBits - 1)), true
}

func (w *wheel) take() { w.taken++ }
