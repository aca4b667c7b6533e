package workload

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a login system of one page, as a script: what it answers to a page.
type site struct {
	mu    sync.Mutex
	seen  []string // "METHOD path cookie"
	login http.HandlerFunc
	page  http.HandlerFunc
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.seen = append(s.seen, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+r.Header.Get("Cookie")))
	s.mu.Unlock()
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/login" && s.login != nil:
		s.login(w, r)
	case r.Method == http.MethodPost && r.URL.Path == "/login":
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "secret-of-" + r.PostFormValue("user"), Path: "/"})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case r.URL.Path == "/login":
		_, _ = fmt.Fprint(w, `<form id="login">`)
	case r.URL.Path == "/logout":
		w.WriteHeader(http.StatusNoContent)
	default:
		s.page(w, r)
	}
}

func show(user string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintf(w, `<body data-user="%s">`, user) }
}

// planned is the plan of an architecture and a workload, a hundred times
// faster than they say.
func planned(t *testing.T, architecture, workload string) *plan.Plan {
	t.Helper()
	src := "scenario: s\ntitle: S\narchitecture: {" + architecture + "}\nworkload: {" + workload + "}\nvariants: {broken: {expect: [{errors: 0}]}}\n"
	sc, err := scenario.Parse("s.yaml", []byte(src))
	require.NoError(t, err)
	p, err := plan.Build(sc, "broken", plan.Options{Seed: 1, Compress: 100})
	require.NoError(t, err)
	return p
}

// drive runs users with browsers against the site and returns what was
// recorded.
func drive(t *testing.T, s *site, workload string) (*plan.Plan, []history.Event, history.Load) {
	t.Helper()
	srv := httptest.NewServer(s)
	defer srv.Close()
	p := planned(t, "session: {kind: redis}", workload)
	events, load := driveAt(t, srv.URL, p)
	return p, events, load
}

func driveAt(t *testing.T, url string, p *plan.Plan) ([]history.Event, history.Load) {
	t.Helper()
	record := &history.Memory{}
	began := time.Now()
	load := Drive(context.Background(), Options{
		Plan: p, URL: url, Clock: func() time.Duration { return time.Since(began) }, Record: record,
	})
	var events []history.Event
	for e := range record.Events() {
		events = append(events, e)
	}
	return events, load
}

func of(events []history.Event, typ history.Type) []history.Event {
	var out []history.Event
	for _, e := range events {
		if e.Type == typ {
			out = append(out, e)
		}
	}
	return out
}

func TestOneUserFollowsTheTimetable(t *testing.T) {
	s := &site{page: show("u1")}
	p, events, load := drive(t, s, "users: 1, think: 2s, duration: 20s")
	slots := p.Slots()
	begun := of(events, history.Begin)
	require.Len(t, begun, len(slots))
	require.Equal(t, len(slots), load.Hits)
	require.Equal(t, 1.0, load.SuccessRatio)
	for i, e := range begun {
		require.Equal(t, slots[i].Kind, e.Kind)
		require.Equal(t, i+1, e.Action)
		require.GreaterOrEqual(t, e.At, slots[i].At, "no action starts before its time")
	}
	require.Equal(t, "POST /login", s.seen[0])
	for i, line := range s.seen[1:] {
		require.Equal(t, fmt.Sprintf("GET /page/%d sid=secret-of-u1", slots[i+1].Page), line)
	}
}

// A user who waits for the last page begins the next action late, though the
// load generator is in time.
func TestWaitingForOneselfIsLateToo(t *testing.T) {
	slow := func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(100 * time.Millisecond)
		show("u1")(w, r)
	}
	_, _, load := drive(t, &site{page: slow}, "users: 1, think: 2s, duration: 20s")
	require.Greater(t, load.Late, 100*time.Millisecond, "20 ms between pages that take 100 ms")
}

