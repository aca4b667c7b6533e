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
		w := p.Walk(u)
		for s, ok := w.Next(p); ok && yield(s); s, ok = w.Next(p) {
		}
	}
}

// Walk is a user's way through a plan. It holds what has been drawn of it, and
// no more: the plan is passed in.
type Walk struct {
	stream  Stream
	at      time.Duration // of the next slot, in scenario time
	kind    string        // of the next slot
	replays int           // that are still to come
	user    int
	script  []scenario.Action // the user's own that are still to come, in place of all that is drawn
}

// Walk gives a user's way from its start. u is 1 for the first user.
func (p *Plan) Walk(u int) Walk {
	if all := p.Variant.Script; len(all) > 0 {
		return Walk{user: u, script: all[firstOf(all, u):firstOf(all, u+1)]}
	}
	w := Walk{stream: newStream(p.Seed, "user/"+strconv.Itoa(u)), user: u, kind: history.KindLogin}
	w.at = w.stream.uniform(p.full.Think)
	return w
}

// Next gives the slot that is due, compressed, and draws when the one after
// it is, and what; false after the last one.
func (w *Walk) Next(p *Plan) (Slot, bool) {
	if len(p.Variant.Script) > 0 {
		return w.scripted(p)
	}
	if w.at >= p.full.Duration {
		return Slot{}, false
	}
	s := Slot{At: scale(w.at, p.Compress), User: w.user, Kind: w.kind}
	if w.kind == history.KindPage || w.kind == history.KindReplay {
		s.Page = 1 + w.stream.IntN(p.Variant.Architecture.Client.Pages)
	}
	w.kind = w.following(&p.full)
	w.at += w.stream.pause(p.full.Think)
	return s, true
}

// firstOf is where a user's actions begin in a script.
func firstOf(script []scenario.Action, user int) int {
	i, _ := slices.BinarySearchFunc(script, user, func(a scenario.Action, u int) int { return cmp.Compare(a.User, u) })
	return i
}

// scripted gives the next slot of a script.
func (w *Walk) scripted(p *Plan) (Slot, bool) {
	if len(w.script) == 0 || w.script[0].At >= p.full.Duration {
		return Slot{}, false
	}
	a := w.script[0]
	w.script = w.script[1:]
	return Slot{At: scale(a.At, p.Compress), User: w.user, Kind: a.Do, Page: a.Page}, true
}

// following draws what comes after the slot that is due.
func (w *Walk) following(load *scenario.Workload) string {
	switch w.kind {
	case history.KindPage:
		if load.LogoutEvery > 0 && w.stream.IntN(load.LogoutEvery) == 0 {
			w.replays = load.Replays
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
