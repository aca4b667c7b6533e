package oracle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
)

// TestLockedOut: a user leaves everywhere, logs in again, and is refused.
func TestLockedOut(t *testing.T) {
	for name, c := range map[string]struct {
		reason        string
		revoker, here time.Duration // how far the clocks of who handled the logout, and who issued the new token, are off
		verdict       Verdict
		cause         string
		culprit       string
	}{
		"a mark on the user":                        {reason: history.ReasonUserRevoked, verdict: Lockout, cause: LockedOut},
		"a mark on the user, whatever the clocks":   {reason: history.ReasonUserRevoked, here: -time.Minute, verdict: Lockout, cause: LockedOut},
		"not before, set by a clock ahead":          {reason: history.ReasonIssuedBefore, revoker: time.Minute, verdict: Lockout, cause: ClockSkew, culprit: "app-1"},
		"not before, issued by a clock behind":      {reason: history.ReasonIssuedBefore, here: -time.Minute, verdict: Lockout, cause: ClockSkew, culprit: "app-2"},
		"not before, and the clocks are right":      {reason: history.ReasonIssuedBefore, verdict: Lockout, cause: LockedOut},
		"the token alone is revoked: just a logout": {reason: history.ReasonRevoked, verdict: SpuriousLogout, cause: RevokedElsewhere},
	} {
		t.Run(name, func(t *testing.T) {
			var rec tape
			rec.loginToken(1, "app-1", "f", "k", 0)
			out := token(accepts("app-1", ""), "f")
			out.Op, out.Ended, out.Clock = history.OpLogout, true, c.revoker
			rec.do(1, history.KindLogout, shownDone, exchange{d: out, e: status(history.OpLogout, 204)})
			rec.loginToken(1, "app-2", "g", "k", c.here)
			rec.refused(1, token(with(refusal("app-2", "", c.reason), func(d *history.Event) { d.CutIn, d.IatIn = -5*ms, -3*ms }), "g"))
			rec.loginToken(2, "app-1", "h", "k", 0)
			rec.ok(2, "app-1", "h")
			j := rec.judge(t, history.Promise{})
			require.Len(t, j.Findings, 1)
			x := j.Findings[0]
			require.Equal(t, c.verdict, x.Verdict)
			require.Equal(t, c.cause, x.Cause)
			require.Equal(t, c.culprit, x.Culprit)
			want := Counts{OK: 1}
			want.Add(c.verdict)
			require.Equal(t, want, j.Valid)
			require.Equal(t, 2, j.ValidActions)
			require.Equal(t, []int{1}, j.Affected)
			if c.verdict == Lockout {
				require.Equal(t, map[string]int{c.cause: 1}, j.LockoutCauses)
				require.Empty(t, j.Causes)
				require.Contains(t, x.Evidence[1], "all that the user had was revoked 5ms ago by the node's clock")
				require.Equal(t, Lockout, j.Stories[0].Finding.Verdict)
			}
		})
	}
}
