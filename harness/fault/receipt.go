package fault

import (
	"fmt"
	"iter"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Receipts proves from a history what each planned fault of h changed, in the
// order of h.Faults, and which of them left no mark. See [ReceiptFold].
func Receipts(h history.Header, events iter.Seq2[history.Event, error]) ([]result.Receipt, []bool, error) {
	f, err := NewReceipts(h)
	if err != nil {
		return nil, nil, err
	}
	for e, err := range events {
		if err != nil {
			return nil, nil, err
		}
		f.Add(&e)
	}
	receipts := f.Receipts()
	vacuous := make([]bool, len(receipts))
	for i, r := range receipts {
		vacuous[i] = r.Vacuous()
	}
	return receipts, vacuous, nil
}

// ReceiptFold makes receipts event by event. Unlike the oracle it reads the
// planned faults and their events: when each was injected and taken back, and
// on which node. What a fault changed is then counted from the decisions
// themselves, by taking each again without the fault, and from the requests
// and sessions that were lost to it.
type ReceiptFold struct {
	issues    *history.Issues
	hops      hops
	witnesses []witness
	changed   map[int]int // request -> index of the fault that changed what came of it, the latest that did
}

// witness counts what one fault changed.
type witness interface {
	phase(e *history.Event)                // the fault is injected, or taken back
	decision(d *history.Event, by grounds) // a node decided
	other(e *history.Event, by *hop)       // Route, Response or Node
	receipt() result.Receipt
}

// grounds is who issued what a decision was taken on, nil if unknown; and where
// its request has been.
type grounds struct {
	credential *history.Issue // the token, or the session if there is none
	session    *history.Issue // the session or token family
	hop        *hop
	index      *history.Issues // as it was before the decision
}

// ended reports whether a logout had ended what was presented.
func (g grounds) ended() bool { return g.credential != nil && g.credential.Ended.Node != "" }

// welcome reports whether a decision on a token that was refused for its key
// would else have been to accept it, as far as its times and a logout tell.
func (g grounds) welcome(d *history.Event) bool { return !g.ended() && passes(again(d, 0)) }

// NewReceipts returns the fold of a history with the given header. It fails if
// the header names a fault that this version does not know.
func NewReceipts(h history.Header) (*ReceiptFold, error) {
	f := &ReceiptFold{issues: history.NewIssues(h.Users), hops: newHops(), changed: map[int]int{}}
	for _, p := range h.Faults {
		w := newWitness(p)
		if w == nil {
			return nil, fmt.Errorf("the history has a fault %q that this version cannot prove: judge it with the version that wrote it", p.Name)
		}
		f.witnesses = append(f.witnesses, w)
	}
	return f, nil
}

func newWitness(p history.PlannedFault) witness {
	switch p.Name {
	case "clock_skew", "clock_jump":
		if p.Params["node"] == scenario.StorePart {
			return &storeClockWitness{newEvictWitness()}
		}
		return &clockWitness{base: map[string]time.Duration{}}
	case "key_mismatch":
		return newKeyWitness(false)
	case "missing_secret":
		if p.Params["fallback"] == scenario.RefuseToStart {
			return newNodeWitness(false)
		}
		return newKeyWitness(false)
	case "key_rotation":
		return newKeyWitness(true)
	case "node_kill":
		return newNodeWitness(true)
	case "node_stop", "node_restart":
		return newNodeWitness(false)
	case "scale":
		return newScaleWitness()
	case "node_pause":
		return newPauseWitness()
	case "connection_cut":
		return newCutWitness()
	case "balancer_reload":
		return newReloadWitness()
	case "store_down":
		return newStoreWitness()
	case "partition", "latency", "reset":
		return newLinkWitness(p.Name)
	case "store_failover":
		return &failoverWitness{evictWitness: newEvictWitness()}
	case "store_flush":
		return newEvictWitness()
	case "store_evict":
		return &fullWitness{newEvictWitness()}
	case scenario.AppRestart:
		return &phoneWitness{after: p.Params["after"]}
	case "bad_deploy":
		return &reasonWitness{reason: history.ReasonMisconfigured}
	}
	return nil
}

// Add takes the next event. It keeps nothing of e.
func (f *ReceiptFold) Add(e *history.Event) {
	if len(f.witnesses) == 0 {
		return
	}
	switch e.Type {
	case history.Fault:
		if e.Index >= 0 && e.Index < len(f.witnesses) {
			f.witnesses[e.Index].phase(e)
		}
	case history.Decision:
		f.decision(e)
	case history.Action:
		for _, w := range f.witnesses {
			if w, ok := w.(*phoneWitness); ok {
				w.other(e, nil)
			}
		}
	case history.Route, history.Response, history.Node:
		by := f.hops.take(e)
		f.each(e, func(w witness) { w.other(e, by) })
	}
}

func (f *ReceiptFold) decision(e *history.Event) {
	by := grounds{session: f.issues.Of(e.Session), hop: f.hops.decided(e), index: f.issues}
	if by.credential = by.session; e.Token != "" {
		by.credential = f.issues.Of(e.Token)
	}
	f.each(e, func(w witness) { w.decision(e, by) })
	f.issues.Add(e)
}

// each shows an event to every witness, and notes which of them count its
// request.
func (f *ReceiptFold) each(e *history.Event, show func(witness)) {
	for i, w := range f.witnesses {
		before := w.receipt().DecisionsChanged
		show(w)
		switch after := w.receipt().DecisionsChanged; {
		case e.Req == 0:
		case after > before:
			f.changed[e.Req] = i
		case after < before && f.changed[e.Req] == i:
			delete(f.changed, e.Req)
		}
	}
}

// ChangedBy is the index of the planned fault that changed what came of a
// request; ok is false if none is known to have.
func (f *ReceiptFold) ChangedBy(req int) (fault int, ok bool) {
	fault, ok = f.changed[req]
	return fault, ok
}

// Receipts gives what was counted, in the order of the planned faults.
func (f *ReceiptFold) Receipts() []result.Receipt {
	out := make([]result.Receipt, len(f.witnesses))
	for i, w := range f.witnesses {
		out[i] = w.receipt()
	}
	return out
}

// scope is where and when a fault was, and what it changed so far.
type scope struct {
	node      string                 // "" or "all": every node
	only      func(node string) bool // in its place, if it is not nil
	injected  bool
	effective bool
	recovered bool
	from, to  time.Duration
	got       result.Receipt
}

func (s *scope) phase(e *history.Event) {
	switch e.State {
	case history.PhaseInject:
		s.node, s.from, s.injected = e.Node, e.At, true
		s.got.Mechanism = e.Params[mechanism]
	case history.PhaseEffective:
		s.effective = true
	case history.PhaseRecover:
		s.to, s.recovered = e.At, true
	}
}

func (s *scope) receipt() result.Receipt { return s.got }

// at reports whether the fault lasted at that moment.
func (s *scope) at(t time.Duration) bool { return s.since(t) && (!s.recovered || t <= s.to) }

// begunUnder reports whether a decision of the history's part since the
// injection was begun before the fault was taken back. One that was begun
// before the fault may be hit by it.
func (s *scope) begunUnder(d *history.Event) bool {
	return s.injected && (!s.recovered || d.At <= s.to)
}

// since reports whether the fault had been injected by that moment.
func (s *scope) since(t time.Duration) bool { return s.injected && t >= s.from }

// on reports whether the fault is on that node.
func (s *scope) on(node string) bool {
	if s.only != nil {
		return node != "" && s.only(node)
	}
	return node != "" && (s.node == "" || s.node == "all" || s.node == node)
}

// mark counts a decision or request that met the fault.
func (s *scope) mark() { s.got.Marks++ }

func (s *scope) markIf(met bool) {
	if met {
		s.mark()
	}
}

// changed counts a decision that would have come out differently.
func (s *scope) changed(rejection bool) {
	s.got.Marks++
	s.got.DecisionsChanged++
	if rejection {
		s.got.Rejections++
	}
}
