package oracle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
)

// replay presents the credentials of before the logout.
func (t *tape) replay(user int, node, session string, accepted bool) {
	if accepted {
		shown := shownPage(user)
		shown.LoggedOut = true // the client itself has no login
		t.do(user, history.KindReplay, shown, exchange{d: accepts(node, session), e: page(user)})
		return
	}
	t.do(user, history.KindReplay, shownLogin(history.GaveUpRejected),
		exchange{d: refusal(node, session, history.ReasonRevoked), e: status(history.OpPage, 401)})
}

// forge asks for a page with tokens that no node has issued. What the client
// shows is that of the least lucky one.
func (t *tape) forge(user int, xs ...exchange) {
	t.do(user, history.KindForge, history.Event{Shown: history.ShownLogin, Identity: user, GaveUp: history.GaveUpRejected}, xs...)
}

func (t *tape) failedLogout(user int, stillIn bool) {
	t.do(user, history.KindLogout, history.Event{Shown: history.ShownError, LoggedOut: !stillIn},
		exchange{e: history.Event{Op: history.OpLogout, Err: history.ErrReset}})
}

// The verdict of the last action, and the cause if it is a ghost or more.
func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name    string
		promise history.Promise
		want    Verdict
		cause   string
		write   func(t *tape)
	}{
		{"page", history.Promise{}, OK, "", func(t *tape) { t.login(1, "app-1", "s"); t.ok(1, "app-1", "s") }},
		{"page before any login", history.Promise{}, OK, "", func(t *tape) { t.refused(1, refusal("app-1", "", history.ReasonNoCredential)) }},
		{"own page without a login", history.Promise{}, Unknown, "", func(t *tape) { t.ok(1, "app-1", "") }},
		{"page that names nobody", history.Promise{}, Unknown, "", func(t *tape) {
			t.login(1, "app-1", "s")
			t.do(1, history.KindPage, shownPage(0), exchange{d: accepts("app-1", "s"), e: page(0)})
		}},
		{"page within the promise", history.Promise{Idle: time.Second}, SpuriousLogout, StoreEvicted, func(t *tape) {
			t.login(1, "app-1", "s")
			t.refused(1, refusal("app-1", "s", history.ReasonUnknownSess))
		}},
		{"page across the end of the promise", history.Promise{Idle: 2 * ms}, Unknown, "", func(t *tape) {
			t.login(1, "app-1", "s")
			t.refused(1, refusal("app-1", "s", history.ReasonUnknownSess))
		}},
		{"page past the idle promise", history.Promise{Idle: time.Second}, OK, "", func(t *tape) {
			t.login(1, "app-1", "s")
			t.now += 2 * time.Second
			t.refused(1, refusal("app-1", "s", history.ReasonSessionIdle))
		}},
		{"a page keeps the idle promise alive", history.Promise{Idle: time.Second}, SpuriousLogout, StoreEvicted, func(t *tape) {
			t.login(1, "app-1", "s")
			t.now += 900 * ms
			t.ok(1, "app-1", "s")
			t.now += 900 * ms
			t.refused(1, refusal("app-1", "s", history.ReasonUnknownSess))
		}},
		{"but not the absolute one", history.Promise{Idle: time.Second, Absolute: 1500 * ms}, OK, "", func(t *tape) {
			t.login(1, "app-1", "s")
			t.now += 900 * ms
			t.ok(1, "app-1", "s")
			t.now += 900 * ms
			t.refused(1, refusal("app-1", "s", history.ReasonUnknownSess))
		}},
		{"own page past the promise", history.Promise{Idle: time.Second}, OK, "", func(t *tape) {
			t.login(1, "app-1", "s")
			t.now += 2 * time.Second
			t.ok(1, "app-1", "s")
		}},
		{"error", history.Promise{}, Error, ConnectionCut, func(t *tape) {
			t.login(1, "app-1", "s")
			t.do(1, history.KindPage, shownError, exchange{e: history.Event{Op: history.OpPage, Err: history.ErrReset}})
		}},
		{"page shown, credentials dropped", history.Promise{}, SpuriousLogout, StoreDown, func(t *tape) {
			t.login(1, "app-1", "s")
			left := shownPage(1)
			left.LoggedOut = true
			t.do(1, history.KindPage, left, exchange{d: refusal("app-1", "s", history.ReasonStoreDown), e: status(history.OpPage, 401)})
		}},
		{"foreign page from the cache", history.Promise{}, WrongIdentity, CachedOtherUser, func(t *tape) {
			t.login(1, "app-1", "s")
			e := page(2)
			e.Hit = true
			t.do(1, history.KindPage, shownPage(2), exchange{e: e})
		}},
		{"foreign page in one part", history.Promise{}, WrongIdentity, CachedOtherUser, func(t *tape) {
			t.login(1, "app-1", "s")
			e := page(2)
			e.Age = 3
			t.do(1, history.KindPage, shownPage(1), exchange{e: e}, exchange{d: accepts("app-1", "s"), e: page(1)})
		}},
		{"foreign cookie from the cache", history.Promise{}, WrongIdentity, CachedOtherUser, func(t *tape) {
			t.login(1, "app-1", "s")
			e := page(1)
			e.Hit, e.Set = true, []string{"sid"}
			t.do(1, history.KindPage, shownPage(1), exchange{e: e})
			t.do(1, history.KindPage, shownPage(2), exchange{d: accepts("app-1", "other"), e: page(2)})
		}},
		{"foreign page from a node", history.Promise{}, WrongIdentity, Unexplained, func(t *tape) {
			t.login(1, "app-1", "s")
			t.do(1, history.KindPage, shownPage(2), exchange{d: accepts("app-1", "s"), e: page(2)})
		}},
		{"login refused", history.Promise{}, Lockout, LockedOut, func(t *tape) {
			d := &history.Event{Node: "app-1", Boot: 1, Op: history.OpLogin, Reason: history.ReasonBadPassword}
			t.do(1, history.KindLogin, shownLogin(history.GaveUpRejected), exchange{d: d, e: status(history.OpLogin, 401)})
		}},
		{"login at a broken node", history.Promise{}, Lockout, NodeMisconfig, func(t *tape) {
			d := &history.Event{Node: "app-1", Boot: 1, Op: history.OpLogin, Reason: history.ReasonMisconfigured}
			t.do(1, history.KindLogin, shownLogin(history.GaveUpRejected), exchange{d: d, e: status(history.OpLogin, 401)})
		}},
		{"login that a proxy could make nothing of", history.Promise{}, Error, Unexplained, func(t *tape) {
			t.do(1, history.KindLogin, shownLogin(history.GaveUpRejected), exchange{e: status(history.OpLogin, 400)})
		}},
		{"login failed", history.Promise{}, Error, StoreDown, func(t *tape) {
			d := &history.Event{Node: "app-1", Boot: 1, Op: history.OpLogin, Reason: history.ReasonStoreDown}
			t.do(1, history.KindLogin, shownError, exchange{d: d, e: status(history.OpLogin, 503)})
		}},
		{"logout", history.Promise{}, OK, "", func(t *tape) { t.login(1, "app-1", "s"); t.logout(1, "app-1", "s") }},
		{"logout failed", history.Promise{}, Error, ConnectionCut, func(t *tape) { t.login(1, "app-1", "s"); t.failedLogout(1, false) }},
		{"page after a failed logout", history.Promise{}, Unknown, "", func(t *tape) {
			t.login(1, "app-1", "s")
			t.failedLogout(1, true)
			t.ok(1, "app-1", "s")
		}},
		{"page after logout", history.Promise{}, OK, "", func(t *tape) {
			t.login(1, "app-1", "s")
			t.logout(1, "app-1", "s")
			t.refused(1, refusal("app-1", "", history.ReasonNoCredential))
		}},
		{"own page after logout", history.Promise{}, GhostSession, RevocationMissed, func(t *tape) {
			t.login(1, "app-1", "s")
			t.logout(1, "app-1", "s")
			t.ok(1, "app-1", "s")
		}},
		{"own page after logout, from a cache", history.Promise{}, GhostSession, RevocationMissed, func(t *tape) {
			t.login(1, "app-1", "s")
			t.logout(1, "app-1", "s")
			e := page(1)
			e.Hit = true
			t.do(1, history.KindPage, shownPage(1), exchange{e: e})
		}},
		{"replay refused", history.Promise{}, OK, "", func(t *tape) {
			t.login(1, "app-1", "s")
			t.logout(1, "app-1", "s")
			t.replay(1, "app-1", "s", false)
		}},
		{"replay on the node that knows", history.Promise{}, GhostSession, RevocationMissed, func(t *tape) {
			t.login(1, "app-1", "s")
			t.logout(1, "app-1", "s")
			t.replay(1, "app-1", "s", true)
		}},
		{"replay on another node", history.Promise{}, GhostSession, RevokedElsewhere, func(t *tape) {
			t.login(1, "app-1", "s")
			t.logout(1, "app-1", "s")
			t.replay(1, "app-2", "s", true)
		}},
		{"replay where revocations are shared", history.Promise{}, GhostSession, StoreEvicted, func(t *tape) {
			t.login(2, "app-1", "s2")
			t.logout(2, "app-1", "s2")
			t.replay(2, "app-2", "s2", false)
			t.login(1, "app-1", "s")
			t.logout(1, "app-1", "s")
			t.replay(1, "app-2", "s", true)
		}},
		{"replay where sessions are shared", history.Promise{}, GhostSession, StoreEvicted, func(t *tape) {
			t.login(2, "app-1", "s2")
			t.logout(2, "app-2", "s2")
			t.login(1, "app-1", "s")
			t.logout(1, "app-1", "s")
			t.replay(1, "app-2", "s", true)
		}},
		{"replay on another node after a logout that left the token alone", history.Promise{}, GhostSession, RevocationMissed, func(t *tape) {
			t.login(1, "app-1", "s")
			d := accepts("app-1", "s")
			d.Op = history.OpLogout
			t.do(1, history.KindLogout, shownDone, exchange{d: d, e: status(history.OpLogout, 204)})
			t.replay(1, "app-2", "s", true)
		}},
		{"replay after a logout that revoked nothing", history.Promise{}, GhostSession, RevocationMissed, func(t *tape) {
			t.login(1, "app-1", "s")
			d := accepts("app-2", "s")
			d.Reason = history.ReasonUnknownSess
			t.do(1, history.KindLogout, shownDone, exchange{d: d, e: status(history.OpLogout, 204)})
			t.replay(1, "app-1", "s", true)
		}},
		{"replay that nobody could check", history.Promise{}, GhostSession, StoreDown, func(t *tape) {
			t.login(1, "app-1", "s")
			t.logout(1, "app-1", "s")
			t.do(1, history.KindReplay, shownPage(1), exchange{d: with(accepts("app-2", "s"), func(d *history.Event) { d.Reason = history.ReasonOKUnchecked }), e: page(1)})
		}},
		{"replay after the next login", history.Promise{}, GhostSession, RevokedElsewhere, func(t *tape) {
			t.login(1, "app-1", "s")
			t.logout(1, "app-1", "s")
			t.login(1, "app-1", "s2")
			t.replay(1, "app-2", "s", true)
		}},
		{"replay within the revocation promise", history.Promise{Revocation: time.Second}, OK, "", func(t *tape) {
			t.login(1, "app-1", "s")
			t.logout(1, "app-1", "s")
			t.replay(1, "app-2", "s", true)
		}},
		{"replay across its end", history.Promise{Revocation: 2 * ms}, Unknown, "", func(t *tape) {
			t.login(1, "app-1", "s")
			t.logout(1, "app-1", "s")
			t.replay(1, "app-2", "s", true)
		}},
		{"replay after the revocation promise", history.Promise{Revocation: time.Second}, GhostSession, RevokedElsewhere, func(t *tape) {
			t.login(1, "app-1", "s")
			t.logout(1, "app-1", "s")
			t.now += time.Second
			t.replay(1, "app-2", "s", true)
		}},
		{"replay after a failed logout", history.Promise{}, Unknown, "", func(t *tape) {
			t.login(1, "app-1", "s")
			t.failedLogout(1, false)
			t.replay(1, "app-2", "s", true)
		}},
		{"replay past the promise", history.Promise{Idle: time.Second}, GhostSession, RevocationMissed, func(t *tape) {
			t.login(1, "app-1", "s")
			t.now += 2 * time.Second
			t.replay(1, "app-1", "s", true)
		}},
		{"forgery accepted", history.Promise{}, WrongIdentity, ForgedToken, func(t *tape) {
			t.forge(1, exchange{d: refusal("app-1", "f", history.ReasonBadSignature), e: status(history.OpPage, 401)},
				exchange{d: token(accepts("app-2", "f"), "f"), e: page(1)})
		}},
		{"forgery refused", history.Promise{}, OK, "", func(t *tape) {
			t.login(1, "app-1", "s")
			t.forge(1, exchange{d: refusal("app-1", "f", history.ReasonBadSignature), e: status(history.OpPage, 401)})
		}},
		{"forgery served from a cache", history.Promise{}, WrongIdentity, CachedOtherUser, func(t *tape) {
			e := page(1)
			e.Hit = true
			t.forge(1, exchange{e: e})
		}},
		{"forgery met an error", history.Promise{}, Error, ConnectionCut, func(t *tape) {
			t.do(1, history.KindForge, shownError, exchange{e: history.Event{Op: history.OpPage, Err: history.ErrReset}})
		}},
		{"a forgery ends no login", history.Promise{}, OK, "", func(t *tape) {
			t.login(1, "app-1", "s")
			t.forge(1, exchange{d: token(accepts("app-2", "f"), "f"), e: page(1)})
			t.ok(1, "app-1", "s")
		}},
		{"replay met an error", history.Promise{}, Error, ConnectionCut, func(t *tape) {
			t.login(1, "app-1", "s")
			t.logout(1, "app-1", "s")
			t.do(1, history.KindReplay, shownError, exchange{e: history.Event{Op: history.OpPage, Err: history.ErrReset}})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var rec tape
			c.write(&rec)
			j := rec.judge(t, c.promise)
			got, cause := OK, ""
			if n := len(j.Findings); n > 0 && j.Findings[n-1].Action == rec.act {
				got, cause = j.Findings[n-1].Verdict, j.Findings[n-1].Cause
			}
			require.Equal(t, c.want, got, "%+v", j.Findings)
			require.Equal(t, c.cause, cause)
			counts := map[Verdict]map[string]int{
				SpuriousLogout: j.Causes, GhostSession: j.GhostCauses, WrongIdentity: j.IdentityCauses, Lockout: j.LockoutCauses,
			}
			if told, counted := counts[got]; counted {
				require.Equal(t, map[string]int{c.cause: 1}, told)
			}
		})
	}
}

