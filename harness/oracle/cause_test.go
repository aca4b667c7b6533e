package oracle

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
)

// renewal is a request for new tokens with the refresh token of a family.
func renewal(node, family, reason string, code int, next string) exchange {
	d := &history.Event{Node: node, Boot: 1, Op: history.OpRefresh, Reason: reason, Session: family, Token: "r-" + family}
	e := status(history.OpRefresh, code)
	if next != "" {
		d.Accept, d.Issued, d.NewTok, d.NewRT = true, family, "a-"+next, "r-"+next
		e.Body = history.BodyTokens
	}
	return exchange{d: d, e: e}
}

func with(d *history.Event, change func(*history.Event)) *history.Event {
	change(d)
	return d
}

// causeCase is a history in which somebody is logged out; the last action that is
// not ok is the one in question.
type causeCase struct {
	name  string
	want  string
	write func(t *tape)
}

// causeCases has one for every way to be logged out.
var causeCases = slices.Concat(decisionCases, networkCases, cookieCases)

// decisionCases are about what a node decided, and why.
var decisionCases = []causeCase{
	{"session on another node", SessionNotOnNode, func(t *tape) {
		t.login(1, "app-1", "s")
		t.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
		t.login(2, "app-1", "s2") // app-1 is alive
	}},
	{"decision recorded after the action", SessionNotOnNode, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpRejected),
			exchange{d: refusal("app-2", "s", history.ReasonUnknownSess), e: status(history.OpPage, 401), late: true})
		t.login(2, "app-1", "s2")
	}},
	{"redirect to the login page", SessionNotOnNode, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpRejected),
			exchange{d: refusal("app-2", "s", history.ReasonUnknownSess), e: history.Event{Op: history.OpPage, Status: 302, Location: "/login"}},
			exchange{e: history.Event{Op: history.OpLoginForm, Status: 200, Body: history.BodyLogin}})
	}},
	{"node restarted", SessionLost, func(t *tape) {
		t.login(1, "app-1", "s")
		t.node("app-1", 2, history.StateUp)
		t.refused(1, with(refusal("app-1", "s", history.ReasonUnknownSess), func(d *history.Event) { d.Boot = 2 }))
	}},
	{"node died, restarts later", SessionLost, func(t *tape) {
		t.login(1, "app-1", "s")
		t.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
		t.node("app-1", 2, history.StateUp)
	}},
	{"node died for good, seen by the balancer", SessionLost, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpRejected), exchange{
			routes: []history.Event{{Node: "app-1", Err: history.ErrRefused}},
			d:      refusal("app-2", "s", history.ReasonUnknownSess), e: status(history.OpPage, 401),
		})
	}},
	{"node died for good behind a balancer of connections", SessionLost, func(t *tape) {
		t.login(1, "app-1", "s")
		t.put(history.Event{Type: history.Route, Node: "app-1", Err: history.ErrReset})
		t.do(1, history.KindPage, shownLogin(history.GaveUpRejected),
			exchange{e: history.Event{Op: history.OpPage, Err: history.ErrReset}},
			exchange{d: refusal("app-2", "s", history.ReasonUnknownSess), e: status(history.OpPage, 401)})
		t.put(history.Event{Type: history.Route, Node: "app-1", Err: history.ErrRefused}) // somebody else's
	}},
	{"node gets no request", SessionNotOnNode, func(t *tape) {
		t.login(1, "app-1", "s")
		t.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
		t.login(2, "app-2", "s2")
		for range 50 {
			t.ok(2, "app-2", "s2")
		}
	}},
	{"node gets no request since its connection was cut", SessionNotOnNode, func(t *tape) {
		t.login(1, "app-1", "s")
		t.put(history.Event{Type: history.Route, Node: "app-1", Err: history.ErrReset})
		t.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
	}},
	{"node refused connections before its last word", SessionNotOnNode, func(t *tape) {
		t.put(history.Event{Type: history.Route, Node: "app-1", Err: history.ErrRefused})
		t.login(1, "app-1", "s")
		t.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
	}},
	{"node is down to the balancer, and never heard of again", SessionLost, func(t *tape) {
		t.login(1, "app-1", "s")
		t.put(history.Event{Type: history.Route, Node: "app-1", State: history.StateDown})
		t.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
	}},
	{"node was down to the balancer, and is up again", SessionNotOnNode, func(t *tape) {
		t.login(1, "app-1", "s")
		t.put(history.Event{Type: history.Route, Node: "app-1", State: history.StateDown})
		t.put(history.Event{Type: history.Route, Node: "app-1", State: history.StateUp})
		t.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
	}},
	{"node is stopping", SessionLost, func(t *tape) {
		t.login(1, "app-1", "s")
		t.node("app-1", 1, history.StateStopping)
		t.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
		t.node("app-1", 1, history.StateDown)
	}},
	{"node is drained, and then stopped", SessionLost, func(t *tape) {
		t.login(1, "app-1", "s")
		t.put(history.Event{Type: history.Route, Node: "app-1", State: history.StateDraining})
		t.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
		t.node("app-1", 1, history.StateStopping)
	}},
	{"node was drained, and stopped another time", SessionNotOnNode, func(t *tape) {
		t.login(1, "app-1", "s")
		t.put(history.Event{Type: history.Route, Node: "app-1", State: history.StateDraining})
		t.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
		t.put(history.Event{Type: history.Route, Node: "app-1", State: history.StateUp})
		t.node("app-1", 1, history.StateStopping)
	}},
	{"shared store forgot it", StoreEvicted, func(t *tape) {
		t.login(1, "app-1", "s")
		t.ok(1, "app-2", "s")
		t.refused(1, refusal("app-1", "s", history.ReasonUnknownSess))
	}},
	{"shared store forgot it before another node saw it", StoreEvicted, func(t *tape) {
		t.login(1, "app-1", "s")
		t.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
		t.login(2, "app-1", "s2")
		t.ok(2, "app-2", "s2") // sessions are shared
	}},
	{"shared store forgot it, and the node that created it restarted", StoreEvicted, func(t *tape) {
		t.login(2, "app-1", "s2")
		t.ok(2, "app-2", "s2")
		t.login(1, "app-1", "s")
		t.node("app-1", 2, history.StateUp)
		t.refused(1, with(refusal("app-1", "s", history.ReasonUnknownSess), func(d *history.Event) { d.Boot = 2 }))
	}},
	{"shared store forgot a token family", StoreEvicted, func(t *tape) {
		t.loginToken(2, "app-1", "f2", "k", 0)
		t.renewed(2, "app-2", "f2")
		t.loginToken(1, "app-1", "f", "k", 0)
		t.do(1, history.KindPage, shownLogin(history.GaveUpRefreshRejected), exchange{
			d: with(refusal("app-2", "f", history.ReasonUnknownSess), func(d *history.Event) { d.Op, d.Token = history.OpRefresh, "r-f" }),
			e: status(history.OpRefresh, 401),
		})
	}},
	{"tokens are accepted elsewhere, families are not known there", SessionNotOnNode, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k", 0)
		t.do(1, history.KindPage, shownPage(1), exchange{d: token(accepts("app-2", ""), "f"), e: page(1)})
		t.do(1, history.KindPage, shownLogin(history.GaveUpRefreshRejected), exchange{
			d: with(refusal("app-2", "f", history.ReasonUnknownSess), func(d *history.Event) { d.Op, d.Token = history.OpRefresh, "r-f" }),
			e: status(history.OpRefresh, 401),
		})
	}},
	{"own store forgot it", StoreEvicted, func(t *tape) {
		t.login(1, "app-1", "s")
		t.refused(1, refusal("app-1", "s", history.ReasonUnknownSess))
	}},
	{"verifier's clock ahead", ClockSkew, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k", 0)
		t.refused(1, with(token(refusal("app-2", "", history.ReasonExpired), "f"), func(d *history.Event) {
			d.Clock, d.ExpIn, d.IatIn = 25*time.Second, -5*time.Second, -25*time.Second
		}))
	}},
	{"issuer's clock ahead", ClockSkew, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k", 25*time.Second)
		t.refused(1, with(token(refusal("app-2", "", history.ReasonNotYet), "f"), func(d *history.Event) {
			d.ExpIn, d.IatIn = time.Minute, 25*time.Second
		}))
	}},
	{"skewed, but expired anyway", TokenExpired, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k", 0)
		t.refused(1, with(token(refusal("app-2", "", history.ReasonExpired), "f"), func(d *history.Event) {
			d.Clock, d.ExpIn = time.Second, -5*time.Second
		}))
	}},
	{"expired", TokenExpired, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k", 0)
		t.refused(1, with(token(refusal("app-2", "", history.ReasonExpired), "f"), func(d *history.Event) { d.ExpIn = -time.Second }))
	}},
	{"session shorter than promised", SessionExpired, func(t *tape) {
		t.login(1, "app-1", "s")
		t.refused(1, with(refusal("app-1", "s", history.ReasonSessionIdle), func(d *history.Event) { d.ExpIn = -time.Second }))
	}},
	{"session past its absolute life", SessionExpired, func(t *tape) {
		t.login(1, "app-1", "s")
		for range 2 { // a life that does not move with its use: its end stays where it was
			t.do(1, history.KindPage, shownPage(1), exchange{d: with(accepts("app-2", "s"), func(d *history.Event) {
				d.Clock, d.ExpIn = -time.Hour, time.Hour+48*ms-t.now
			}), e: page(1)})
		}
		t.now += 50 * ms
		t.refused(1, with(refusal("app-1", "s", history.ReasonSessionIdle), func(d *history.Event) { d.ExpIn = 48*ms - t.now }))
	}},
	{"session last used by a node whose clock lags", ClockSkew, func(t *tape) {
		t.login(1, "app-1", "s")
		for range 2 {
			t.do(1, history.KindPage, shownPage(1), exchange{d: with(accepts("app-2", "s"), func(d *history.Event) {
				d.Clock, d.ExpIn = -time.Hour, time.Minute
			}), e: page(1)})
		}
		t.refused(1, with(refusal("app-1", "s", history.ReasonSessionIdle), func(d *history.Event) { d.ExpIn = time.Minute - time.Hour }))
	}},
	{"session found by a node whose clock is ahead", ClockSkew, func(t *tape) {
		t.login(1, "app-1", "s")
		t.refused(1, with(refusal("app-2", "s", history.ReasonSessionIdle), func(d *history.Event) {
			d.Clock, d.ExpIn = time.Hour, time.Minute-time.Hour
		}))
	}},
	{"two keys", KeyMismatch, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k1", 0)
		t.refused(1, with(token(refusal("app-2", "", history.ReasonBadSignature), "f"), func(d *history.Event) { d.KeyFP = "k2" }))
	}},
	{"two keys, given back later", KeyMismatch, func(t *tape) {
		for range 5 {
			t.loginToken(2, "app-1", "g", "k1", 0)
			t.loginToken(1, "app-2", "f", "k2", 0)
			t.now += 50 * ms
		}
		t.loginToken(2, "app-2", "h", "k1", 0)
		t.refused(1, with(token(refusal("app-2", "", history.ReasonBadSignature), "f"), func(d *history.Event) { d.KeyFP = "k1" }))
	}},
	{"two keys with ids", KeyMismatch, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k1", 0)
		t.loginToken(2, "app-2", "g", "k2", 0)
		t.refused(1, with(token(refusal("app-2", "", history.ReasonUnknownKey), "f"), func(d *history.Event) { d.Kid = "kid-k1" }))
		t.now += 50 * ms
		t.loginToken(3, "app-1", "h", "k1", 0)
	}},
	{"rotation without overlap", KeyRetired, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k1", 0)
		t.loginToken(2, "app-2", "g", "k1", 0)
		t.now += 100 * ms
		t.loginToken(3, "app-1", "h", "k2", 0)
		t.refused(1, with(token(refusal("app-2", "", history.ReasonUnknownKey), "f"), func(d *history.Event) { d.Kid = "kid-k1" }))
		t.now += 100 * ms
		t.loginToken(2, "app-2", "i", "k2", 0)
	}},
	{"rotation of a secret without id", KeyRetired, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k1", 0)
		t.now += 100 * ms
		t.loginToken(3, "app-1", "h", "k2", 0)
		t.refused(1, with(token(refusal("app-2", "", history.ReasonBadSignature), "f"), func(d *history.Event) { d.KeyFP = "k2" }))
	}},
	{"refresh race", RefreshRace, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k", 0)
		t.do(1, history.KindPage, shownLogin(history.GaveUpRefreshRejected),
			exchange{d: token(refusal("app-1", "", history.ReasonExpired), "f"), e: status(history.OpPage, 401)},
			renewal("app-1", "f", history.ReasonOK, 200, "f2"),
			renewal("app-2", "f", history.ReasonReused, 400, ""),
			exchange{d: token(refusal("app-1", "", history.ReasonExpired), "f"), e: status(history.OpPage, 401)})
	}},
	{"family revoked after a race", RefreshRace, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k", 0)
		t.do(1, history.KindPage, shownPage(1),
			renewal("app-1", "f", history.ReasonOK, 200, "f2"),
			renewal("app-2", "f", history.ReasonReused, 400, ""),
			exchange{d: token(accepts("app-1", ""), "f2"), e: page(1)})
		t.do(1, history.KindPage, shownLogin(history.GaveUpRefreshRejected), renewal("app-2", "f2", history.ReasonRevoked, 400, ""))
	}},
	{"answer to a renewal lost, then reused", RefreshLost, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k", 0)
		lost := renewal("app-1", "f", history.ReasonOK, 0, "f2")
		lost.e.Err = history.ErrReset
		t.do(1, history.KindPage, shownLogin(history.GaveUpRefreshRejected), lost, renewal("app-2", "f", history.ReasonReused, 400, ""))
	}},
	{"renewal failed on the network", RefreshLost, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k", 0)
		t.do(1, history.KindPage, shownLogin(history.GaveUpRefreshNetwork),
			exchange{e: history.Event{Op: history.OpRefresh, Err: history.ErrReset}})
	}},
	{"renewal met a dead store", StoreDown, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k", 0)
		t.do(1, history.KindPage, shownLogin(history.GaveUpRefreshNetwork), renewal("app-1", "f", history.ReasonStoreDown, 503, ""))
	}},
	{"an app found its storage empty", StorageEvicted, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k", 0)
		left := shownLogin(history.GaveUpStorage)
		left.Read, left.After = history.ReadGone, history.AfterOSUpdate
		t.do(1, history.KindPage, left)
	}},
	{"revoked by somebody", RevokedElsewhere, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k", 0)
		t.refused(1, token(refusal("app-2", "", history.ReasonRevoked), "f"))
	}},
	{"store down", StoreDown, func(t *tape) {
		t.login(1, "app-1", "s")
		t.refused(1, refusal("app-2", "s", history.ReasonStoreDown))
	}},
	{"bad deploy", NodeMisconfig, func(t *tape) {
		t.login(1, "app-1", "s")
		t.refused(1, refusal("app-2", "", history.ReasonMisconfigured))
	}},
	{"the refusal counts, not what it took away", SessionNotOnNode, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpRejected),
			exchange{d: refusal("app-2", "s", history.ReasonUnknownSess), e: status(history.OpPage, 401)},
			exchange{d: refusal("app-1", "", history.ReasonNoCredential), e: status(history.OpPage, 401)})
	}},
	{"cleared by an answer", Unexplained, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownPage(1), exchange{d: accepts("app-1", "s"), e: with2(page(1), func(e *history.Event) { e.Clear = []string{"sid"} })})
		t.refused(1, refusal("app-1", "", history.ReasonNoCredential))
	}},
	{"no decision", Unexplained, func(t *tape) {
		t.login(1, "app-1", "s")
		t.refused(1, nil)
	}},
	{"malformed", CredentialMalformed, func(t *tape) {
		t.login(1, "app-1", "s")
		t.refused(1, refusal("app-1", "", history.ReasonMalformed))
	}},
	{"session nobody issued", Unexplained, func(t *tape) {
		t.login(1, "app-1", "s")
		t.refused(1, refusal("app-1", "x", history.ReasonUnknownSess))
	}},
	{"token nobody signed", Unexplained, func(t *tape) {
		t.login(1, "app-1", "s")
		t.refused(1, token(refusal("app-1", "", history.ReasonBadSignature), "x"))
	}},
	{"same key, bad signature", Unexplained, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k", 0)
		t.refused(1, with(token(refusal("app-2", "", history.ReasonBadSignature), "f"), func(d *history.Event) { d.KeyFP = "k" }))
	}},
}

