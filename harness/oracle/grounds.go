package oracle

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// clockNoise is the smallest difference of clocks that counts as a skew: a
// decision may be recorded this much after the node read its clock.
const clockNoise = 5 * time.Millisecond

// clockCause tells a wrong clock from a token that ran out: with all clocks
// right, would the token have been valid?
func (f *Fold) clockCause(d *history.Event, x *Finding) cause {
	here := d.Clock - d.At
	var there history.Stamp
	if i := f.presented(d); i != nil {
		there = i.Grounds(d)
	}
	shift := here - there.Offset
	x.note("exp minus the node's time is %v, iat minus it %v, leeway %v", short(d.ExpIn), short(d.IatIn), d.Leeway)
	x.note("the clock of %s is %v off", d.Node, short(here))
	if there.Node != "" {
		x.note("its times were set by %s, whose clock was %v off", there.Node, short(there.Offset))
	}
	early := d.Reason == history.ReasonNotYet
	valid := d.ExpIn+shift+d.Leeway > 0
	if early {
		valid = d.IatIn+shift <= d.Leeway
	}
	skewed := shift >= clockNoise || shift <= -clockNoise
	switch {
	case valid && (skewed || early && shift != 0):
		x.note("with both clocks right it would have been valid")
		off := d.Node
		if there.Offset.Abs() > here.Abs() {
			off = there.Node
		}
		return cause{name: ClockSkew, culprit: off}
	case early:
		return unexplained(x, "right clocks would not have made it valid")
	case d.Reason == history.ReasonSessionIdle:
		x.note("the session ran out while its user was still promised to be logged in")
		return cause{name: SessionExpired}
	}
	return cause{name: TokenExpired}
}

// presented is the issue of what a decision was taken on: the token, or the
// session if there is none.
func (f *Fold) presented(d *history.Event) *history.Issue {
	if d.Token != "" {
		return f.issues.Of(d.Token)
	}
	return f.issues.Of(d.Session)
}

// keyCause explains a signature that was not accepted.
func (f *Fold) keyCause(d *history.Event, x *Finding) cause {
	i := f.presented(d)
	switch {
	case i == nil || i.KeyFP == "":
		return unexplained(x, "no node is known to have signed this token")
	case d.Reason == history.ReasonBadSignature && i.KeyFP == d.KeyFP:
		return unexplained(x, "it was signed with the very key that "+d.Node+" verified it with")
	case d.Reason == history.ReasonBadSignature:
		x.note("%s signed it with key %s, %s verified it with key %s (key id %q)", i.Node, i.KeyFP, d.Node, d.KeyFP, d.Kid)
	default:
		x.note("%s signed it with key %s; %s has no key with id %q", i.Node, i.KeyFP, d.Node, d.Kid)
	}
	return cause{key: i.KeyFP, node: d.Node}
}

// sessionCause explains a session or family that a node does not know.
func (f *Fold) sessionCause(d *history.Event, x *Finding) cause {
	i := f.issues.Of(d.Session)
	if i == nil {
		return unexplained(x, "no node is known to have issued this session")
	}
	x.note("session %s was created on %s (start %d) at %v", d.Session, i.Node, i.Boot, short(i.At))
	switch {
	case i.Elsewhere:
		x.note("another node has found it before: the store is shared, and no longer has it")
		return cause{name: StoreEvicted}
	case i.Node == d.Node && i.Boot == d.Boot:
		x.note("%s has not restarted since, and no longer has it", d.Node)
		return cause{name: StoreEvicted}
	case i.Node != d.Node:
		x.note("%s has never seen it", d.Node)
	}
	return cause{node: i.Node, boot: i.Boot, at: d.At}
}

// ghostCause explains an acceptance after the logout.
func (f *Fold) ghostCause(a *action, x *Finding) (*request, cause) {
	r := a.accepted()
	u := a.user
	if u.logout.sent {
		x.note("the logout was answered %v earlier", short(a.span.From-u.logout.To))
	} else {
		x.note("the login had outlived what is promised")
	}
	if r == nil || !r.decided {
		x.note("the page came without any node's decision: from a cache")
		return r, cause{name: RevocationMissed}
	}
	d := &r.decision
	x.note("%s accepted the old credentials: %s", d.Node, d.Reason)
	switch {
	case u.logoutBy == "":
	case !u.logoutDone:
		x.note("%s handled the logout, and revoked nothing: %s", u.logoutBy, u.logoutWhy)
	case d.Reason == history.ReasonOKUnchecked:
		x.note("%s had revoked them; the store that knows did not answer, and %s accepts what it cannot check", u.logoutBy, d.Node)
		return r, cause{name: StoreDown}
	case f.issues.SharesRevocations():
		x.note("%s had revoked them; the nodes keep revocations in one store, which no longer has this one", u.logoutBy)
		return r, cause{name: StoreEvicted}
	case d.Token == "" && f.issues.SharesLogouts():
		x.note("%s had ended the session; the nodes keep sessions in one store, which has it again", u.logoutBy)
		return r, cause{name: StoreEvicted}
	case u.logoutBy != d.Node:
		x.note("%s had revoked them, and %s did not know", u.logoutBy, d.Node)
		return r, cause{name: RevokedElsewhere}
	case u.logoutBoot != d.Boot:
		x.note("%s had revoked them, and has restarted since (start %d)", d.Node, d.Boot)
		return r, cause{name: RevocationMissed, culprit: d.Node}
	default:
		x.note("%s had revoked them, and accepts them all the same", d.Node)
	}
	return r, cause{name: RevocationMissed}
}

// accepted is the last request that was answered with a page.
func (a *action) accepted() *request {
	for i := len(a.reqs) - 1; i >= 0; i-- {
		if a.reqs[i].response.Body == history.BodyPage {
			return a.reqs[i]
		}
	}
	return nil
}

// forgeryCause explains a page that somebody got with a forged token.
func (f *Fold) forgeryCause(a *action, x *Finding) (*request, cause) {
	r := a.letIn()
	switch {
	case r == nil:
		return nil, unexplained(x, "no answer of this action is a page")
	case !r.decided && cached(&r.response):
		x.note("it came from a cache (Age %d s, hit %v), whoever asked", r.response.Age, r.response.Hit)
		return r, cause{name: CachedOtherUser}
	case !r.decided:
		return r, unexplained(x, "no node recorded why it was answered with a page")
	}
	d := &r.decision
	x.note("no node has issued this token, and %s accepted it: it is signed with a secret that anybody can guess, which %s has as its own (key %s)", d.Node, d.Node, d.KeyFP)
	return r, cause{name: ForgedToken, culprit: d.Node}
}

// identityCause explains somebody else's page.
func (f *Fold) identityCause(a *action, x *Finding) (*request, cause) {
	if a.kind == history.KindForge {
		return f.forgeryCause(a, x)
	}
	for _, r := range a.reqs {
		e := &r.response
		if e.Body != history.BodyPage || e.Identity == 0 || e.Identity == a.id {
			continue
		}
		x.note("%s showed user %d the data of user %d", orOp(e), a.id, e.Identity)
		switch {
		case !r.decided && cached(e):
			x.note("it came from a cache (Age %d s, hit %v)", e.Age, e.Hit)
			return r, cause{name: CachedOtherUser}
		case a.user.fromCache:
			x.note("a cache had given this user somebody else's Set-Cookie before")
			return r, cause{name: CachedOtherUser}
		}
		return r, unexplained(x, "a node served it itself")
	}
	return nil, unexplained(x, "no answer of this action shows where it came from")
}
