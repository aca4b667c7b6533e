package oracle

import "github.com/logoutlab/logoutlab/harness/history"

// cookieCases are about cookies that are not kept, not sent, or not the first.
var cookieCases = []causeCase{
	{"cookie not kept", CookieRejected, func(t *tape) {
		t.login(1, "app-1", "s")
		t.refused(1, refusal("app-1", "", history.ReasonNoCredential))
	}},
	{"nothing to present", CookieRejected, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpNoCredential))
	}},
	{"for another host", CookieNotSentDomain, func(t *tape) {
		t.login(1, "app-1", "s")
		t.unsent(1, history.CookieDomain)
	}},
	{"for other paths", CookieNotSentPath, func(t *tape) {
		t.login(1, "app-1", "s")
		t.unsent(1, history.CookiePath)
	}},
	{"Secure, by http", CookieNotSentSecure, func(t *tape) {
		t.login(1, "app-1", "s")
		t.unsent(1, history.CookieSecure)
	}},
	{"Strict, from another site", CookieNotSentSameSite, func(t *tape) {
		t.login(1, "app-1", "s")
		t.unsent(1, history.CookieSameSite)
	}},
	{"not kept, as the browser says", CookieRejected, func(t *tape) {
		t.loginWith(1, history.Cookie{Name: "sid", Why: history.CookiePrefix})
		t.refused(1, refusal("app-1", "", history.ReasonNoCredential))
	}},
	{"another cookie than the login's is no matter", CookieRejected, func(t *tape) {
		t.loginWith(1, history.Cookie{Name: "LLB", Why: history.CookiePrefix})
		t.unsent(1, history.CookieDomain, "LLB")
	}},
	{"behind an older cookie", CookieShadowed, func(t *tape) {
		t.login(1, "app-1", "s")
		t.shadowed(1, "x")
	}},
	{"behind another cookie, and first by itself", SessionNotOnNode, func(t *tape) {
		t.login(1, "app-2", "s")
		t.shadowed(1, "s")
	}},
	{"the store's failure goes before the cookies'", StoreDown, func(t *tape) {
		t.login(1, "app-1", "s")
		t.do(1, history.KindPage, shownLogin(history.GaveUpRejected), exchange{
			d: refusal("app-1", "", history.ReasonStoreDown),
			e: with2(status(history.OpPage, 401), func(e *history.Event) { e.Cookies = []history.Cookie{{Name: "sid", Why: history.CookieDomain}} })})
	}},
}
