package fault

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
)

const second = time.Second

// phases wraps what happens under a fault on a node, from 10 s to 20 s. Of
// "scale to 3" the name is scale.
func phases(name, node string, before, during, after []history.Event) []history.Event {
	name, to, _ := strings.Cut(name, " to ")
	note := func(at time.Duration, state string) history.Event {
		return history.Event{At: at, Type: history.Fault, Fault: name, Node: node, State: state, Params: history.Params{"to": to}}
	}
	out := append([]history.Event{}, before...)
	out = append(out, note(10*second, history.PhaseInject), note(10*second+1, history.PhaseEffective))
	out = append(out, during...)
	out = append(out, note(20*second, history.PhaseRecover))
	return append(out, after...)
}

// decided is a node's decision at a time; off is how far its clock is off.
func decided(at time.Duration, node, reason string, off time.Duration, change func(*history.Event)) history.Event {
	e := history.Event{
		At: at, Type: history.Decision, Req: int(at), Op: history.OpPage, Node: node, Boot: 1, Clock: at + off,
		Reason: reason, Accept: reason == history.ReasonOK || reason == history.ReasonOKLeeway,
	}
	if change != nil {
		change(&e)
	}
	return e
}

func issued(at time.Duration, node, family, key string, off time.Duration) history.Event {
	return decided(at, node, history.ReasonOK, off, func(e *history.Event) {
		e.Op, e.Issued, e.NewTok, e.KeyFP = history.OpLogin, family, "a-"+family, key
	})
}

// signedIn is a login that a node keeps in its memory.
func signedIn(at time.Duration, node, id string) history.Event {
	return decided(at, node, history.ReasonOK, 0, func(e *history.Event) { e.Op, e.Issued = history.OpLogin, id })
}

func on(family string, exp, iat, leeway time.Duration) func(*history.Event) {
	return func(e *history.Event) {
		e.Session, e.Token, e.ExpIn, e.IatIn, e.Leeway = family, "a-"+family, exp, iat, leeway
	}
}

func session(id string) func(*history.Event) {
	return func(e *history.Event) { e.Session = id }
}

func verifiedWith(family, key string) func(*history.Event) {
	return func(e *history.Event) {
		on(family, second, -second, 0)(e)
		e.KeyFP = key
	}
}

func answered(at time.Duration, req int, status int, err string) history.Event {
	return history.Event{At: at, Type: history.Response, Req: req, Sent: at - 1, Status: status, Err: err}
}

func tried(at time.Duration, req int, node string) history.Event {
	return history.Event{At: at, Type: history.Route, Req: req, Node: node, Err: history.ErrReset}
}

func life(at time.Duration, node string, boot int, state string) history.Event {
	return history.Event{At: at, Type: history.Node, Node: node, Boot: boot, State: state}
}

