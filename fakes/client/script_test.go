package client

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// turn is one call to a client and all that must come of it, as text: what is
// sent, then which actions are over.
type turn struct {
	at   time.Duration
	do   any // ActionKind, Action or Response
	want string
}

// script is a whole conversation.
type script struct {
	name  string
	cfg   Config
	turns []turn
}

// converse plays turns. Actions are numbered in the order in which they begin.
func converse(t *testing.T, cfg Config, turns []turn) *Client {
	t.Helper()
	c := New(cfg)
	actions := 0
	for i, turn := range turns {
		var step Step
		switch do := turn.do.(type) {
		case ActionKind:
			actions++
			step = c.Begin(Action{ID: actions, Kind: do, Page: 1}, turn.at)
		case Action:
			actions++
			do.ID, do.Page = actions, 1
			step = c.Begin(do, turn.at)
		case Response:
			step = c.OnResponse(do, turn.at)
		}
		require.Equal(t, turn.want, tell(step), "turn %d", i)
	}
	require.Empty(t, c.tasks, "actions still open at the end of the script")
	return c
}

// tell writes a step as "seq op.part ..." and "= action shown ...".
func tell(s Step) string {
	var lines []string
	ops := [...]string{"login", "page", "refresh", "logout", "form"}
	for _, r := range s.Send {
		l := fmt.Sprintf("%d %s.%d", r.Seq, ops[r.Op], r.Part)
		if r.Attempt > 0 {
			l += fmt.Sprintf(" again%d", r.Attempt)
		}
		if r.Wait > 0 {
			l += " wait=" + r.Wait.String()
		}
		for _, k := range r.Cookies {
			l += " " + k.Name + "=" + k.Value.Text
		}
		for _, v := range []Value{r.Bearer, r.Refresh} {
			if v != (Value{}) {
				l += " " + v.Text
			}
		}
		lines = append(lines, l)
	}
	shown := [...]string{"page", "login", "error", "done"}
	gave := [...]string{"", " rejected", " refresh_rejected", " refresh_network", " network", " no_credential"}
	for _, o := range s.Outcomes {
		l := fmt.Sprintf("= %d %s id=%d status=%d", o.Action, shown[o.Shown], o.Identity, o.Status)
		if o.LoggedOut {
			l += " out"
		}
		lines = append(lines, l+gave[o.GaveUp])
	}
	return strings.Join(lines, "\n")
}

func text(s string) Value { return Value{Text: s} }

func tokens(seq int, access, refresh string, life time.Duration) Response {
	return Response{Seq: seq, Status: 200, Body: BodyTokens, Access: text(access), Refresh: text(refresh), ExpiresIn: life}
}

func pageOf(seq, user int) Response {
	return Response{Seq: seq, Status: 200, Body: BodyPage, Identity: user}
}

func status(seq, code int) Response { return Response{Seq: seq, Status: code} }

func cut(seq int) Response { return Response{Seq: seq, Failure: Reset} }

func toLogin(seq int) Response { return Response{Seq: seq, Status: 302, ToLogin: true} }

func form(seq int) Response { return Response{Seq: seq, Status: 200, Body: BodyLogin} }

func cookies(seq, code int, headers ...string) Response {
	r := Response{Seq: seq, Status: code}
	for _, h := range headers {
		sc, err := ParseSetCookie(h)
		if err != nil {
			panic(err)
		}
		r.Set = append(r.Set, sc)
	}
	return r
}
