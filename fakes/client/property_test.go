package client

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// world drives a client with random actions and answers, in random order, and
// watches what must hold whatever comes.
type world struct {
	t       *rapid.T
	c       *Client
	single  bool
	open    map[int]bool // actions begun, without an outcome
	flying  []Request
	actions int
	tokens  int
}

func (w *world) take(s Step) {
	for _, r := range s.Send {
		require.True(w.t, w.open[r.Action], "request %d belongs to action %d, which is over", r.Seq, r.Action)
		for _, f := range w.flying {
			require.NotEqual(w.t, f.Seq, r.Seq)
		}
		w.flying = append(w.flying, r)
	}
	for _, o := range s.Outcomes {
		require.True(w.t, w.open[o.Action], "action %d ended twice or never began", o.Action)
		delete(w.open, o.Action)
		require.Equal(w.t, !w.c.LoggedIn(), o.LoggedOut)
	}
	refreshes := 0
	for _, r := range w.flying {
		if r.Op == OpRefresh {
			refreshes++
		}
	}
	if w.single {
		require.LessOrEqual(w.t, refreshes, 1, "two renewals in flight")
	}
	require.Equal(w.t, len(w.flying) == 0, len(w.open) == 0, "open actions %v, requests in flight %v", w.open, w.flying)
	require.Len(w.t, w.c.tasks, len(w.open))
}

func (w *world) begin(kind ActionKind) {
	w.actions++
	w.open[w.actions] = true
	w.take(w.c.Begin(Action{ID: w.actions, Kind: kind, Page: w.actions % 3}, time.Duration(w.actions)*time.Second))
}

// answer settles a request in flight. Past settling, only answers that end
// things come, so that every run comes to an end.
func (w *world) answer(i int) {
	q := w.flying[i]
	w.flying = append(w.flying[:i], w.flying[i+1:]...)
	r := Response{Seq: q.Seq}
	switch rapid.SampledFrom([]string{"good", "good", "good", "401", "login", "redirect", "5xx", "cut", "404"}).Draw(w.t, "answer") {
	case "good":
		w.good(q.Op, &r)
	case "401":
		r.Status = 401
	case "login":
		r.Status, r.Body = 200, BodyLogin
	case "redirect":
		r.Status, r.ToLogin = 302, true
	case "5xx":
		r.Status = rapid.IntRange(500, 504).Draw(w.t, "status")
	case "cut":
		r.Failure = rapid.SampledFrom([]Failure{Refused, Reset, Timeout}).Draw(w.t, "failure")
	case "404":
		r.Status = 404
	}
	w.take(w.c.OnResponse(r, time.Duration(w.actions)*time.Second))
}

func (w *world) good(op Op, r *Response) {
	r.Status = 200
	switch op {
	case OpLogin, OpRefresh:
		w.tokens++
		r.Body = BodyTokens
		r.Access, r.Refresh = Value{Ref: uint64(w.tokens)}, Value{Ref: uint64(w.tokens)}
		r.ExpiresIn = 3 * time.Second
		r.Set = []SetCookie{{Name: "sid", Value: r.Access}}
	case OpPage:
		r.Body, r.Identity = BodyPage, rapid.IntRange(1, 2).Draw(w.t, "identity")
	case OpLoginForm:
		r.Body = BodyLogin
	}
}

func TestWhateverTheAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := Config{
			Kind:           rapid.SampledFrom([]Kind{Browser, SPA}).Draw(t, "kind"),
			Refresh:        rapid.SampledFrom([]RefreshPolicy{NoRefresh, Naive, SingleFlight}).Draw(t, "refresh"),
			OnUnauthorized: rapid.Bool().Draw(t, "on unauthorized"),
			OnExpiry:       rapid.Bool().Draw(t, "on expiry"),
			Margin:         time.Second,
			Retry:          rapid.Bool().Draw(t, "retry"),
			RetryMax:       2,
			Backoff:        time.Second,
			LogoutOnError:  rapid.Bool().Draw(t, "logout on error"),
			Requests:       rapid.IntRange(0, 3).Draw(t, "requests"),
			User:           1,
		}
		w := &world{t: t, c: New(cfg), single: cfg.Refresh == SingleFlight, open: map[int]bool{}}
		t.Repeat(map[string]func(*rapid.T){
			"begin": func(*rapid.T) {
				w.begin(rapid.SampledFrom([]ActionKind{Login, Login, Page, Page, Page, Logout, Replay}).Draw(t, "action"))
			},
			"answer": func(*rapid.T) {
				if len(w.flying) > 0 {
					w.answer(rapid.IntRange(0, len(w.flying)-1).Draw(t, "which"))
				}
			},
		})
		for n := 0; len(w.flying) > 0; n++ {
			require.Less(t, n, 10_000, "the client never stops")
			w.answer(0)
		}
		require.Empty(t, w.open)
	})
}

func BenchmarkPage(b *testing.B) {
	c := New(Config{User: 1})
	c.Begin(Action{Kind: Login}, 0)
	c.OnResponse(Response{Seq: 1, Status: 303, Set: []SetCookie{{Name: "sid", Value: Value{Ref: 1}}}}, 0)
	b.ReportAllocs()
	for i := range b.N {
		s := c.Begin(Action{ID: i, Kind: Page, Page: 1}, 0)
		c.OnResponse(Response{Seq: s.Send[0].Seq, Status: 200, Body: BodyPage, Identity: 1}, 0)
	}
}
