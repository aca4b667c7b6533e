package bulk

import (
	"time"

	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// outcome is how an action ended for its user.
type outcome struct {
	shown  client.Shown
	gaveUp client.GaveUp
	status int
}

// page sends a page, or renews first when the token is about to end. It says
// what is to be sent, and when.
func (e *engine) page(r *row, f *flight, now, wait time.Duration) {
	f.op, f.sent = opPage, now+wait
	c := &e.client
	if c.OnExpiry && !e.browser && e.mayRenew(r) && r.expiry != 0 && now+wait+c.Margin >= r.expiry {
		f.op, f.sent, f.tries = opRefresh, now, 0
	}
}

func (e *engine) mayRenew(r *row) bool {
	return e.client.Refresh != client.NoRefresh && (e.browser || r.has(renewable))
}

// answered takes a request's answer to the client, which goes on or is done.
func (e *engine) answered(i int32, a *answer, status int, at time.Duration) {
	f := &e.flights[i]
	r := &e.rows[f.user]
	e.tally.Response(status)
	e.receipts.answered(f, status, at)
	if status >= 500 {
		f.failed, f.failedBy = true, f.changed
	}
	if !a.accept && a.known {
		if a.reason == reasonNothing {
			f.bare, f.bareBy = true, f.changed
		} else {
			f.refusal, f.refusedBy = a.refusal, f.changed
		}
	}
	switch f.op {
	case opLogin:
		e.onLogin(i, r, a, status, at)
	case opPage:
		e.onPage(i, r, a, status, at)
	case opForm:
		e.onRejected(i, r, int(f.status), at)
	case opRefresh:
		e.onRenewal(i, r, a, status, at)
	case opLogout:
		e.onLogout(i, r, status, at)
	}
}

func (e *engine) onLogin(i int32, r *row, a *answer, status int, at time.Duration) {
	if status >= 500 {
		e.end(i, outcome{client.ShownError, client.Network, status}, at)
		return
	}
	r.flags |= in
	r.set(renewable, a.cookieFor > 0)
	r.expiry = 0
	e.keep(r, &e.flights[i], a, at)
	e.end(i, outcome{client.ShownDone, client.NotGivenUp, status}, at)
}

// keep takes what a login or a renewal granted.
func (e *engine) keep(r *row, f *flight, a *answer, at time.Duration) {
	switch {
	case !e.browser:
		r.expiry = 0
		if life := millis(a.expiresIn + time.Millisecond/2); life > 0 {
			r.expiry = f.sent + life
		}
	case a.cookieFor > 0:
		r.expiry = at + (a.cookieFor + time.Second - 1).Truncate(time.Second)
	case e.conf.Rotation && f.op == opRefresh: // granted within the leeway: its cookie says nothing of an end
		r.expiry = forever
	}
}

func (e *engine) onPage(i int32, r *row, a *answer, status int, at time.Duration) {
	f := &e.flights[i]
	c := &e.client
	switch {
	case status >= 500 && c.Retry && int(f.retries) < c.RetryMax: // 502 or 503: it may go away by itself
		e.retry(i, r, at)
	case status >= 500 && c.LogoutOnError:
		r.flags &^= in
		e.end(i, outcome{client.ShownLogin, client.Network, status}, at)
	case status >= 500:
		e.end(i, outcome{client.ShownError, client.Network, status}, at)
	case a.accept:
		e.end(i, outcome{client.ShownPage, client.NotGivenUp, status}, at)
	case status == 302 && e.browser:
		f.status = int16(status)
		e.send(i, opForm, at)
	default:
		e.onRejected(i, r, status, at)
	}
}

func (e *engine) retry(i int32, r *row, at time.Duration) {
	f := &e.flights[i]
	wait := e.client.Backoff << f.retries
	f.retries++
	e.page(r, f, at, wait)
	e.send(i, f.op, f.sent)
}

func (e *engine) onRejected(i int32, r *row, status int, at time.Duration) {
	f := &e.flights[i]
	c := &e.client
	switch {
	case c.OnUnauthorized && e.mayRenew(r) && !f.renewed:
		f.renewed, f.tries = true, 0
		e.send(i, opRefresh, at)
	case f.renewed && c.Retry && int(f.retries) < c.RetryMax:
		e.retry(i, r, at)
	default:
		r.flags &^= in
		e.end(i, outcome{client.ShownLogin, client.Rejected, status}, at)
	}
}

func (e *engine) onRenewal(i int32, r *row, a *answer, status int, at time.Duration) {
	f := &e.flights[i]
	c := &e.client
	switch {
	case status >= 500 && c.Retry && int(f.tries) < c.RetryMax:
		wait := c.Backoff << f.tries
		f.tries++
		e.send(i, opRefresh, at+wait)
	case status >= 500:
		r.flags &^= in
		e.end(i, outcome{client.ShownLogin, client.RefreshNetwork, status}, at)
	case !a.accept:
		r.flags &^= in
		e.end(i, outcome{client.ShownLogin, client.RefreshRejected, status}, at)
	default:
		e.keep(r, f, a, at)
		e.send(i, opPage, at)
	}
}

func (e *engine) onLogout(i int32, r *row, status int, at time.Duration) {
	f := &e.flights[i]
	c := &e.client
	if status >= 500 && c.Retry && int(f.retries) < c.RetryMax {
		wait := c.Backoff << f.retries
		f.retries++
		e.send(i, opLogout, at+wait)
		return
	}
	e.end(i, outcome{client.ShownDone, client.NotGivenUp, status}, at)
}

// end judges an action that is over, and begins the one that had to wait.
func (e *engine) end(i int32, out outcome, at time.Duration) {
	f := &e.flights[i]
	user := f.user
	r := &e.rows[user]
	e.judge(r, f, out, at)
	e.gauge.Over(out.status, at-f.due)
	e.teller.tell(out)
	r.free = at
	r.flags &^= busy
	f.next, e.spare = e.spare, i
	if turns := e.turns[user]; len(turns) > 0 {
		if len(turns) == 1 {
			delete(e.turns, user)
		} else {
			e.turns[user] = turns[1:]
		}
		next := e.begin(user, turns[0], at)
		e.agenda.push(e.flights[next].sent+e.way, next)
	}
}

// judge gives the verdict of an action.
func (e *engine) judge(r *row, f *flight, out outcome, at time.Duration) {
	during := oracle.Span{From: f.begun, To: at}
	switch f.kind {
	case plan.Login:
		v := oracle.Error
		if out.shown == client.ShownDone {
			v = oracle.OK
			r.ledger.LoggedIn(oracle.Span{From: f.sent, To: at})
		} else {
			e.tally.Failed(f.failure())
		}
		e.tally.Login(at, v)
		e.note(f, v)
	case plan.Logout:
		r.ledger.Left(at, out.status < 500)
		e.tally.Action(at, oracle.OK)
		e.note(f, oracle.OK)
	case plan.Page:
		saw := oracle.SawError
		switch {
		case !r.has(in):
			saw = oracle.SawLogin
		case out.shown == client.ShownPage:
			saw = oracle.OwnPage
		}
		v, ground := r.ledger.Page(during, saw, e.promise)
		e.tally.Page(at, v, ground)
		e.note(f, v)
		switch v {
		case oracle.OK:
			r.ledger.Used(during)
		case oracle.SpuriousLogout:
			e.cause(r, f, out, at)
			if !r.has(thrown) {
				r.flags |= thrown
				e.tally.LoggedOut()
			}
		case oracle.Error:
			e.tally.Failed(f.failure())
		}
		if (v == oracle.SpuriousLogout || v == oracle.GhostSession) && !r.has(harmed) {
			r.flags |= harmed
			e.people.harm(e.who(f.user))
			e.tally.Affected()
		}
	}
}

// note notes a verdict, if it is to be.
func (e *engine) note(f *flight, v oracle.Verdict) {
	if e.notes != nil {
		e.notes.judged(e.who(f.user), v)
	}
}
