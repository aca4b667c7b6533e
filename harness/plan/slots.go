package plan

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Slots gives all users' slots in time order; ties go by user.
func (p *Plan) Slots() []Slot {
	var all []Slot
	for u := 1; u <= p.full.Users; u++ {
		all = slices.AppendSeq(all, p.User(u))
	}
	slices.SortStableFunc(all, func(a, b Slot) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.User, b.User))
	})
	return all
}

// User gives one user's slots in time order, drawn as they are asked for from
// the user's own stream. u is 1 for the first user.
func (p *Plan) User(u int) iter.Seq[Slot] {
	return func(yield func(Slot) bool) {
		w := p.walk(u)
		for w.at < w.load.Duration {
			if !yield(w.next(p.Compress)) {
				return
			}
		}
	}
}

// walk is a user's way through a plan, in scenario time.
type walk struct {
	stream  Stream
	load    scenario.Workload
	pages   int
	user    int
	at      time.Duration
	kind    string // of the next slot
	replays int    // that are still to come
}

func (p *Plan) walk(u int) walk {
	w := walk{
		stream: newStream(p.Seed, "user/"+strconv.Itoa(u)),
		user:   u,
		kind:   history.KindLogin,
		load:   p.full,
		pages:  p.Variant.Architecture.Client.Pages,
	}
	w.at = w.stream.uniform(w.load.Think)
	return w
}

// next gives the slot that is due, compressed, and draws when the one after
// it is, and what.
func (w *walk) next(k float64) Slot {
	s := Slot{At: scale(w.at, k), User: w.user, Kind: w.kind}
	if w.kind == history.KindPage || w.kind == history.KindReplay {
		s.Page = 1 + w.stream.IntN(w.pages)
	}
	w.kind = w.following()
	w.at += w.stream.pause(w.load.Think)
	return s
}

// following draws what comes after the slot that is due.
func (w *walk) following() string {
	switch w.kind {
	case history.KindPage:
		if w.load.LogoutEvery > 0 && w.stream.IntN(w.load.LogoutEvery) == 0 {
			w.replays = w.load.Replays
			return history.KindLogout
		}
		return history.KindPage
	case history.KindLogout, history.KindReplay:
		if w.replays > 0 {
			w.replays--
			return history.KindReplay
		}
		return history.KindLogin
	default:
		return history.KindPage
	}
}