// The evidence of a ghost says how its login ended.
func TestEvidenceOfAGhost(t *testing.T) {
	var out, past tape
	for _, rec := range []*tape{&out, &past} {
		rec.login(1, "app-1", "s")
	}
	out.logout(1, "app-1", "s")
	for _, rec := range []*tape{&out, &past} {
		rec.now += 2 * time.Second
		rec.replay(1, "app-1", "s", true)
	}
	p := history.Promise{Idle: time.Second}
	require.Contains(t, out.judge(t, p).Findings[0].Evidence[0], "the logout was answered 2.0")
	require.Equal(t, "the login had outlived what is promised", past.judge(t, p).Findings[0].Evidence[0])
}

func TestUnfinishedActionsAreUnknown(t *testing.T) {
	var rec tape
	rec.login(1, "app-1", "s")
	rec.put(history.Event{Type: history.Begin, User: 1, Action: 2, Kind: history.KindPage})
	j := rec.judge(t, history.Promise{})
	require.Equal(t, Counts{OK: 1, Unknown: 1}, j.Verdicts)
	require.False(t, j.Complete)
	require.Nil(t, j.Load)
}

// A spurious logout does not end the promise: the next refusal counts too.
func TestSpuriousLogoutKeepsThePromise(t *testing.T) {
	var rec tape
	rec.login(1, "app-1", "s")
	rec.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
	rec.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
	rec.login(1, "app-1", "s2")
	j := rec.judge(t, history.Promise{})
	require.Equal(t, 2, j.Verdicts.SpuriousLogout)
	require.Equal(t, 2, j.ValidActions)
}

