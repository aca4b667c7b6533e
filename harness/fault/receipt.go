package fault

import (
	"fmt"
	"iter"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
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
}

// witness counts what one fault changed.
type witness interface {
	phase(e *history.Event)                // the fault is injected, or taken back
	decision(d *history.Event, by grounds) // a node decided
	other(e *history.Event, by *hop)       // Route, Response or Node
	receipt() result.Receipt
}

// grounds is who issued what a decision was taken on; nil if unknown.
type grounds struct {
	credential *history.Issue // the token, or the session if there is none
	session    *history.Issue // the session or token family
}

// NewReceipts returns the fold of a history with the given header. It fails if
// the header names a fault that this version does not know.
func NewReceipts(h history.Header) (*ReceiptFold, error) {
	f := &ReceiptFold{issues: history.NewIssues(h.Users), hops: newHops()}
	for _, p := range h.Faults {
		w := newWitness(p.Name)
		if w == nil {
			return nil, fmt.Errorf("the history has a fault %q that this version cannot prove: judge it with the version that wrote it", p.Name)
		}
		f.witnesses = append(f.witnesses, w)
	}
	return f, nil
}

func newWitness(name string) witness {
	switch name {
	case "clock_skew", "clock_jump":
		return &clockWitness{base: map[string]time.Duration{}}
	case "key_mismatch":
		return &keyWitness{signs: map[string]string{}}
	case "key_rotation":
		return &rotationWitness{old: map[string]bool{}}
	case "node_kill":
		return newNodeWitness(true)
	case "node_stop", "node_restart":
		return newNodeWitness(false)
	case "connection_cut":
		return &cutWitness{}
	case "store_down":
		return &storeWitness{reasonWitness{reason: history.ReasonStoreDown}}
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
	case history.Route, history.Response, history.Node:
		by := f.hops.take(e)
		for _, w := range f.witnesses {
			w.other(e, by)
		}
	}
}

func (f *ReceiptFold) decision(e *history.Event) {
	by := grounds{session: f.issues.Of(e.Session)}
	if by.credential = by.session; e.Token != "" {
		by.credential = f.issues.Of(e.Token)
	}
	f.hops.decided(e)
	for _, w := range f.witnesses {
		w.decision(e, by)
	}
	f.issues.Add(e)
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
	node      string // "" or "all": every node
	injected  bool
	recovered bool
	from, to  time.Duration
	got       result.Receipt
}

func (s *scope) phase(e *history.Event) {
	switch e.State {
	case history.PhaseInject:
		s.node, s.from, s.injected = e.Node, e.At, true
	case history.PhaseRecover:
		s.to, s.recovered = e.At, true
	}
}

func (s *scope) receipt() result.Receipt { return s.got }

// at reports whether the fault lasted at that moment.
func (s *scope) at(t time.Duration) bool { return s.since(t) && (!s.recovered || t <= s.to) }

// since reports whether the fault had been injected by that moment.
func (s *scope) since(t time.Duration) bool { return s.injected && t >= s.from }

// on reports whether the fault is on that node.
func (s *scope) on(node string) bool {
	return node != "" && (s.node == "" || s.node == "all" || s.node == node)
}

// mark counts a decision or request on which the fault is visible.
func (s *scope) mark() { s.got.Marks++ }

// changed counts a decision that would have come out differently.
func (s *scope) changed(rejection bool) {
	s.got.Marks++
	s.got.DecisionsChanged++
	if rejection {
		s.got.Rejections++
	}
}

// cut counts a request that the fault cost. Failed attempts at a node are
// marked when they happen.
func (s *scope) cut(by *hop) {
	if len(by.failed) == 0 {
		s.got.Marks++
	}
	s.got.DecisionsChanged++
	s.got.RequestsCut++
}