func TestReceipts(t *testing.T) {
	type events = []history.Event
	for _, c := range []struct {
		name, fault, node     string
		before, during, after events
		want                  result.Receipt
	}{
		{"nothing happens", "clock_skew", "app-2", nil, nil, nil, result.Receipt{}},
		{
			"skew turns decisions", "clock_skew", "app-2",
			events{issued(1*second, "app-1", "f", "k", 0)},
			events{
				decided(11*second, "app-2", history.ReasonExpired, 25*second, on("f", -5*second, -35*second, 0)),
				decided(12*second, "app-1", history.ReasonOK, 0, on("f", 10*second, -12*second, 0)), // another node: nothing to see
			},
			events{decided(21*second, "app-2", history.ReasonOK, 0, on("f", second, -20*second, 0))},
			result.Receipt{DecisionsChanged: 1, Rejections: 1, Marks: 1},
		},
		{
			"skew of the issuer", "clock_skew", "app-2", nil,
			events{
				issued(11*second, "app-2", "f", "k", 25*second), // a mark
				decided(12*second, "app-1", history.ReasonNotYet, 0, on("f", 39*second, 24*second, 0)),
			},
			events{decided(30*second, "app-1", history.ReasonNotYet, 0, on("f", 39*second, 6*second, 0))}, // outlasts the fault
			result.Receipt{DecisionsChanged: 2, Rejections: 2, Marks: 3},
		},
		{
			"leeway absorbs it", "clock_skew", "app-2",
			events{issued(1*second, "app-1", "f", "k", 0)},
			events{
				decided(11*second, "app-2", history.ReasonOKLeeway, 25*second, on("f", -5*second, -35*second, 60*second)),
				decided(12*second, "app-2", history.ReasonOK, 25*second, on("f", 100*second, -35*second, 60*second)),
			}, nil,
			result.Receipt{DecisionsChanged: 1, Marks: 2},
		},
		{
			"expired anyway", "clock_skew", "app-2",
			events{issued(1*second, "app-1", "f", "k", 0)},
			events{decided(11*second, "app-2", history.ReasonExpired, 25*second, on("f", -50*second, -90*second, 0))}, nil,
			result.Receipt{Marks: 1},
		},
		{
			"a jump on top of a skew", "clock_jump", "app-2",
			events{decided(1*second, "app-2", history.ReasonNoCredential, 3*second, nil), issued(2*second, "app-1", "f", "k", 0)},
			events{
				decided(11*second, "app-2", history.ReasonExpired, 3*second, on("f", -second, -12*second, 0)),    // not yet jumped
				decided(12*second, "app-2", history.ReasonExpired, 13*second, on("f", -5*second, -23*second, 0)), // valid with the 3 s alone
			}, nil,
			result.Receipt{DecisionsChanged: 1, Rejections: 1, Marks: 1},
		},
		{
			"a session's life", "clock_jump", "app-2",
			events{decided(1*second, "app-1", history.ReasonOK, 0, func(e *history.Event) { e.Issued = "s" })},
			events{
				decided(11*second, "app-2", history.ReasonSessionIdle, 25*second, func(e *history.Event) { e.Session, e.ExpIn = "s", -second }),
				decided(12*second, "app-2", history.ReasonOK, 25*second, session("s")), // a session without an end
			}, nil,
			result.Receipt{DecisionsChanged: 1, Rejections: 1, Marks: 2},
		},
		{
			"two secrets", "key_mismatch", "app-2",
			events{issued(1*second, "app-1", "f", "k1", 0)},
			events{
				decided(11*second, "app-2", history.ReasonBadSignature, 0, verifiedWith("f", "k2")),
				issued(12*second, "app-2", "g", "k2", 0), // a mark
				decided(13*second, "app-1", history.ReasonBadSignature, 0, verifiedWith("g", "k1")),
				decided(14*second, "app-1", history.ReasonOK, 0, verifiedWith("f", "k1")),
			}, nil,
			result.Receipt{DecisionsChanged: 2, Rejections: 2, Marks: 3},
		},
		{
			"a key set absorbs it", "key_mismatch", "app-2",
			events{issued(1*second, "app-1", "f", "k1", 0)},
			events{
				issued(12*second, "app-2", "g", "k2", 0),
				decided(13*second, "app-1", history.ReasonOK, 0, verifiedWith("g", "k2")),
			}, nil,
			result.Receipt{Marks: 2},
		},
		{
			"one key after all", "key_mismatch", "app-2",
			events{issued(1*second, "app-1", "f", "k1", 0)},
			events{issued(12*second, "app-2", "g", "k1", 0), decided(13*second, "app-1", history.ReasonOK, 0, verifiedWith("g", "k1"))}, nil,
			result.Receipt{},
		},
		{
			"rotation", "key_rotation", "",
			events{issued(1*second, "app-1", "f", "k1", 0)},
			events{decided(11*second, "app-2", history.ReasonUnknownKey, 0, verifiedWith("f", "")), issued(12*second, "app-1", "g", "k2", 0)},
			events{decided(21*second, "app-2", history.ReasonOK, 0, verifiedWith("g", "k2"))},
			result.Receipt{DecisionsChanged: 1, Rejections: 1, Marks: 3},
		},
		{
			"rotation with overlap", "key_rotation", "",
			events{issued(1*second, "app-1", "f", "k1", 0)},
			events{decided(11*second, "app-2", history.ReasonOK, 0, verifiedWith("f", "k1"))}, nil,
			result.Receipt{Marks: 1},
		},
		{
			"kill: sessions lost", "node_kill", "app-2",
			events{
				life(0, "app-2", 1, history.StateUp),
				decided(1*second, "app-2", history.ReasonOK, 0, func(e *history.Event) { e.Issued = "s" }),
				decided(2*second, "app-1", history.ReasonOK, 0, func(e *history.Event) { e.Issued = "safe" }),
			},
			events{
				decided(11*second, "app-1", history.ReasonUnknownSess, 0, session("s")),
				decided(12*second, "app-1", history.ReasonOK, 0, session("safe")),
				life(20*second, "app-2", 2, history.StateUp),
			},
			events{
				decided(21*second, "app-2", history.ReasonUnknownSess, 0, func(e *history.Event) { e.Session, e.Boot = "s", 2 }),
			},
			result.Receipt{DecisionsChanged: 2, Rejections: 2, SessionsLost: 1, Marks: 2},
		},
		{
			"kill: requests cut", "node_kill", "app-2", nil,
			events{
				tried(11*second, 1, "app-2"), answered(11*second, 1, 502, ""),
				tried(12*second, 2, "app-2"), answered(12*second, 2, 200, ""), // sent on to another node
				tried(13*second, 3, "app-1"), answered(13*second, 3, 502, ""), // another node's trouble
				answered(14*second, 4, 0, history.ErrRefused),
				decided(15*second, "app-1", history.ReasonStoreDown, 0, func(e *history.Event) { e.Req = 5 }), answered(15*second, 5, 503, ""),
			},
			events{answered(25*second, 6, 0, history.ErrReset)},
			result.Receipt{DecisionsChanged: 2, RequestsCut: 2, Marks: 3},
		},
		{
			"kill: a shared store absorbs it", "node_kill", "app-2",
			events{decided(1*second, "app-2", history.ReasonOK, 0, func(e *history.Event) { e.Issued = "s" })},
			events{decided(11*second, "app-1", history.ReasonOK, 0, session("s"))}, nil,
			result.Receipt{Marks: 1},
		},
		{
			"kill of an idle node", "node_kill", "app-2", nil, nil,
			events{life(20*second, "app-2", 2, history.StateUp)},
			result.Receipt{},
		},
		{
			"drained stop", "node_stop", "app-2",
			events{decided(1*second, "app-2", history.ReasonOK, 0, func(e *history.Event) { e.Issued = "s" })},
			events{
				decided(10*second+5, "app-1", history.ReasonOK, 0, session("s")), // before it stops
				life(11*second, "app-2", 1, history.StateStopping),
				decided(12*second, "app-1", history.ReasonOK, 0, session("s")),
				life(13*second, "app-2", 1, history.StateDown),
				decided(14*second, "app-1", history.ReasonOK, 0, session("s")),
			},
			events{life(20*second, "app-2", 2, history.StateUp), decided(21*second, "app-1", history.ReasonOK, 0, session("s"))},
			result.Receipt{Marks: 2},
		},
		{
			"connections cut", "connection_cut", "all", nil,
			events{
				tried(11*second, 1, "app-2"), answered(11*second, 1, 502, ""),
				tried(12*second, 2, "app-1"), answered(12*second, 2, 200, ""),
			}, nil,
			result.Receipt{DecisionsChanged: 1, RequestsCut: 1, Marks: 2},
		},
		{
			"nodes that come and go", "scale to 3", "",
			events{
				life(0, "app-1", 1, history.StateUp), life(0, "app-2", 1, history.StateUp),
				signedIn(1*second, "app-1", "a"), decided(2*second, "app-1", history.ReasonOK, 0, session("a")),
			},
			events{
				life(10*second+2, "app-3", 1, history.StateUp),
				decided(11*second, "app-3", history.ReasonUnknownSess, 0, session("a")), // was kept on app-1
				signedIn(12*second, "app-3", "c"),
				decided(13*second, "app-1", history.ReasonOK, 0, session("a")), // not its business
				life(19*second, "app-3", 1, history.StateStopping),
				tried(19*second+1, 9, "app-3"), answered(19*second+2, 9, 502, ""),
				life(19*second+3, "app-3", 1, history.StateDown),
			},
			events{decided(21*second, "app-2", history.ReasonUnknownSess, 0, session("c"))},
			result.Receipt{DecisionsChanged: 3, Rejections: 2, RequestsCut: 1, SessionsLost: 1, Marks: 4},
		},
		{
			"nodes that go and come back", "scale to 1", "",
			events{
				life(0, "app-1", 1, history.StateUp), life(0, "app-2", 1, history.StateUp),
				signedIn(1*second, "app-2", "b"), decided(2*second, "app-2", history.ReasonOK, 0, session("b")),
			},
			events{
				life(10*second+2, "app-2", 1, history.StateStopping), life(10*second+3, "app-2", 1, history.StateDown),
				decided(11*second, "app-1", history.ReasonUnknownSess, 0, session("b")),
				life(19*second, "app-2", 2, history.StateUp),
			},
			events{signedIn(21*second, "app-2", "d"), decided(22*second, "app-2", history.ReasonOK, 0, session("d"))},
			result.Receipt{DecisionsChanged: 1, Rejections: 1, SessionsLost: 1, Marks: 1},
		},
		{
			"a reload that costs", "balancer_reload", "",
			events{
				signedIn(1*second, "app-1", "a"), decided(2*second, "app-1", history.ReasonOK, 0, session("a")),
				signedIn(3*second, "app-2", "b"),
				{At: 4 * second, Type: history.Route, Node: "app-3", State: history.StateDown},
			},
			events{
				{At: 11 * second, Type: history.Route, State: history.StateReloading},
				answered(11*second+1, 1, 0, history.ErrReset), // an idle connection that was closed
				{At: 11*second + 5, Type: history.Route, State: history.StateReloaded},
				{At: 11*second + 9, Type: history.Response, Req: 2, Sent: 11*second + 4, Status: 200},
				decided(12*second, "app-2", history.ReasonUnknownSess, 0, session("a")), // was kept on app-1
				decided(13*second, "app-2", history.ReasonOK, 0, session("b")),
				decided(14*second, "app-2", history.ReasonOK, 0, session("b")), // no longer the first use
				tried(15*second, 3, "app-3"), answered(15*second, 3, 502, ""),  // which it had known to be down
				tried(16*second, 4, "app-2"), answered(16*second, 4, 502, ""), // no doing of the reload
			},
			events{answered(21*second, 5, 0, history.ErrReset)},
			result.Receipt{DecisionsChanged: 3, Rejections: 1, RequestsCut: 2, Marks: 5},
		},
		{
			"a reload that nobody met", "balancer_reload", "", nil,
			events{
				{At: 11 * second, Type: history.Route, State: history.StateReloading},
				{At: 11*second + 5, Type: history.Route, State: history.StateReloaded},
				answered(12*second, 1, 200, ""),
			}, nil,
			result.Receipt{},
		},
		{
			"store down", "store_down", "", nil,
			events{decided(11*second, "app-1", history.ReasonStoreDown, 0, nil)}, nil,
			result.Receipt{DecisionsChanged: 1, Rejections: 1, Marks: 1},
		},
		{
			"a store that comes back empty", "store_down", "",
			events{
				decided(1*second, "app-2", history.ReasonOK, 0, func(e *history.Event) { e.Issued = "s" }),
				decided(2*second, "app-2", history.ReasonOK, 0, func(e *history.Event) { e.Issued = "t" }),
			},
			events{decided(11*second, "app-1", history.ReasonStoreDown, 0, session("s"))},
			events{
				decided(21*second, "app-1", history.ReasonUnknownSess, 0, session("s")),
				decided(22*second, "app-2", history.ReasonOK, 0, func(e *history.Event) { e.Issued = "u" }),
				decided(23*second, "app-1", history.ReasonOK, 0, session("t")),          // this one it had kept
				decided(24*second, "app-1", history.ReasonUnknownSess, 0, session("t")), // and lost by something else
				decided(25*second, "app-1", history.ReasonUnknownSess, 0, session("u")), // created since
			},
			result.Receipt{DecisionsChanged: 2, Rejections: 2, SessionsLost: 1, Marks: 2},
		},
		{
			"store back in time", "store_down", "", nil, nil,
			events{
				{At: 21 * second, Type: history.Response, Req: 1, Sent: 12 * second, Status: 200},
				{At: 21 * second, Type: history.Response, Req: 2, Sent: 19 * second, Status: 200}, // slow, but not that slow
				{At: 31 * second, Type: history.Response, Req: 3, Sent: 22 * second, Status: 200}, // after it
			},
			result.Receipt{Marks: 1},
		},
		{
			"bad deploy", "bad_deploy", "app-1",
			events{decided(1*second, "app-1", history.ReasonMisconfigured, 0, nil)},
			events{decided(11*second, "app-1", history.ReasonMisconfigured, 0, nil), decided(12*second, "app-2", history.ReasonMisconfigured, 0, nil)}, nil,
			result.Receipt{DecisionsChanged: 1, Rejections: 1, Marks: 1},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			name, _, _ := strings.Cut(c.fault, " to ")
			h := history.Header{Faults: []history.PlannedFault{{Name: name}}}
			got, vacuous, err := Receipts(h, history.Of(phases(c.fault, c.node, c.before, c.during, c.after)...))
			require.NoError(t, err)
			require.Equal(t, []result.Receipt{c.want}, got)
			require.Equal(t, []bool{c.want.Marks == 0}, vacuous)
		})
	}
}

