package oracle

import "github.com/logoutlab/logoutlab/harness/history"

// verdict judges an action by what its user was left with and by the ledger,
// and counts the denominators.
func (f *Fold) verdict(a *action) Verdict {
	switch a.kind {
	case history.KindPage:
		return f.viewed(f.page(a))
	case history.KindReplay:
		return f.viewed(f.replay(a))
	case history.KindForge:
		return f.viewed(f.forged(a))
	case history.KindLogin:
		return f.login(a)
	case history.KindLogout:
		if a.outcome.shown == history.ShownError {
			return Error
		}
		return OK
	}
	return Unknown
}

// viewed counts a page, on which somebody else's data may be.
func (f *Fold) viewed(v Verdict) Verdict {
	if v != Unknown {
		f.j.PageViews++
	}
	return v
}

func (f *Fold) page(a *action) Verdict {
	v, on := a.user.Page(a.span, a.sees(), f.h.Promise)
	if v == SpuriousLogout && f.h.Compress > 1 && a.lapsedInFlight() {
		v = Unknown
	}
	switch {
	case on == AfterLogout:
		f.useAfterLogout(a, v)
	case on == Promised && v != Unknown:
		f.j.ValidActions++
		f.j.Valid.Add(v)
	}
	return v
}

// lapsedInFlight reports whether the node refused a token that it would have
// accepted when the request left. In a compressed run a delay of this machine
// weighs as much as one k times as long: whose fault it is, nobody can tell.
func (a *action) lapsedInFlight() bool {
	r := a.refused()
	if r == nil || !r.decided || r.decision.Reason != history.ReasonExpired {
		return false
	}
	late := -r.decision.ExpIn - r.decision.Leeway
	return late <= r.decision.At-r.response.Sent
}

// replay judges the use of credentials whose login is over.
func (f *Fold) replay(a *action) Verdict {
	v := a.replayed(f.h.Promise)
	f.useAfterLogout(a, v)
	return v
}

// useAfterLogout counts a use of credentials whose login is over, and how much
// longer than known before they are good after its logout.
func (f *Fold) useAfterLogout(a *action, v Verdict) {
	if v != OK && v != GhostSession {
		return
	}
	f.j.UsesAfterLogout++
	u, x := a.user, &f.j.Exposure
	if !u.logout.ok { // it was the promise that ended the login
		return
	}
	if !u.tried {
		u.tried = true
		x.Tried++
	}
	if late := a.span.From - u.logout.To; late > u.exposed && a.sees() == OwnPage {
		if u.exposed == 0 {
			x.Accepted++
		}
		x.Total += late - u.exposed
		u.exposed = late
	}
}

func (a *action) replayed(p history.Promise) Verdict {
	switch a.sees() {
	case ForeignPage:
		return WrongIdentity
	case SawError:
		return Error
	case NamelessPage:
		return Unknown
	}
	accepted := a.sees() == OwnPage
	if a.user.logout.sent {
		if accepted {
			return a.user.afterLogout(a.span, p.Revocation)
		}
		return OK
	}
	switch where := a.user.during(a.span, p); {
	case where == past && accepted:
		return GhostSession
	case where == past, where == in && accepted:
		return OK
	}
	return Unknown // refused while the login was alive: nothing to hold against anybody
}

// forged judges a page asked for with tokens that no node issued: whoever gets
// it is not its user.
func (f *Fold) forged(a *action) Verdict {
	switch {
	case a.letIn() != nil:
		f.j.Forged++
		return WrongIdentity
	case a.sees() == SawLogin:
		f.j.Forged++
		return OK
	case a.sees() == SawError:
		return Error
	}
	return Unknown
}

// letIn is the first request that got a page; nil if none did.
func (a *action) letIn() *request {
	for _, r := range a.reqs {
		if e := &r.response; e.Body == history.BodyPage && e.Status < 300 {
			return r
		}
	}
	return nil
}

func (f *Fold) login(a *action) Verdict {
	v := Error
	switch a.outcome.shown {
	case history.ShownDone, history.ShownPage:
		v = OK
	case history.ShownLogin:
		if a.turnedAway() {
			v = Lockout
		}
	}
	f.j.Logins++
	f.series.loggedIn(a.span.To)
	return v
}

// turnedAway says that a login was refused as such, and not as a request that
// somebody on the way could make nothing of (400, 404, 429, ...).
func (a *action) turnedAway() bool {
	r := a.lastOf(history.OpLogin)
	if r == nil || r.response.Status < 400 || r.decided || r.response.Body == history.BodyLogin {
		return true
	}
	return r.response.Status == 401 || r.response.Status == 403
}

// sees tells what the user was left with. Somebody else's data counts
// wherever it appeared; a logout counts whatever the page looks like.
func (a *action) sees() Sight {
	identity := a.outcome.identity
	for _, r := range a.reqs {
		if e := &r.response; e.Body == history.BodyPage && e.Identity != 0 && identity != e.Identity {
			if e.Identity != a.id {
				return ForeignPage
			}
			if identity == 0 {
				identity = e.Identity
			}
		}
	}
	switch {
	case identity != 0 && identity != a.id:
		return ForeignPage
	case a.outcome.out && a.kind != history.KindReplay && a.kind != history.KindForge || a.outcome.shown == history.ShownLogin:
		return SawLogin
	case a.outcome.shown != history.ShownPage:
		return SawError
	case identity == 0:
		return NamelessPage
	}
	return OwnPage
}

// settleLedger writes an action that is over into the ledger.
func (f *Fold) settleLedger(a *action, v Verdict) {
	u := a.user
	switch {
	case a.kind == history.KindLogin && v == OK:
		u.LoggedIn(a.loginSpan())
		u.reused, u.lostRenew, u.cleared, u.fromCache, u.endedBy = false, false, "", false, 0
		u.gotCookies = a.gotCredentials()
	case a.kind == history.KindLogout:
		r := a.lastOf(history.OpLogout)
		u.Left(a.span.To, v == OK && r != nil && r.response.Err == "" && r.response.Status < 500)
		if r != nil && r.decided {
			u.logoutBy, u.logoutBoot, u.logoutWhy, u.logoutDone = r.decision.Node, r.decision.Boot, r.decision.Reason, r.decision.Ended
			u.logoutOff = r.decision.Clock - r.decision.At
			f.endsAnothers(a, r)
		} else {
			u.logoutBy, u.logoutBoot, u.logoutWhy, u.logoutDone = "", 0, "", false
		}
	case a.kind == history.KindPage && v == OK:
		u.Used(a.span)
	}
}

// loginSpan is from the sending of the login to its answer.
func (a *action) loginSpan() Span {
	if r := a.lastOf(history.OpLogin); r != nil {
		return Span{r.response.Sent, r.response.At}
	}
	return a.span
}

func (a *action) gotCredentials() bool {
	for _, r := range a.reqs {
		if len(r.response.Set) > 0 || r.response.Body == history.BodyTokens {
			return true
		}
	}
	return false
}

// lastOf is the last answered request of that operation; nil if there is none.
func (a *action) lastOf(op string) *request {
	for i := len(a.reqs) - 1; i >= 0; i-- {
		if a.reqs[i].response.Op == op {
			return a.reqs[i]
		}
	}
	return nil
}
