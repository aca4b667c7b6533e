package bulk

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/plan"
)

// slot is when a user begins something, and what.
type slot struct {
	plan.Step
	user int32
}

// timetable is the slots of all users in the order of time; ties go by user.
// They depend on nothing but the plan, so a goroutine draws them ahead.
type timetable struct {
	keys  keys
	open  bucket
	taken int
	drawn chan bucket
	empty chan []key
}

// bucket is the slots from a moment on, up to the next bucket.
type bucket struct {
	from time.Duration
	due  []key
}

// inHand is how many buckets are drawn ahead.
const inHand = 4

// newTimetable lets the slots of a plan be drawn, until stop is closed.
func newTimetable(p *plan.Plan, stop <-chan struct{}) *timetable {
	t := &timetable{keys: newKeys(p), drawn: make(chan bucket, inHand), empty: make(chan []key, inHand+2)}
	for range inHand + 2 {
		t.empty <- nil
	}
	go t.draw(p, stop)
	return t
}

func (t *timetable) draw(p *plan.Plan, stop <-chan struct{}) {
	defer close(t.drawn)
	w := newWheel(p)
	walks := make([]plan.Walk, p.Variant.Workload.Users)
	for i := range walks {
		walks[i] = p.Walk(i + 1)
		step(p, &walks[i], w, int32(i))
	}
	for {
		var room []key
		select {
		case room = <-t.empty:
		case <-stop:
			return
		}
		from, due, some := w.open(room[:0])
		if !some {
			return
		}
		for i, k := range due {
			if i%ahead == 0 {
				touch(walks, due[i:min(i+ahead, len(due))], w.keys)
			}
			user := w.keys.who(k)
			step(p, &walks[user], w, user)
		}
		select {
		case t.drawn <- bucket{from, due}:
		case <-stop:
			return
		}
	}
}

// step draws a user's next slot.
func step(p *plan.Plan, walk *plan.Walk, w *wheel, user int32) {
	if s, ok := walk.Step(p); ok {
		w.push(s.At, user, s.Kind, int(s.Page))
	}
}

// ahead is how many rows are looked at before they are needed, so that their
// loads from memory overlap.
const ahead = 128

// touch looks at the walks that are needed next.
//
//go:noinline
func touch(walks []plan.Walk, due []key, k keys) (sum int) {
	for _, x := range due {
		sum += walks[k.who(x)].Left()
	}
	return sum
}

// next is the slot that is due first, which stays until it is taken; false if
// there is none any more.
func (t *timetable) next() (s slot, ok bool) {
	for t.taken == len(t.open.due) {
		if t.open.due != nil {
			t.empty <- t.open.due
		}
		t.taken = 0
		if t.open, ok = <-t.drawn; !ok {
			return slot{Step: plan.Step{At: forever}}, false
		}
	}
	k := t.open.due[t.taken]
	return slot{plan.Step{At: t.open.from + t.keys.within(k), Page: t.keys.which(k), Kind: t.keys.kind(k)}, t.keys.who(k)}, true
}

func (t *timetable) take() { t.taken++ }

// coming is the slots that are due next, some of them.
func (t *timetable) coming() []key {
	due := t.open.due[t.taken:]
	return due[:min(ahead, len(due))]
}
