package oracle

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
)

// TestMixedUp: a cache gives user 2 the session of user 1; what becomes of
// either of them is the cache's doing.
func TestMixedUp(t *testing.T) {
	foreign := page(1)
	foreign.Hit, foreign.Age, foreign.Set = true, 3, []string{"sid"}
	for name, c := range map[string]struct {
		cached bool
		then   func(t *tape)
		user   int // who is logged out
		want   string
	}{
		"the other one leaves, and this one is out": {true, func(t *tape) {
			t.logout(1, "app-1", "s")
			t.refused(2, refusal("app-1", "s", history.ReasonUnknownSess))
		}, 2, CachedOtherUser},
		"this one leaves, and the other one is out": {true, func(t *tape) {
			t.logout(2, "app-1", "s")
			t.refused(1, refusal("app-1", "s", history.ReasonUnknownSess))
		}, 1, CachedOtherUser},
		"the store is down, which has nothing to do with it": {true, func(t *tape) {
			t.refused(2, refusal("app-1", "s", history.ReasonStoreDown))
		}, 2, StoreDown},
		"who has logged in again is over it": {true, func(t *tape) {
			t.logout(2, "app-1", "s")
			t.login(1, "app-1", "new")
			t.refused(1, refusal("app-1", "new", history.ReasonUnknownSess))
		}, 1, StoreEvicted},
		"no cache was in it": {false, func(t *tape) {
			t.logout(2, "app-1", "s")
			t.refused(1, refusal("app-1", "s", history.ReasonUnknownSess))
		}, 1, StoreEvicted},
	} {
		t.Run(name, func(t *testing.T) {
			var rec tape
			rec.login(1, "app-1", "s")
			rec.login(2, "app-1", "own")
			if c.cached {
				rec.do(2, history.KindPage, shownPage(1), exchange{e: foreign})
			}
			c.then(&rec)
			j := rec.judge(t, history.Promise{})
			last := j.Findings[len(j.Findings)-1]
			require.Equal(t, SpuriousLogout, last.Verdict)
			require.Equal(t, c.user, last.User)
			require.Equal(t, c.want, last.Cause, "%v", last.Evidence)
		})
	}
}
