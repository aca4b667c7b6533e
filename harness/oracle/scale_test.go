package oracle

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
)

// crowd writes a history of users on memory sessions behind a balancer that
// sends every request anywhere: each page is refused unless it meets the node
// of its login, and whoever is refused logs in again.
func crowd(users, actions, nodes int, sticky float64) (history.Header, []history.Event) {
	h := history.Header{Users: users, Planned: time.Duration(actions) * 4 * ms, Promise: history.Promise{Idle: time.Hour}}
	for n := range nodes {
		h.Nodes = append(h.Nodes, fmt.Sprintf("app-%d", n+1))
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	home := make([]string, users+1)
	var t tape
	for range actions {
		u := rnd.IntN(users) + 1
		node, session := h.Nodes[rnd.IntN(nodes)], fmt.Sprintf("s%d", u)
		switch {
		case home[u] == "":
			home[u] = node
			t.login(u, node, session+"-"+fmt.Sprint(t.act))
		case home[u] == node || rnd.Float64() < sticky:
			t.ok(u, home[u], session)
		default:
			t.refused(u, refusal(node, session, history.ReasonMisconfigured))
			home[u] = ""
		}
	}
	return h, t.events
}

// With N nodes and no stickiness, (N-1)/N of the pages are refused.
func TestClosedForm(t *testing.T) {
	h, events := crowd(400, 50_000, 5, 0)
	j, err := Judge(h, history.Of(events...))
	require.NoError(t, err)
	require.InDelta(t, 0.8, float64(j.Verdicts.SpuriousLogout)/float64(j.ValidActions), 0.01)
	require.Len(t, j.Affected, 400)
	require.Equal(t, j.Verdicts.SpuriousLogout, j.Causes[NodeMisconfig])
}

// What is open stays bounded, also when clients never hear of some requests.
func TestMemoryIsBounded(t *testing.T) {
	f := New(history.Header{Users: 1})
	for i := range 4 * orphanEvents {
		f.Add(&history.Event{At: time.Duration(i), Type: history.Decision, Req: i + 1, Node: "app-1", Accept: true})
	}
	require.LessOrEqual(t, len(f.reqs), orphanEvents+1)
	h, events := crowd(50, 5_000, 5, 1)
	f = New(h)
	for i := range events {
		f.Add(&events[i])
	}
	require.Empty(t, f.reqs)
	require.Empty(t, f.actions)
	require.Empty(t, f.waiting)
}

// FuzzJudge judges arbitrary events: no panic, every action counted once.
func FuzzJudge(f *testing.F) {
	for _, c := range causeCases {
		var rec tape
		c.write(&rec)
		var lines []byte
		for i := range rec.events {
			var err error
			lines, err = history.AppendLine(lines, &rec.events[i])
			require.NoError(f, err)
		}
		f.Add(lines)
	}
	f.Fuzz(func(t *testing.T, lines []byte) {
		var events []history.Event
		for len(lines) > 0 {
			n := 0
			for n < len(lines) && lines[n] != '\n' {
				n++
			}
			var e history.Event
			if history.ParseLine(lines[:n], &e) == nil {
				events = append(events, e)
			}
			lines = lines[min(n+1, len(lines)):]
		}
		j, err := Judge(history.Header{Promise: history.Promise{Idle: time.Second, Revocation: ms}}, history.Of(events...))
		require.NoError(t, err)
		require.Equal(t, j.Actions, j.Verdicts.Total())
		require.Equal(t, j.Actions-j.Verdicts.OK, len(j.Findings))
	})
}

func BenchmarkJudge(b *testing.B) {
	for _, c := range []struct {
		name   string
		sticky float64
	}{{"healthy", 1}, {"broken", 0}} {
		b.Run(c.name, func(b *testing.B) {
			h, events := crowd(400, 100_000, 5, c.sticky)
			all := history.Of(events...)
			b.ReportAllocs()
			for b.Loop() {
				_, err := Judge(h, all)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(len(events))*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
