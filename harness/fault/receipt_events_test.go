package fault

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

type events = []history.Event

// span is the life of a fault; one without an end stays.
type span struct {
	fault, node string
	from, to    time.Duration
	params      history.Params
}

// told puts the faults' own events among the others, by time.
func told(faults []span, others events) (history.Header, iter.Seq2[history.Event, error]) {
	h := history.Header{}
	for i, f := range faults {
		h.Faults = append(h.Faults, history.PlannedFault{Name: f.fault, Params: f.params})
		e := history.Event{At: f.from, Type: history.Fault, Index: i, Fault: f.fault, Node: f.node, State: history.PhaseInject, Params: f.params}
		others = append(others, e)
		e.At, e.State = f.from+1, history.PhaseEffective
		others = append(others, e)
		if e.At, e.State = f.to, history.PhaseRecover; f.to > 0 {
			others = append(others, e)
		}
	}
	slices.SortStableFunc(others, func(a, b history.Event) int { return cmp.Compare(a.At, b.At) })
	return h, history.Of(others...)
}

// up is a node that starts, with its key.
func up(at time.Duration, node, key string) history.Event {
	e := life(at, node, 1, history.StateUp)
	e.KeyFP = key
	return e
}

// wrongKey is a refusal of a family's token by a node that has a key.
func wrongKey(at time.Duration, node, family, key string) history.Event {
	return decided(at, node, history.ReasonBadSignature, 0, verifiedWith(family, key))
}

func rightKey(at time.Duration, node, family, key string) history.Event {
	return decided(at, node, history.ReasonOK, 0, verifiedWith(family, key))
}

func downs(node string, times ...time.Duration) (out events) {
	for _, at := range times {
		out = append(out, decided(at, node, history.ReasonStoreDown, 0, session("s")))
	}
	return out
}

func created(at time.Duration, node, id string) history.Event {
	return decided(at, node, history.ReasonOK, 0, func(e *history.Event) { e.Op, e.Issued = history.OpLogin, id })
}

func stuckAt(at time.Duration, req int, node string) history.Event {
	e := tried(at, req, node)
	e.Err = history.ErrTimeout
	return e
}

func tokenEnded(at time.Duration, node, family string) history.Event {
	return decided(at, node, history.ReasonOK, 0, func(e *history.Event) {
		e.Op, e.Session, e.Token, e.Ended = history.OpLogout, family, "a-"+family, true
	})
}

// atHome is a session that is used on its own node, so many times.
func atHome(node, id string, times int) events {
	out := events{created(1*second, node, id)}
	for i := range times {
		out = append(out, decided(1*second+time.Duration(i+1), node, history.ReasonOK, 0, session(id)))
	}
	return out
}

func loggedOut(at time.Duration, node, id string) history.Event {
	return decided(at, node, history.ReasonOK, 0, func(e *history.Event) { e.Op, e.Session, e.Ended = history.OpLogout, id, true })
}

// reborn is by a node's second life.
func reborn(e history.Event) history.Event {
	e.Boot = 2
	return e
}

func sent(e history.Event, at time.Duration) history.Event {
	e.Sent = at
	return e
}

// idle is a session that has so much of its life left.
func idle(id string, left time.Duration) func(*history.Event) {
	return func(e *history.Event) { e.Session, e.ExpIn = id, left }
}

func joined(lists ...events) (out events) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}
