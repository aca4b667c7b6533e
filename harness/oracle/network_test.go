package oracle

import "github.com/logoutlab/logoutlab/harness/history"

// networkCases are about nodes that are slow, die, or are not reached.
var networkCases = []causeCase{
	{"overload", Overload, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpNetwork), exchange{d: refusal("app-2", "", history.ReasonOverload), e: status(history.OpPage, 503)})
	}},
	{"timeout", Overload, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpNetwork), exchange{e: history.Event{Op: history.OpPage, Err: history.ErrTimeout}})
	}},
	{"cut off from the store", StoreDown, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpNetwork), exchange{d: refusal("app-2", "", history.ReasonStoreDown), e: status(history.OpPage, 503)})
	}},
	{"cut off from the balancer, which gives up", ConnectionCut, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpNetwork), exchange{
			routes: []history.Event{{Node: "app-2", Err: history.ErrTimeout}}, e: status(history.OpPage, 503),
		})
	}},
	{"cut off from the balancer, which does not say from where it sends on", ConnectionCut, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpNetwork), exchange{
			routes: []history.Event{{Err: history.ErrOther}}, e: history.Event{Op: history.OpPage, Err: history.ErrTimeout},
		})
	}},
	{"cut off from the balancer, over a connection that stands", Overload, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpNetwork), exchange{d: accepts("app-2", "s"), late: true, e: history.Event{Op: history.OpPage, Err: history.ErrTimeout}})
	}},
	{"a late answer", Overload, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpNetwork), exchange{d: accepts("app-2", "s"), e: history.Event{Op: history.OpPage, Err: history.ErrTimeout}})
	}},
	{"a late renewal", RefreshLost, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k", 0)
		t.do(1, history.KindPage, shownLogin(history.GaveUpRefreshNetwork), exchange{e: history.Event{Op: history.OpRefresh, Err: history.ErrTimeout}})
	}},
	{"cached rejection", Cached401, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpRejected), exchange{e: history.Event{Op: history.OpPage, Status: 401, Age: 7}})
	}},
	{"cached rejection, younger than a second", Cached401, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpRejected), exchange{e: history.Event{Op: history.OpPage, Status: 401, Hit: true}})
	}},
	{"connection cut", ConnectionCut, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpNetwork), exchange{
			routes: []history.Event{{Node: "app-1", Err: history.ErrReset}}, e: status(history.OpPage, 502),
		})
	}},
	{"cut by a node that dies of overload", Overload, func(t *tape) {
		t.login(1, "app-1", "s")
		t.crash("app-1", 1)
		t.do(1, history.KindPage, shownLogin(history.GaveUpNetwork), exchange{
			routes: []history.Event{{Node: "app-1", Err: history.ErrReset}}, e: status(history.OpPage, 502),
		})
	}},
	{"no node is left, one has died of overload", Overload, func(t *tape) {
		t.login(1, "app-1", "s")
		t.crash("app-2", 1)
		t.do(1, history.KindPage, shownLogin(history.GaveUpNetwork), exchange{e: status(history.OpPage, 503)})
	}},
	{"cut by another node than the one that has died", ConnectionCut, func(t *tape) {
		t.login(1, "app-1", "s")
		t.crash("app-1", 1)
		t.do(1, history.KindPage, shownLogin(history.GaveUpNetwork), exchange{
			routes: []history.Event{{Node: "app-2", Err: history.ErrReset}}, e: status(history.OpPage, 502),
		})
	}},
	{"cut by a node that has come up again since it died", ConnectionCut, func(t *tape) {
		t.login(1, "app-1", "s")
		t.crash("app-1", 1)
		t.node("app-1", 2, history.StateUp)
		t.login(2, "app-1", "s2")
		t.do(1, history.KindPage, shownLogin(history.GaveUpNetwork), exchange{
			routes: []history.Event{{Node: "app-1", Err: history.ErrReset}}, e: status(history.OpPage, 502),
		})
	}},
	{"renewal cut by a node that dies of overload", RefreshLost, func(t *tape) {
		t.loginToken(1, "app-1", "f", "k", 0)
		t.crash("app-1", 1)
		t.do(1, history.KindPage, shownLogin(history.GaveUpRefreshNetwork), exchange{e: history.Event{Op: history.OpRefresh, Err: history.ErrReset}})
	}},
	{"session of a node that has died of overload for good", SessionLost, func(t *tape) {
		t.login(1, "app-1", "s")
		t.crash("app-1", 1)
		t.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
	}},
	{"session of a node that dies only later", SessionNotOnNode, func(t *tape) {
		t.login(1, "app-1", "s")
		t.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
		t.login(2, "app-1", "s2")
		t.crash("app-1", 1)
	}},
	{"cut by a stopping node", DrainMissing, func(t *tape) {
		t.login(1, "app-1", "s")
		t.node("app-1", 1, history.StateStopping)
		t.do(1, history.KindPage, shownLogin(history.GaveUpNetwork), exchange{
			routes: []history.Event{{Node: "app-1", Err: history.ErrReset}}, e: status(history.OpPage, 502),
		})
	}},
	{"cut by a stopping node that came back before the answer", DrainMissing, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpNetwork), exchange{
			during: func() { t.node("app-1", 1, history.StateStopping); t.node("app-1", 2, history.StateUp) },
			routes: []history.Event{{Node: "app-1", Err: history.ErrReset}}, e: status(history.OpPage, 502),
		})
	}},
	{"cut by a node that came back since it stopped", ConnectionCut, func(t *tape) {
		t.login(1, "app-1", "s")
		t.node("app-1", 1, history.StateStopping)
		t.node("app-1", 2, history.StateUp)
		t.do(1, history.KindPage, shownLogin(history.GaveUpNetwork), exchange{
			routes: []history.Event{{Node: "app-1", Err: history.ErrReset}}, e: status(history.OpPage, 502),
		})
	}},
	{"cut on one node, sent on to another that refuses", SessionNotOnNode, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpRejected), exchange{
			during: func() {
				d := *accepts("app-1", "s")
				d.Type, d.Req = history.Decision, t.req
				t.put(d)
			},
			routes: []history.Event{{Node: "app-1", Err: history.ErrReset}},
			d:      refusal("app-2", "s", history.ReasonUnknownSess), e: status(history.OpPage, 401),
		})
		t.login(2, "app-1", "s2") // app-1 is alive
	}},
	{"refused; the node that was asked first decides when all is over", SessionNotOnNode, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpRejected), exchange{d: refusal("app-2", "s", history.ReasonUnknownSess), e: status(history.OpPage, 401)})
		d := *accepts("app-1", "s")
		d.Type, d.Req = history.Decision, t.req
		t.put(d)
		t.login(2, "app-1", "s2")
	}},
}
