package oracle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
)

func TestDenominatorsNodesAndLoad(t *testing.T) {
	var rec tape
	rec.login(1, "app-1", "s")
	rec.ok(1, "app-1", "s")
	rec.refused(1, refusal("app-2", "s", history.ReasonUnknownSess))
	rec.login(1, "app-1", "s")
	rec.logout(1, "app-1", "s")
	rec.replay(1, "app-1", "s", false)
	rec.replay(1, "app-1", "s", true)
	rec.put(history.Event{Type: history.End, Load: &history.Load{Hits: 7}})
	j := rec.judge(t, history.Promise{})
	require.True(t, j.Complete)
	require.Equal(t, 7, j.Load.Hits)
	require.Equal(t, 2, j.ValidActions)
	require.Equal(t, Counts{OK: 1, SpuriousLogout: 1}, j.Valid)
	require.Equal(t, 4, j.PageViews)
	require.Equal(t, 2, j.UsesAfterLogout)
	require.Equal(t, 2, j.Logins)
	require.Equal(t, 7, j.Requests)
	require.Equal(t, 5, j.Successes)
	require.Equal(t, []NodeCount{{"app-1", 6, 1}, {"app-2", 1, 1}}, j.Nodes)
	var total Counts
	nodes := []NodeCount{{Name: "app-1"}, {Name: "app-2"}}
	spurious := 0
	for _, b := range j.Series.Buckets {
		total.OK += b.Verdicts.OK
		total.SpuriousLogout += b.Verdicts.SpuriousLogout
		total.GhostSession += b.Verdicts.GhostSession
		spurious += b.Spurious[SessionNotOnNode]
		for i := range b.Nodes {
			nodes[i].Requests += b.Nodes[i].Requests
			nodes[i].Rejections += b.Nodes[i].Rejections
		}
	}
	require.Equal(t, j.Verdicts, total)
	require.Equal(t, j.Nodes, nodes)
	require.Equal(t, 1, spurious)
}

// A run that outlasts its plan widens the buckets and loses nothing.
func TestSeriesWidens(t *testing.T) {
	var rec tape
	rec.login(1, "app-1", "s")
	for range 200 {
		rec.now += 10 * time.Second
		rec.ok(1, "app-1", "s")
	}
	j := rec.judge(t, history.Promise{})
	require.LessOrEqual(t, len(j.Series.Buckets), maxBuckets)
	ok, requests := 0, 0
	for _, b := range j.Series.Buckets {
		ok += b.Verdicts.OK
		requests += b.Nodes[0].Requests
	}
	require.Equal(t, 201, ok)
	require.Equal(t, 201, requests)
}

// A tally has room for all causes, some of which it is asked for by number.
func TestTallyHasRoomForAllCauses(t *testing.T) {
	require.LessOrEqual(t, len(Causes()), maxCauses)
	for i, name := range Causes() {
		require.Equal(t, i, int(CauseNumber(name)))
	}
}
