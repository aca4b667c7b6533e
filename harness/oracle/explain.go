package oracle

import (
	"fmt"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// explain finds the cause of a finding whose evidence is in, and lets go of
// the action.
func (f *Fold) explain(a *action) {
	x := &f.j.Findings[a.finding]
	r, c := f.causeOf(a, x)
	if r != nil {
		x.Req = r.number
		if r.decided {
			x.Node, x.Reason = r.decision.Node, r.decision.Reason
		}
	}
	if x.Verdict == SpuriousLogout && r != nil && r.decided && ofUser(r.decision.Reason) {
		f.lockedOut(x)
	}
	f.causes[a.finding] = c
	if x.Verdict != Unknown && x.Verdict != Error {
		f.stories.capture(a, *x, c)
	}
	f.release(a)
}

// causeOf picks the request that decided and reads its evidence.
func (f *Fold) causeOf(a *action, x *Finding) (*request, cause) {
	switch x.Verdict {
	case SpuriousLogout, Lockout:
		return f.logoutCause(a, x)
	case GhostSession:
		return f.ghostCause(a, x)
	case WrongIdentity:
		return f.identityCause(a, x)
	case Error:
		r := a.lastFailed()
		if r == nil {
			return nil, unexplained(x, "no request of this action failed")
		}
		return r, f.failureCause(a, r, x)
	}
	x.Evidence = append(x.Evidence, "it overlaps a login, a logout, the end of the promise or (in a compressed run) of its token, or names nobody")
	return nil, cause{}
}

// logoutCause explains a login that ended, or was not granted.
func (f *Fold) logoutCause(a *action, x *Finding) (*request, cause) {
	if a.outcome.gaveUp == history.GaveUpStorage {
		x.note("the app was started again (%s), and its token was %s; no server was asked", a.outcome.after, a.outcome.read)
		return nil, cause{name: StorageEvicted}
	}
	failed := a.lastFailed()
	switch gaveUp := a.outcome.gaveUp; {
	case gaveUp == history.GaveUpRefreshNetwork && failed != nil:
		r := failed
		if own := a.lastFailedOf(history.OpRefresh); own != nil {
			r = own
		}
		return r, f.renewalFailed(r, x)
	case gaveUp == history.GaveUpNetwork && failed != nil:
		return failed, f.failureCause(a, failed, x)
	}
	if r := a.refused(); r != nil {
		return r, f.rejectionCause(a, r, x)
	}
	if a.outcome.gaveUp == history.GaveUpNoCredential {
		return nil, a.user.nothingPresented(x)
	}
	if failed != nil {
		return failed, f.failureCause(a, failed, x)
	}
	return nil, unexplained(x, "no answer of this action refuses the user")
}

// refused is the refusal that made the client give up: that of the renewal if
// it says so, else the last one. One that only misses the credential which an
// earlier refusal took away decides nothing.
func (a *action) refused() *request {
	var last, bare *request
	for _, r := range a.reqs {
		if !refuses(&r.response) {
			continue
		}
		renewal := r.response.Op == history.OpRefresh
		switch {
		case a.outcome.gaveUp == history.GaveUpRefreshRejected && last != nil && !renewal && last.response.Op == history.OpRefresh:
		case r.decided && r.decision.Reason == history.ReasonNoCredential:
			bare = r
		default:
			last = r
		}
	}
	if last == nil {
		return bare
	}
	return last
}

// refuses reports whether an answer is a logout, in disguise or not.
func refuses(e *history.Event) bool {
	switch {
	case e.Err != "" || e.Op == history.OpLoginForm:
		return false
	case e.Op == history.OpRefresh || e.Op == history.OpLogin:
		if e.Status >= 400 && e.Status < 500 {
			return true
		}
		return e.Body == history.BodyLogin
	}
	return e.Status == 401 || e.Status == 403 || e.Status >= 300 && e.Status < 400 || e.Body == history.BodyLogin
}

func fails(e *history.Event) bool { return e.Err != "" || e.Status >= 500 }

// lastFailed is the last request that met a transport error or a 5xx.
func (a *action) lastFailed() *request {
	for i := len(a.reqs) - 1; i >= 0; i-- {
		if fails(&a.reqs[i].response) {
			return a.reqs[i]
		}
	}
	return nil
}

func (a *action) lastFailedOf(op string) *request {
	for i := len(a.reqs) - 1; i >= 0; i-- {
		if e := &a.reqs[i].response; fails(e) && e.Op == op {
			return a.reqs[i]
		}
	}
	return nil
}

// rejectionCause explains an answer that refuses the user.
func (f *Fold) rejectionCause(a *action, r *request, x *Finding) cause {
	e := &r.response
	switch {
	case !r.decided && cached(e):
		x.note("the %d to %s came from a cache (Age %d s, hit %v): no node decided this request", e.Status, e.Path, e.Age, e.Hit)
		return cause{name: Cached401}
	case !r.decided:
		return unexplained(x, fmt.Sprintf("no node recorded why %s was answered with %d", e.Path, e.Status))
	case r.decision.Accept:
		return unexplained(x, fmt.Sprintf("%s accepted the request (%s), yet the answer was %d", r.decision.Node, r.decision.Reason, e.Status))
	}
	d := &r.decision
	x.note("%s refused %s with %d: %s", d.Node, orOp(e), e.Status, d.Reason)
	if f.mixedUp(a, d, x) {
		return cause{name: CachedOtherUser}
	}
	c, told := f.cookieCause(a.user, r, x)
	if !told {
		c = f.reasonCause(a.user, d, x)
	}
	if x.Verdict == Lockout && c.name == Unexplained {
		c.name = LockedOut
	}
	return c
}

// reasonCause explains a node's rejection by its reason and what issued the
// credential.
func (f *Fold) reasonCause(u *user, d *history.Event, x *Finding) cause {
	if name := plainCause(d.Reason); name != "" {
		return cause{name: name, culprit: d.Node}
	}
	switch d.Reason {
	case history.ReasonExpired, history.ReasonNotYet, history.ReasonSessionIdle:
		return f.clockCause(d, x)
	case history.ReasonBadSignature, history.ReasonUnknownKey:
		return f.keyCause(d, x)
	case history.ReasonUnknownSess:
		return f.sessionCause(d, x)
	case history.ReasonUserRevoked, history.ReasonIssuedBefore:
		return f.lockoutCause(u, d, x)
	case history.ReasonReused, history.ReasonRevoked:
		return u.revokedCause(d, x)
	case history.ReasonNoCredential:
		return u.nothingPresented(x)
	case history.ReasonMalformed:
		x.note("what the client presented has not the form that %s issues", d.Node)
		return cause{name: CredentialMalformed}
	}
	return unexplained(x, "this reason has no known cause")
}

// revokedCause explains a revoked family or token that nobody logged out.
func (u *user) revokedCause(d *history.Event, x *Finding) cause {
	switch {
	case d.Reason == history.ReasonRevoked && !u.reused:
		x.note("%s holds it revoked, but the user has not logged out since the login", d.Node)
		return cause{name: RevokedElsewhere}
	case u.lostRenew:
		x.note("an earlier renewal was accepted but its answer was lost, so that the old refresh token came again")
		return cause{name: RefreshLost}
	}
	x.note("a refresh token of this login was used a second time after its rotation, by the same user")
	return cause{name: RefreshRace}
}

// nothingPresented explains a client that had nothing to present.
func (u *user) nothingPresented(x *Finding) cause {
	switch {
	case u.cleared != "":
		return unexplained(x, "the answer to "+u.cleared+" expired a cookie of the client")
	case !u.gotCookies:
		return unexplained(x, "nothing was presented, and the login set nothing to present")
	}
	x.note("the login set a cookie or issued tokens, but the client presented nothing")
	return cause{name: CookieRejected}
}

func unexplained(x *Finding, why string) cause {
	x.Evidence = append(x.Evidence, why)
	return cause{name: Unexplained}
}

func (x *Finding) note(format string, args ...any) {
	x.Evidence = append(x.Evidence, fmt.Sprintf(format, args...))
}

// orOp names a request by its path, or its operation.
func orOp(e *history.Event) string {
	if e.Path != "" {
		return e.Path
	}
	return e.Op
}

// short rounds a duration for reading.
func short(d time.Duration) time.Duration {
	if d > -time.Second && d < time.Second {
		return d.Round(time.Microsecond)
	}
	return d.Round(time.Millisecond)
}
