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

// Count is how many slots all users have. They are drawn, and none is kept.
func (p *Plan) Count() int {
	n := 0
	for u := 1; u <= p.full.Users; u++ {
		w := p.Walk(u)
		for _, ok := w.Next(p); ok; _, ok = w.Next(p) {
			n++
		}
	}
	return n
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
	user    int32
	next    int32 // in the script, in place of all that is drawn
	replays int32 // that are still to come
	kind    Kind  // of the next slot
}

// Kind is a slot's kind in few bits: simulations hold millions of walks.
type Kind uint8

// The kinds.
const (
	Login Kind = iota
	Page
	Logout
	Replay
	Forge
)

var kinds = [...]string{Login: history.KindLogin, Page: history.KindPage, Logout: history.KindLogout, Replay: history.KindReplay, Forge: history.KindForge}

// Walk gives a user's way from its start. u is 1 for the first user.
func (p *Plan) Walk(u int) Walk {
	if all := p.Variant.Script; len(all) > 0 {
		return Walk{user: int32(u), next: int32(firstOf(all, u))}
	}
	var room [len("user/") + 20]byte
	w := Walk{stream: newStream(p.Seed, strconv.AppendInt(append(room[:0], "user/"...), int64(u), 10)), user: int32(u)}
	w.at = w.stream.uniform(p.full.Think)
	return w
}

// Next gives the slot that is due, compressed, and draws when the one after
// it is, and what; false after the last one.
func (w *Walk) Next(p *Plan) (Slot, bool) {
	if len(p.Variant.Script) > 0 {
		return w.scripted(p)
	}
	s, ok := w.Step(p)
	if !ok {
		return Slot{}, false
	}
	return Slot{At: s.At, User: int(w.user), Kind: kinds[s.Kind], Page: int(s.Page)}, true
}

// Step is a slot of a user who is known.
type Step struct {
	At   time.Duration
	Page int32
	Kind Kind
}

// Step is [Walk.Next] for plans without a script, in few words.
func (w *Walk) Step(p *Plan) (s Step, ok bool) {
	if w.at >= p.full.Duration {
		return s, false
	}
	s.At, s.Kind = scale(w.at, p.Compress), w.kind
	if w.kind == Page || w.kind == Replay || w.kind == Forge {
		s.Page = int32(1 + w.stream.IntN(p.Variant.Architecture.Client.Pages))
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
	all := p.Variant.Script
	if int(w.next) >= len(all) || all[w.next].User != int(w.user) || all[w.next].At >= p.full.Duration {
		return Slot{}, false
	}
	a := all[w.next]
	w.next++
	return Slot{At: scale(a.At, p.Compress), User: int(w.user), Kind: a.Do, Page: a.Page}, true
}

// following draws what comes after the slot that is due.
func (w *Walk) following(load *scenario.Workload) Kind {
	switch w.kind {
	case Page:
		if load.LogoutEvery > 0 && w.stream.IntN(load.LogoutEvery) == 0 {
			w.replays = int32(load.Replays)
			return Logout
		}
		if load.ForgeEvery > 0 && w.stream.IntN(load.ForgeEvery) == 0 {
			return Forge
		}
		return Page
	case Logout, Replay:
		if w.replays > 0 {
			w.replays--
			return Replay
		}
		return Login
	default:
		return Page
	}
}

// Left is how many replays of the latest logout are still to come.
func (w *Walk) Left() int { return int(w.replays) }
