package fault

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
)

// What a fault changed is known here by construction: of what would have come
// out the same without it, nothing is counted but the sessions that are lost.
func TestReceiptsAreExact(t *testing.T) {
	once := history.Params{"every": "0s"}
	for name, c := range map[string]struct {
		faults []span
		events events
		want   []result.Receipt
	}{
		"nodes that never shared a key refuse each other anyway": {
			[]span{{"key_mismatch", "app-2", 10 * second, 0, nil}},
			events{
				up(0, "app-1", "x1"), up(0, "app-2", "x2"),
				issued(1*second, "app-1", "f", "x1", 0), issued(2*second, "app-2", "g", "x2", 0),
				wrongKey(11*second, "app-2", "f", "own"), // as before: x2 is not x1 either
				wrongKey(12*second, "app-2", "g", "own"), // its own token of before
				issued(13*second, "app-2", "h", "own", 0),
				wrongKey(14*second, "app-1", "h", "x1"), // as before
				rightKey(15*second, "app-2", "h", "own"),
				rightKey(16*second, "app-1", "f", "x1"), // nothing to do with it
			},
			[]result.Receipt{{DecisionsChanged: 1, Rejections: 1, Marks: 5}},
		},
		"a key of its own from the start": {
			[]span{{"key_mismatch", "app-2", 1, 0, nil}},
			events{
				up(0, "app-1", "k"), up(0, "app-2", "k"),
				issued(2*second, "app-2", "g", "own", 0), issued(3*second, "app-1", "f", "k", 0),
				wrongKey(4*second, "app-1", "g", "k"), wrongKey(5*second, "app-2", "f", "own"),
			},
			[]result.Receipt{{DecisionsChanged: 2, Rejections: 2, Marks: 3}},
		},
		"a key of its own from the start, of nodes that say nothing of theirs": {
			[]span{{"key_mismatch", "app-3", 1, 0, nil}},
			events{
				issued(1*second, "app-1", "e", "k", 0), issued(2*second, "app-2", "f", "k", 0), issued(3*second, "app-3", "g", "own", 0),
				wrongKey(4*second, "app-1", "g", "k"), wrongKey(5*second, "app-3", "f", "own"),
			},
			[]result.Receipt{{DecisionsChanged: 2, Rejections: 2, Marks: 3}},
		},
		"tokens that had come to their end anyway": {
			[]span{{"key_mismatch", "app-2", 10 * second, 0, nil}},
			events{
				up(0, "app-1", "k"), up(0, "app-2", "k"), issued(1*second, "app-1", "f", "k", 0), issued(2*second, "app-1", "g", "k", 0),
				decided(3*second, "app-1", history.ReasonOK, 0, func(e *history.Event) {
					e.Op, e.Session, e.Token, e.Ended, e.ExpIn = history.OpLogout, "g", "a-g", true, second
				}),
				wrongKey(11*second, "app-2", "g", "own"), // logged out
				decided(12*second, "app-2", history.ReasonBadSignature, 0, func(e *history.Event) {
					e.Session, e.Token, e.KeyFP, e.ExpIn = "f", "a-f", "own", -second // expired
				}),
			},
			[]result.Receipt{{DecisionsChanged: 2, Rejections: 0, Marks: 2}},
		},
		"a key set, and nobody logs in": {
			[]span{{"key_mismatch", "app-2", 10 * second, 20 * second, nil}},
			events{
				up(0, "app-1", "k"), up(0, "app-2", "k"), issued(1*second, "app-1", "f", "k", 0),
				rightKey(11*second, "app-2", "f", "k"), rightKey(12*second, "app-1", "f", "k"), rightKey(21*second, "app-2", "f", "k"),
			},
			[]result.Receipt{{Marks: 1}},
		},
		"a logout that is accepted, and revokes nothing": {
			[]span{{"key_mismatch", "app-2", 10 * second, 0, nil}},
			events{
				up(0, "app-1", "k"), up(0, "app-2", "k"), issued(1*second, "app-1", "f", "k", 0),
				decided(11*second, "app-2", history.ReasonBadSignature, 0, func(e *history.Event) {
					verifiedWith("f", "own")(e)
					e.Op, e.Accept = history.OpLogout, true
				}),
			},
			[]result.Receipt{{DecisionsChanged: 1, Rejections: 0, Marks: 1}},
		},
		"a login under way at the injection": {
			[]span{{"key_mismatch", "app-2", 10 * second, 0, nil}},
			events{
				up(0, "app-1", "k"), up(0, "app-2", "k"),
				issued(10*second+5, "app-2", "g", "own", 0), // began before the injection took effect
				wrongKey(11*second, "app-1", "g", "k"),
			},
			[]result.Receipt{{DecisionsChanged: 1, Rejections: 1, Marks: 2}},
		},
		"two rotations, and a node that takes no part": {
			[]span{{"key_rotation", "", 10 * second, 0, nil}, {"key_rotation", "", 20 * second, 0, nil}},
			events{
				up(0, "app-1", "k1"), up(0, "app-2", "k1"), up(0, "app-3", "own"),
				issued(1*second, "app-1", "f", "k1", 0), issued(2*second, "app-3", "g", "own", 0),
				wrongKey(3*second, "app-1", "g", "k1"),
				wrongKey(11*second, "app-1", "f", "k2"), // the first rotation's
				wrongKey(12*second, "app-3", "f", "own"),
				wrongKey(13*second, "app-1", "g", "k2"),
				issued(14*second, "app-1", "h", "k2", 0),
				rightKey(15*second, "app-2", "h", "k2"),
				wrongKey(21*second, "app-2", "h", "k3"), // the second one's
				wrongKey(22*second, "app-2", "f", "k3"), // would be refused without the second; and without the first
			},
			[]result.Receipt{{DecisionsChanged: 1, Rejections: 1, Marks: 6}, {DecisionsChanged: 1, Rejections: 1, Marks: 2}},
		},
		"an outage, until each node has found the store again": {
			[]span{{"store_down", "", 10 * second, 20 * second, nil}, {"store_down", "", 30 * second, 40 * second, nil}},
			joined(
				downs("app-1", 5*second), // not this outage
				downs("app-1", 11*second, 12*second), downs("app-2", 13*second), downs("app-1", 21*second),
				events{
					decided(22*second, "app-1", history.ReasonOK, 0, session("s")), // found
					decided(23*second, "app-2", history.ReasonOK, 0, func(e *history.Event) { e.Op = history.OpLogin }),
				},
				downs("app-1", 24*second), downs("app-2", 25*second), // something else; still not found
				events{decided(26*second, "app-2", history.ReasonOK, 0, session("s"))},
				downs("app-2", 31*second), downs("app-1", 41*second),
			),
			[]result.Receipt{{DecisionsChanged: 5, Rejections: 5, Marks: 5}, {DecisionsChanged: 1, Rejections: 1, Marks: 1}},
		},
		"an outage that meets a session which was over": {
			[]span{{"store_down", "", 10 * second, 0, nil}},
			joined(events{created(1*second, "app-1", "s"), loggedOut(2*second, "app-1", "s")}, downs("app-1", 11*second)),
			[]result.Receipt{{DecisionsChanged: 1, Rejections: 0, Marks: 1}},
		},
		"two bad deploys": {
			[]span{{"bad_deploy", "app-1", 10 * second, 20 * second, nil}, {"bad_deploy", "app-1", 30 * second, 0, nil}},
			events{
				decided(11*second, "app-1", history.ReasonMisconfigured, 0, nil),
				decided(31*second, "app-1", history.ReasonMisconfigured, 0, nil), decided(32*second, "app-1", history.ReasonMisconfigured, 0, nil),
			},
			[]result.Receipt{{DecisionsChanged: 1, Rejections: 1, Marks: 1}, {DecisionsChanged: 2, Rejections: 2, Marks: 2}},
		},
		"a death among nodes that never knew each other's sessions": {
			[]span{{"node_kill", "app-2", 10 * second, 0, nil}},
			events{
				life(0, "app-2", 1, history.StateUp),
				created(1*second, "app-2", "s"), created(2*second, "app-2", "u"), created(3*second, "app-2", "v"),
				decided(4*second, "app-1", history.ReasonUnknownSess, 0, session("s")),
				decided(5*second, "app-1", history.ReasonUnknownSess, 0, session("u")),               // requests go anywhere
				decided(11*second, "app-1", history.ReasonUnknownSess, 0, session("s")),              // as it would be refused anyhow; but at home it is no more
				decided(11500*time.Millisecond, "app-1", history.ReasonUnknownSess, 0, session("s")), // which is counted once
				tried(12*second, 99, "app-2"),
				decided(13*second, "app-1", history.ReasonUnknownSess, 0, func(e *history.Event) { e.Session, e.Req = "v", 99 }), // was on its way home
				answered(14*second, 99, 401, ""),
			},
			[]result.Receipt{{DecisionsChanged: 2, Rejections: 1, SessionsLost: 2, Marks: 4}},
		},
		"two deaths": {
			[]span{{"node_kill", "app-2", 10 * second, 20 * second, nil}, {"node_kill", "app-2", 30 * second, 0, nil}},
			events{
				life(0, "app-2", 1, history.StateUp), created(1*second, "app-2", "s"),
				tried(11*second-1, int(11*second), "app-2"), decided(11*second, "app-1", history.ReasonUnknownSess, 0, session("s")),
				life(19*second, "app-2", 2, history.StateUp), reborn(created(21*second, "app-2", "u")),
				tried(31*second-1, int(31*second), "app-2"), decided(31*second, "app-1", history.ReasonUnknownSess, 0, session("u")),
				decided(32*second, "app-1", history.ReasonUnknownSess, 0, session("s")), // the first one's
			},
			[]result.Receipt{{DecisionsChanged: 2, Rejections: 2, SessionsLost: 1, Marks: 2}, {DecisionsChanged: 1, Rejections: 1, SessionsLost: 1, Marks: 1}},
		},
		"a restart forgets a logout": {
			[]span{{"node_restart", "app-2", 10 * second, 0, nil}},
			events{
				life(0, "app-2", 1, history.StateUp), issued(1*second, "app-1", "f", "k", 0),
				decided(2*second, "app-2", history.ReasonOK, 0, func(e *history.Event) {
					e.Op, e.Session, e.Token, e.Ended = history.OpLogout, "f", "a-f", true
				}),
				life(11*second, "app-2", 1, history.StateDown), life(12*second, "app-2", 2, history.StateUp),
				reborn(rightKey(13*second, "app-2", "f", "k")),
				rightKey(14*second, "app-1", "f", "k"), // never knew of it
			},
			[]result.Receipt{{DecisionsChanged: 1, Marks: 1}},
		},
		"one cut, and later a death": {
			[]span{{"connection_cut", "all", 10 * second, 0, once}, {"node_kill", "app-2", 20 * second, 0, nil}},
			events{
				tried(10*second+2, 1, "app-2"), sent(answered(10*second+3, 1, 502, ""), 9*second),
				sent(answered(11*second, 2, 503, ""), 9*second), // nobody cut this one
				tried(21*second, 3, "app-2"), answered(22*second, 3, 502, ""),
				answered(23*second, 4, 503, ""), // no node left
			},
			[]result.Receipt{{DecisionsChanged: 1, RequestsCut: 1, Marks: 1}, {DecisionsChanged: 2, RequestsCut: 2, Marks: 2}},
		},
		"idle connections, of a balancer that keeps them, and of one that lets go": {
			[]span{{"connection_cut", "app-2", 10 * second, 60 * second, history.Params{"every": "0s", "idle": "5s"}}},
			events{
				decided(2*second, "app-2", history.ReasonOK, 0, nil),
				decided(11*second, "app-2", history.ReasonOK, 0, nil), // after 9 s, all but 1 s of them before the fault
				decided(12*second, "app-2", history.ReasonOK, 0, func(e *history.Event) { e.Req = 1 }),
				sent(answered(15*second, 1, 200, ""), 12*second),
				decided(19*second, "app-2", history.ReasonOK, 0, nil), // after 4 s: it had answered meanwhile
				tried(25*second, 2, "app-2"), sent(answered(25*second, 2, 502, ""), 25*second),
				tried(26*second, 3, "app-2"), sent(answered(26*second, 3, 200, ""), 26*second), // sent on
				tried(27*second, 4, "app-1"), sent(answered(27*second, 4, 502, ""), 27*second), // another node's
				sent(answered(28*second, 5, 0, history.ErrReset), 28*second),                     // nobody says where
				sent(answered(29*second, 7, 502, ""), 29*second), tried(29*second+1, 7, "app-2"), // said too late
				sent(answered(29*second, 8, 503, ""), 29*second), // no node was there
				decided(30*second, "app-1", history.ReasonOK, 0, nil), decided(40*second, "app-1", history.ReasonOK, 0, nil),
				decided(50*second, "app-2", history.ReasonOK, 0, nil),                          // after 31 s
				tried(61*second, 6, "app-2"), sent(answered(61*second, 6, 502, ""), 61*second), // it is over
				decided(70*second, "app-2", history.ReasonOK, 0, nil),
			},
			[]result.Receipt{{DecisionsChanged: 3, RequestsCut: 3, Marks: 6}},
		},
		"a pause: who waits, who has enough, and who is sent on": {
			[]span{{"node_pause", "app-2", 10 * second, 20 * second, nil}},
			joined(atHome("app-2", "s", 4), events{
				created(2*second, "app-2", "u"),
				sent(answered(9*second, 1, 0, history.ErrTimeout), 8*second),  // before it
				sent(answered(12*second, 2, 0, history.ErrTimeout), 9*second), // under way when it began
				decided(12500*time.Millisecond, "app-1", history.ReasonOK, 0, func(e *history.Event) { e.Req = 3 }),
				sent(answered(13*second, 3, 0, history.ErrTimeout), 11*second), // another node's
				stuckAt(14*second, 4, "app-2"), sent(answered(14*second, 4, 504, ""), 11*second),
				stuckAt(15*second, 5, "app-2"), sent(answered(15*second, 5, 200, ""), 11*second), // sent on
				decided(16*second, "app-1", history.ReasonUnknownSess, 0, session("s")), // by chance
				{At: 17 * second, Type: history.Route, Node: "app-2", State: history.StateDown},
				decided(18*second, "app-1", history.ReasonUnknownSess, 0, session("s")),
				decided(21*second, "app-2", history.ReasonOK, 0, func(e *history.Event) { e.Req = 6 }),
				sent(answered(21*second, 6, 200, ""), 12*second),                                // waited
				decided(22*second, "app-1", history.ReasonUnknownSess, 0, session("s")),         // still out
				decided(22500*time.Millisecond, "app-1", history.ReasonOK, 0, session("u")),     // known everywhere
				{At: 23 * second, Type: history.Route, Node: "app-2", State: history.StateUp},   // back
				decided(24*second, "app-1", history.ReasonUnknownSess, 0, session("s")),         // by chance
				{At: 25 * second, Type: history.Route, Node: "app-2", State: history.StateDown}, // for another reason
				decided(26*second, "app-1", history.ReasonUnknownSess, 0, session("s")),
				decided(27*second, "app-2", history.ReasonOK, 0, func(e *history.Event) { e.Req = 7 }),
				sent(answered(27*second, 7, 0, history.ErrTimeout), 26*second), // something else
			}),
			[]result.Receipt{{DecisionsChanged: 4, Rejections: 2, RequestsCut: 2, Marks: 7}},
		},
		"two evictions: sessions": {
			[]span{{"store_evict", "", 10 * second, 0, nil}, {"store_flush", "", 20 * second, 0, nil}},
			events{
				created(1*second, "app-1", "s"), created(2*second, "app-1", "t"), created(3*second, "app-1", "u"),
				created(4*second, "app-1", "v"), created(5*second, "app-1", "w"),
				decided(6*second, "app-2", history.ReasonUnknownSess, 0, session("s")), // lost by something else
				loggedOut(7*second, "app-1", "v"),
				decided(11*second, "app-2", history.ReasonUnknownSess, 0, session("s")),
				decided(12*second, "app-2", history.ReasonUnknownSess, 0, session("t")),
				decided(13*second, "app-1", history.ReasonUnknownSess, 0, session("t")), // both times
				decided(14*second, "app-1", history.ReasonOK, 0, session("u")),          // a mark, once
				decided(15*second, "app-2", history.ReasonOK, 0, session("u")),
				decided(16*second, "app-1", history.ReasonUnknownSess, 0, session("v")), // logged out
				created(17*second, "app-1", "x"),
				decided(18*second, "app-2", history.ReasonUnknownSess, 0, session("x")), // created since
				decided(21*second, "app-1", history.ReasonUnknownSess, 0, session("w")), // lost by the one or the other
				decided(22*second, "app-1", history.ReasonUnknownSess, 0, func(e *history.Event) { e.Op, e.Accept, e.Session = history.OpLogout, true, "w" }),
				decided(23*second, "app-1", history.ReasonUnknownSess, 0, session("w")), // logged out
			},
			[]result.Receipt{{DecisionsChanged: 3, Rejections: 3, SessionsLost: 2, Marks: 4}, {DecisionsChanged: 1, Rejections: 1, SessionsLost: 1, Marks: 1}},
		},
		"an eviction: revocations": {
			[]span{{"store_flush", "", 10 * second, 0, nil}},
			events{
				issued(1*second, "app-1", "f", "k", 0), issued(2*second, "app-1", "g", "k", 0), issued(3*second, "app-1", "h", "k", 0),
				tokenEnded(4*second, "app-1", "f"), tokenEnded(5*second, "app-1", "g"),
				decided(6*second, "app-2", history.ReasonRevoked, 0, on("f", second, -second, 0)), // they are shared
				rightKey(7*second, "app-2", "g", "k"),                                             // but this one was not
				decided(11*second, "app-2", history.ReasonRevoked, 0, on("f", second, -second, 0)),
				rightKey(12*second, "app-2", "f", "k"),
				rightKey(13*second, "app-2", "h", "k"), // the store does not decide
				tokenEnded(14*second, "app-1", "h"),
				rightKey(15*second, "app-2", "h", "k"), // revoked since
			},
			[]result.Receipt{{DecisionsChanged: 1, Marks: 2}},
		},
		"a failover: what the replica had not heard of": {
			[]span{{"store_failover", "", 10 * second, 0, nil}},
			joined(
				events{
					created(1*second, "app-1", "s"), created(2*second, "app-1", "t"),
					decided(3*second, "app-2", history.ReasonOK, 0, session("t")), // they are shared
					loggedOut(4*second, "app-2", "s"),
					created(5*second, "app-1", "v"),                                      // the replica had not heard of it
					decided(9*second, "app-1", history.ReasonStoreDown, 0, session("t")), // before
				},
				events{
					decided(11*second, "app-1", history.ReasonStoreDown, 0, session("t")),
					decided(11500*time.Millisecond, "app-1", history.ReasonUnknownSess, 0, session("v")),
				},
				downs("app-2", 11*second),
				events{
					decided(12*second, "app-2", history.ReasonOK, 0, session("t")),          // heard of
					decided(13*second, "app-2", history.ReasonOK, 0, session("s")),          // its end was not
					decided(14*second, "app-1", history.ReasonUnknownSess, 0, session("u")), // issued by nobody
				},
			),
			[]result.Receipt{{DecisionsChanged: 4, Rejections: 2, SessionsLost: 1, Marks: 5}},
		},
		"a wrong clock that nobody asked": {
			[]span{{"clock_skew", "app-2", 10 * second, 0, nil}},
			events{decided(11*second, "app-2", history.ReasonNoCredential, 25*second, nil)},
			[]result.Receipt{{}},
		},
		"a session last used by a clock that lags": {
			[]span{{"clock_skew", "app-2", 10 * second, 0, nil}},
			events{
				created(1*second, "app-1", "s"),
				decided(2*second, "app-1", history.ReasonOK, 0, idle("s", 60*second)),
				decided(11*second, "app-2", history.ReasonOK, -time.Hour, idle("s", time.Hour+51*second)),
				decided(12*second, "app-1", history.ReasonSessionIdle, 0, idle("s", 59*second-time.Hour)),
			},
			[]result.Receipt{{DecisionsChanged: 1, Rejections: 1, Marks: 2}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := Receipts(told(c.faults, c.events))
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}
