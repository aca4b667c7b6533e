package oracle

import "github.com/logoutlab/logoutlab/harness/history"

// cookieCause explains a request by what the browser's jar made of the cookie
// that the login set. ok is false if it was presented as it was meant.
func (f *Fold) cookieCause(u *user, r *request, x *Finding) (c cause, ok bool) {
	d := &r.decision
	fate := u.fate(&r.response)
	switch {
	case plainCause(d.Reason) != "":
		return cause{}, false
	case d.Reason == history.ReasonNoCredential && notSent[fate] != "":
		x.note("the browser holds the cookie %s, and did not send it to %s%s: %s", u.credential, r.response.Origin, r.response.Path, cookieRule[fate])
		return cause{name: notSent[fate]}, true
	case d.Reason == history.ReasonNoCredential && u.unkept != "":
		x.note("the browser did not keep the cookie %s of the login: %s", u.credential, cookieRule[u.unkept])
		return cause{name: CookieRejected}, true
	case fate == history.CookieShadowed && f.presented(d) == nil:
		x.note("the browser sent two cookies named %s; %s read the first, which is not of this login: %s", u.credential, d.Node, d.Reason)
		return cause{name: CookieShadowed}, true
	}
	return cause{}, false
}

// fate is what became of the login's cookie in this request; "" if it was sent
// as it was meant.
func (u *user) fate(e *history.Event) string {
	for _, c := range e.Cookies {
		if c.Name == u.credential {
			return c.Why
		}
	}
	return ""
}

// notSent are the causes by the rule that kept a cookie back.
var notSent = map[string]string{
	history.CookieDomain: CookieNotSentDomain, history.CookiePath: CookieNotSentPath,
	history.CookieSecure: CookieNotSentSecure, history.CookieSameSite: CookieNotSentSameSite,
}

// cookieRule says what a rule is.
var cookieRule = map[string]string{
	history.CookieDomain:   "it is for another host (Domain)",
	history.CookiePath:     "it is for other paths (Path)",
	history.CookieSecure:   "Secure wants https, and SameSite=None wants Secure",
	history.CookieSameSite: "another site made the request (SameSite)",
	history.CookiePrefix:   "its name's prefix wants Secure over https, and __Host- also Path=/ and no Domain",
	history.CookieOverlays: "it came by http, and would hide a Secure cookie",
}