func with2(e history.Event, change func(*history.Event)) history.Event {
	change(&e)
	return e
}

func TestCauses(t *testing.T) {
	for _, c := range causeCases {
		t.Run(c.name, func(t *testing.T) {
			var rec tape
			c.write(&rec)
			j := rec.judge(t, history.Promise{})
			require.Equal(t, map[string]int{c.want: 1}, j.Causes, "%+v", j.Findings)
			require.Equal(t, 1, j.Verdicts.SpuriousLogout)
			require.Equal(t, []int{1}, j.Affected)
			require.Len(t, j.Stories, 1)
			story := j.Stories[0]
			require.Equal(t, j.Findings[0], story.Finding)
			require.NotEmpty(t, story.Finding.Evidence)
			require.Equal(t, history.KindLogin, story.Events[0].Kind, "a story starts with the login")
			require.Equal(t, history.Action, lastOf(story, story.Finding.At))
		})
	}
}

func lastOf(s Story, at time.Duration) history.Type {
	for _, e := range s.Events {
		if e.At == at {
			return e.Type
		}
	}
	return ""
}

// The list of faults and their events must not change a verdict or a cause.
func TestFaultsAreNotRead(t *testing.T) {
	for _, c := range causeCases {
		var rec, told tape
		c.write(&rec)
		told.events = append(told.events, history.Event{Type: history.Fault, Fault: "clock_skew", Node: "app-1", State: history.PhaseInject})
		for _, e := range rec.events {
			told.events = append(told.events, e, history.Event{At: e.At, Type: history.Fault, Fault: "node_kill", Node: "app-2", State: history.PhaseEffective})
		}
		h := history.Header{Users: 3, Faults: []history.PlannedFault{{Name: "store_down"}}}
		with, err := Judge(h, history.Of(told.events...))
		require.NoError(t, err)
		without, err := Judge(history.Header{Users: 3}, history.Of(rec.events...))
		require.NoError(t, err)
		require.Equal(t, without, with, c.name)
	}
}

// Every cause is the outcome of some case, here or among the verdicts.
func TestEveryCauseHasACase(t *testing.T) {
	seen := map[string]bool{RevocationMissed: true, CachedOtherUser: true, ForgedToken: true, LockedOut: true} // see TestVerdicts
	for _, c := range causeCases {
		seen[c.want] = true
	}
	for _, c := range Causes() {
		require.True(t, seen[c], c)
		require.NotEqual(t, c, InWords(c))
	}
}