func TestEveryAnswerIsRecordedAndJoined(t *testing.T) {
	_, events, _ := drive(t, &site{page: show("u1")}, "users: 3, think: 2s, duration: 10s")
	begun, ended := map[int]bool{}, map[int]bool{}
	requests := map[int]bool{}
	for _, e := range events {
		switch e.Type {
		case history.Begin:
			begun[e.Action] = true
		case history.Response:
			require.True(t, begun[e.Action] && !ended[e.Action])
			require.False(t, requests[e.Req], "request numbers are unique")
			requests[e.Req] = true
			require.LessOrEqual(t, e.Sent, e.At)
			if e.Op == history.OpPage {
				require.Equal(t, 1, e.Identity)
				require.Equal(t, history.BodyPage, e.Body)
			}
		case history.Action:
			ended[e.Action] = true
			require.Equal(t, e.Kind == history.KindPage, e.Shown == history.ShownPage)
		}
		line, err := history.AppendLine(nil, &e)
		require.NoError(t, err)
		require.NotContains(t, string(line), "secret-of", "credentials are never recorded")
	}
	require.Equal(t, begun, ended)
}

func TestRedirectToLoginIsALogoutAndASuccess(t *testing.T) {
	s := &site{page: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) }}
	_, events, load := drive(t, s, "users: 1, think: 2s, duration: 20s")
	require.Equal(t, 1.0, load.SuccessRatio, "a load tool sees nothing")
	kinds := ""
	for _, e := range of(events, history.Action) {
		kinds += e.Kind[:1]
		if e.Kind == history.KindPage {
			require.Equal(t, history.ShownLogin, e.Shown)
			require.True(t, e.LoggedOut)
			require.Equal(t, history.GaveUpRejected, e.GaveUp)
		}
	}
	require.True(t, strings.HasPrefix(kinds, "lplp"), "whoever is at the login page logs in again: %s", kinds)
	require.Contains(t, s.seen, "GET /login sid=secret-of-u1", "a browser follows the redirect")
}

func TestDeadConnectionIsAFailedHit(t *testing.T) {
	s := &site{page: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }}
	_, events, load := drive(t, s, "users: 1, think: 2s, duration: 10s")
	require.Less(t, load.SuccessRatio, 1.0)
	failed := 0
	for _, e := range of(events, history.Response) {
		if e.Op == history.OpPage {
			failed++
			require.Equal(t, history.ErrReset, e.Err)
			require.Zero(t, e.Status)
		}
	}
	require.NotZero(t, failed)
	pages := 0
	for _, line := range s.seen {
		if strings.HasPrefix(line, "GET /page") {
			pages++
		}
	}
	require.Equal(t, failed, pages, "no request is sent twice behind the client's back")
}

func TestReplayPresentsTheOldCredentials(t *testing.T) {
	s := &site{page: show("u1")}
	_, events, _ := drive(t, s, "users: 1, think: 1s, duration: 40s, logout_every: 2, replays: 1")
	replays := 0
	for _, e := range of(events, history.Action) {
		if e.Kind == history.KindReplay {
			replays++
			require.Equal(t, history.ShownPage, e.Shown)
			require.False(t, e.LoggedOut)
		}
	}
	require.NotZero(t, replays)
}

func TestInterruptedDriveFinishesWhatIsUnderWay(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	srv := httptest.NewServer(&site{page: show("u1")})
	defer srv.Close()
	p := planned(t, "session: {kind: redis}", "users: 5, think: 1s, duration: 1h")
	record := &history.Memory{}
	began := time.Now()
	load := Drive(ctx, Options{
		Plan: p, URL: srv.URL, Clock: func() time.Duration { return time.Since(began) }, Record: record,
		OnState: func(pr Progress) {
			if pr.Done == 20 {
				cancel()
			}
		},
	})
	require.True(t, load.Interrupted)
	require.Less(t, load.Hits, len(p.Slots()))
	open := 0
	for e := range record.Events() {
		switch e.Type {
		case history.Begin:
			open++
		case history.Action:
			open--
		}
	}
	require.Zero(t, open)
}