func TestErrorsOfTheHistoryAreReturnedBesideTheJudgement(t *testing.T) {
	cut := &history.TruncatedError{Events: 4}
	j, err := Judge(history.Header{}, func(yield func(history.Event, error) bool) {
		var rec tape
		rec.login(1, "app-1", "s")
		for _, e := range rec.events {
			if !yield(e, nil) {
				return
			}
		}
		yield(history.Event{}, cut)
	})
	require.ErrorIs(t, err, cut)
	require.Equal(t, 1, j.Verdicts.OK)
}

// TestTokenThatEndsInFlight: in a compressed run, a delay of the machine must
// not be held against the system under test.
func TestTokenThatEndsInFlight(t *testing.T) {
	for name, c := range map[string]struct {
		compress float64
		expIn    time.Duration // at the decision, which comes 2 ms after the sending
		want     Verdict
	}{
		"ended under way, compressed":        {100, -time.Millisecond, Unknown},
		"ended under way, in real time":      {1, -time.Millisecond, SpuriousLogout},
		"had ended before, compressed":       {100, -time.Second, SpuriousLogout},
		"leeway ended under way, compressed": {100, -time.Second - time.Millisecond, Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			var tp tape
			tp.loginToken(1, "app-1", "f", "key", 0)
			d := token(refusal("app-1", "f", history.ReasonExpired), "f")
			d.ExpIn = c.expIn
			if c.expIn < -time.Second {
				d.Leeway = time.Second
			}
			tp.do(1, history.KindPage, shownLogin(history.GaveUpRejected), exchange{during: func() { tp.now += ms }, d: d, e: status(history.OpPage, 401)})
			j, err := Judge(history.Header{Compress: c.compress, Nodes: []string{"app-1"}, Users: 1, Planned: time.Second}, history.Of(tp.events...))
			require.NoError(t, err)
			want := Counts{OK: 1}
			want.Add(c.want)
			require.Equal(t, want, j.Verdicts)
		})
	}
}