// A fault that the run did not reach left no mark, whatever the history says.
func TestReceiptOfAFaultThatWasNotInjected(t *testing.T) {
	h := history.Header{Faults: []history.PlannedFault{{Name: "store_down"}}}
	got, vacuous, err := Receipts(h, history.Of(decided(1, "app-1", history.ReasonStoreDown, 0, nil)))
	require.NoError(t, err)
	require.Equal(t, []result.Receipt{{}}, got)
	require.Equal(t, []bool{true}, vacuous)
}

func TestEveryFaultHasAReceipt(t *testing.T) {
	for _, name := range All().Names() {
		require.NotNil(t, newWitness(history.PlannedFault{Name: name}), name)
	}
	_, _, err := Receipts(history.Header{Faults: []history.PlannedFault{{Name: "flood"}}}, history.Of())
	require.ErrorContains(t, err, `"flood"`)
}

func TestReceiptsTellOfADamagedHistory(t *testing.T) {
	cut := errors.New("cut")
	_, _, err := Receipts(history.Header{}, func(yield func(history.Event, error) bool) { yield(history.Event{}, cut) })
	require.ErrorIs(t, err, cut)
}

func TestHopsAreBounded(t *testing.T) {
	h := newHops()
	for i := range 5 * maxHops {
		h.decided(&history.Event{Req: i + 1})
	}
	require.LessOrEqual(t, len(h.young)+len(h.old), 2*maxHops)
}
