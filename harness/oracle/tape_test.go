package oracle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
)

const ms = time.Millisecond

// tape writes histories by hand: each call moves the clock on.
type tape struct {
	now    time.Duration
	act    int
	req    int
	events []history.Event
}

func (t *tape) put(e history.Event) {
	t.now += ms
	if e.At == 0 {
		e.At = t.now
	}
	t.events = append(t.events, e)
}

// exchange is one request: what the node decided (nil: it reached none), and
// what the client saw.
type exchange struct {
	d      *history.Event
	e      history.Event
	routes []history.Event
	late   bool   // the decision is recorded after the action
	during func() // what else happens while the request is under way
}

// do is an action with its requests.
func (t *tape) do(user int, kind string, left history.Event, xs ...exchange) int {
	t.act++
	number := t.act
	t.put(history.Event{Type: history.Begin, User: user, Action: number, Kind: kind})
	var late []history.Event
	for _, x := range xs {
		t.req++
		sent := t.now
		if x.during != nil {
			x.during()
		}
		if x.d != nil {
			d := *x.d
			d.Type, d.Req = history.Decision, t.req
			d.Clock += t.now + ms // tests give the offset
			if x.late {
				d.At = t.now + ms
				late = append(late, d)
			} else {
				t.put(d)
			}
		}
		for _, r := range x.routes {
			r.Type, r.Req = history.Route, t.req
			t.put(r)
		}
		e := x.e
		e.Type, e.User, e.Action, e.Req, e.Sent = history.Response, user, number, t.req, sent
		t.put(e)
	}
	left.Type, left.User, left.Action, left.Kind = history.Action, user, number, kind
	t.put(left)
	for _, d := range late {
		t.put(d)
	}
	return number
}

var (
	shownDone  = history.Event{Shown: history.ShownDone}
	shownError = history.Event{Shown: history.ShownError, GaveUp: history.GaveUpNetwork}
)

func shownPage(user int) history.Event {
	return history.Event{Shown: history.ShownPage, Identity: user, Status: 200}
}

func shownLogin(why string) history.Event {
	return history.Event{Shown: history.ShownLogin, LoggedOut: true, GaveUp: why}
}

// accepts and refuses are a node's decisions on session or token "s<user>".
func accepts(node, session string) *history.Event {
	return &history.Event{Node: node, Boot: 1, Op: history.OpPage, Accept: true, Reason: history.ReasonOK, Session: session}
}

func refusal(node, session, reason string) *history.Event {
	d := accepts(node, session)
	d.Accept, d.Reason = false, reason
	return d
}

func page(user int) history.Event {
	return history.Event{Op: history.OpPage, Path: "/page/1", Status: 200, Body: history.BodyPage, Identity: user}
}

func status(op string, code int) history.Event {
	return history.Event{Op: op, Path: "/" + op, Status: code}
}

// login logs a user in on a node with a stateful session.
func (t *tape) login(user int, node, session string) {
	t.do(user, history.KindLogin, shownDone, exchange{
		d: &history.Event{Node: node, Boot: 1, Op: history.OpLogin, Accept: true, Reason: history.ReasonOK, User: user, Issued: session},
		e: history.Event{Op: history.OpLogin, Path: "/login", Status: 303, Set: []string{"sid"}},
	})
}

// loginToken logs a user in on a node with tokens: family, "a-"+family and
// "r-"+family. The node's clock is off by skew.
func (t *tape) loginToken(user int, node, family, key string, skew time.Duration) {
	t.do(user, history.KindLogin, shownDone, exchange{
		d: &history.Event{Node: node, Boot: 1, Op: history.OpLogin, Accept: true, Reason: history.ReasonOK, User: user, Clock: skew,
			Issued: family, NewTok: "a-" + family, NewRT: "r-" + family, Kid: "kid-" + key, KeyFP: key},
		e: history.Event{Op: history.OpLogin, Path: "/login", Status: 200, Body: history.BodyTokens},
	})
}

// token makes a decision one on the access token of a family.
func token(d *history.Event, family string) *history.Event {
	d.Session, d.Token = family, "a-"+family
	return d
}

// renewed is a page for which a node first renews a family's tokens.
func (t *tape) renewed(user int, node, family string) {
	d := accepts(node, family)
	d.Op, d.Token, d.NewTok = history.OpRefresh, "r-"+family, "a2-"+family
	t.do(user, history.KindPage, shownPage(user),
		exchange{d: d, e: status(history.OpRefresh, 200)},
		exchange{d: with(accepts(node, family), func(d *history.Event) { d.Token = "a2-" + family }), e: page(user)})
}

func (t *tape) ok(user int, node, session string) {
	t.do(user, history.KindPage, shownPage(user), exchange{d: accepts(node, session), e: page(user)})
}

// refused opens a page that a node refuses with 401.
func (t *tape) refused(user int, d *history.Event) {
	t.do(user, history.KindPage, shownLogin(history.GaveUpRejected), exchange{d: d, e: status(history.OpPage, 401)})
}

// unsent opens a page without the login's cookie, or another.
func (t *tape) unsent(user int, why string, name ...string) {
	c := history.Cookie{Name: append(name, "sid")[0], Why: why}
	t.do(user, history.KindPage, shownLogin(history.GaveUpRejected), exchange{
		d: refusal("app-1", "", history.ReasonNoCredential),
		e: with2(status(history.OpPage, 401), func(e *history.Event) { e.Cookies = []history.Cookie{c} })})
}

// shadowed opens a page with two cookies, of which app-1 reads a session.
func (t *tape) shadowed(user int, session string) {
	t.do(user, history.KindPage, shownLogin(history.GaveUpRejected), exchange{
		d: refusal("app-1", session, history.ReasonUnknownSess),
		e: with2(status(history.OpPage, 401), func(e *history.Event) { e.Cookies = []history.Cookie{{Name: "sid", Why: history.CookieShadowed}} })})
}

// loginWith logs a user in, whose browser does not keep a cookie.
func (t *tape) loginWith(user int, unkept history.Cookie) {
	t.login(user, "app-1", "s")
	t.events[len(t.events)-1].Cookies = []history.Cookie{unkept}
}

func (t *tape) logout(user int, node, session string) {
	d := accepts(node, session)
	d.Op, d.Ended = history.OpLogout, true
	t.do(user, history.KindLogout, shownDone, exchange{d: d, e: status(history.OpLogout, 204)})
}

func (t *tape) node(name string, boot int, state string) {
	t.put(history.Event{Type: history.Node, Node: name, Boot: boot, State: state})
}

// crash writes that a node's process dies of overload.
func (t *tape) crash(name string, boot int) {
	t.put(history.Event{Type: history.Node, Node: name, Boot: boot, State: history.StateCrashed, Reason: history.ReasonOverload})
}

func (t *tape) judge(tb testing.TB, p history.Promise) *Judgement {
	tb.Helper()
	j, err := Judge(history.Header{Promise: p, Nodes: []string{"app-1", "app-2"}, Users: 3, Planned: time.Second}, history.Of(t.events...))
	require.NoError(tb, err)
	require.Equal(tb, j.Actions, j.Verdicts.Total())
	return j
}
