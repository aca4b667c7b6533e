package oracle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
)

// TestCulprit names the node at fault where the evidence does.
func TestCulprit(t *testing.T) {
	for name, c := range map[string]struct {
		tape func(*tape)
		want string
	}{
		"the node whose clock is wrong refuses": {func(t *tape) {
			t.loginToken(1, "app-1", "f", "k", 0)
			d := token(refusal("app-2", "f", history.ReasonExpired), "f")
			d.Clock, d.ExpIn = time.Minute, -time.Second
			t.refused(1, d)
		}, "app-2"},
		"the node whose clock is wrong has issued": {func(t *tape) {
			t.loginToken(1, "app-1", "f", "k", time.Minute)
			d := token(refusal("app-2", "f", history.ReasonNotYet), "f")
			d.IatIn, d.ExpIn = time.Minute, time.Hour
			t.refused(1, d)
		}, "app-1"},
		"the node whose clock is wrong has used the session last": {func(t *tape) {
			t.login(1, "app-1", "s")
			for range 2 {
				t.do(1, history.KindPage, shownPage(1), exchange{d: with(accepts("app-2", "s"), func(d *history.Event) {
					d.Clock, d.ExpIn = -time.Hour, time.Minute
				}), e: page(1)})
			}
			t.refused(1, with(refusal("app-1", "s", history.ReasonSessionIdle), func(d *history.Event) { d.ExpIn = time.Minute - time.Hour }))
		}, "app-2"},
		"the node has forgotten a logout": {func(t *tape) {
			t.login(1, "app-1", "s")
			t.logout(1, "app-1", "s")
			t.node("app-1", 2, history.StateUp)
			d := accepts("app-1", "s")
			d.Boot = 2
			t.do(1, history.KindReplay, shownPage(1), exchange{d: d, e: page(1)})
		}, "app-1"},
		"one key of three is another": {func(t *tape) {
			t.loginToken(2, "app-1", "g", "k", 0)
			t.loginToken(3, "app-2", "h", "k", 0)
			t.loginToken(1, "app-3", "f", "own", 0)
			d := token(refusal("app-1", "f", history.ReasonBadSignature), "f")
			d.KeyFP = "k"
			t.refused(1, d)
		}, "app-3"},
		"of two keys neither is the odd one": {func(t *tape) {
			t.loginToken(2, "app-1", "g", "k", 0)
			t.loginToken(1, "app-2", "f", "own", 0)
			d := token(refusal("app-1", "f", history.ReasonBadSignature), "f")
			d.KeyFP = "k"
			t.refused(1, d)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var tp tape
			c.tape(&tp)
			j := tp.judge(t, history.Promise{})
			require.Len(t, j.Findings, 1)
			require.Equal(t, c.want, j.Findings[0].Culprit)
			if c.want != "" {
				require.Contains(t, InWordsOf(j.Findings[0].Cause, c.want), c.want)
			}
		})
	}
}
