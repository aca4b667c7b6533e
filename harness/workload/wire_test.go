package workload

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/history"
)

// seen is what a server was sent.
type seen struct {
	mu    sync.Mutex
	conns int
	froms []string // the clients' addresses
	reqs  []string // "PROTO METHOD path authorization form"
	names map[string]bool
}

// listen starts a server that notes what it is sent and answers with h.
func listen(t *testing.T, h http.HandlerFunc) (string, *seen) {
	t.Helper()
	s := &seen{names: map[string]bool{}}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		s.mu.Lock()
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		s.froms = append(s.froms, host)
		s.reqs = append(s.reqs, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", r.Method, r.URL.Path, r.Header.Get("Authorization"), r.PostForm.Get("refresh_token"))))
		for name := range r.Header {
			s.names[name] = true
		}
		s.names[r.Proto] = true
		s.mu.Unlock()
		h(w, r)
	}))
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.mu.Lock()
			s.conns++
			s.mu.Unlock()
		}
	}
	srv.Config.Protocols = new(http.Protocols)
	srv.Config.Protocols.SetHTTP1(true)
	srv.Config.Protocols.SetUnencryptedHTTP2(true)
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.URL, s
}

// send lets user 1 send one request and returns what came of it.
func send(t *testing.T, url, architecture string, times int) []history.Event {
	t.Helper()
	record := &history.Memory{}
	w := newWire(Options{Plan: planned(t, architecture, "users: 2"), URL: url, Clock: func() time.Duration { return 0 }, Record: record})
	defer w.close()
	via := w.transportOf(1)
	for range times {
		w.exchange(via, 1, client.Request{Seq: 1, Action: 9, Op: client.OpPage, Page: 3})
	}
	var out []history.Event
	for e := range record.Events() {
		out = append(out, e)
	}
	return out
}

const sessions = "session: {kind: redis}"

func TestRequestsWithoutAnAnswer(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	silent, _ := listen(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	half, _ := listen(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("half"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	cut, _ := listen(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("half"))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	const hasty = "session: {kind: redis}, client: {timeout: 50ms}"
	for name, c := range map[string]struct{ url, architecture, want string }{
		"nobody listens":           {gone.URL, sessions, history.ErrRefused},
		"no answer in time":        {silent, hasty, history.ErrTimeout},
		"half an answer in time":   {half, hasty, history.ErrTimeout},
		"an answer that is cut":    {cut, sessions, history.ErrReset},
		"and one that is not HTTP": {"http://" + deaf(t), sessions, history.ErrReset},
	} {
		t.Run(name, func(t *testing.T) {
			events := send(t, c.url, c.architecture, 1)
			require.Equal(t, []history.Event{{
				Type: history.Response, User: 1, Action: 9, Req: 1, Op: history.OpPage, Path: "/page/3", Err: c.want,
			}}, events)
		})
	}
}

// deaf is the address of a server that hangs up on everybody.
func deaf(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1))
			_ = c.Close()
		}
	})
	t.Cleanup(func() { _ = l.Close(); all.Wait() })
	return l.Addr().String()
}

func TestConnections(t *testing.T) {
	for name, c := range map[string]struct {
		architecture string
		conns        int
		proto        string
	}{
		"kept alive": {sessions, 1, "HTTP/1.1"},
		"not kept":   {"session: {kind: redis}, balancer: {keep_alive: 0s}", 3, "HTTP/1.1"},
		"h2c":        {"session: {kind: redis}, balancer: {protocol: h2c}", 1, "HTTP/2.0"},
	} {
		t.Run(name, func(t *testing.T) {
			url, s := listen(t, show("u1"))
			send(t, url, c.architecture, 3)
			require.Equal(t, c.conns, s.conns)
			require.True(t, s.names[c.proto])
			require.False(t, s.names[slotHeader])
		})
	}
}

// TestUsersOfTheirOwn: where the balancer looks at connections or addresses,
// no two users share one.
func TestUsersOfTheirOwn(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the other addresses of 127.0.0.0/8 are Linux's")
	}
	for architecture, want := range map[string][]string{
		sessions: {"127.0.0.1"},
		"session: {kind: redis}, balancer: {policy: source_hash}": {"127.1.0.1", "127.1.0.2", "127.1.0.3"},
		"session: {kind: redis}, balancer: {per: connection}":     {"127.1.0.1", "127.1.0.2", "127.1.0.3"},
	} {
		url, s := listen(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
		driveAt(t, url, planned(t, architecture, "users: 3, think: 1s, duration: 5s"))
		slices.Sort(s.froms)
		require.Equal(t, want, slices.Compact(s.froms), architecture)
	}
	w := newWire(Options{Plan: planned(t, "session: {kind: redis}, balancer: {policy: source_hash}", "users: 1"), URL: "http://127.0.0.1:1"})
	require.NotSame(t, w.transportOf(1), w.transportOf(1))
	require.Len(t, w.all, 3, "all are closed at the end")
}

// TestParallelRequestsOfAPage: one action, several requests, one outcome.
func TestParallelRequestsOfAPage(t *testing.T) {
	site := &site{page: show("u1")}
	url, _ := listen(t, site.ServeHTTP)
	p := planned(t, "session: {kind: redis}, client: {requests: 3}", "users: 1, think: 2s, duration: 10s")
	events, load := driveAt(t, url, p)
	parts := map[int]int{}
	for _, e := range of(events, history.Response) {
		if e.Op == history.OpPage {
			parts[e.Action]++
		}
	}
	pages := 0
	for _, e := range of(events, history.Action) {
		if e.Kind == history.KindPage {
			pages++
			require.Equal(t, 3, parts[e.Action])
		}
	}
	require.NotZero(t, pages)
	require.Equal(t, len(p.Slots()), load.Hits, "to the load tool a page is one hit")
}

// TestTokensOfAnSPA follows access and refresh tokens through a rejection, a
// renewal and the page that it was for.
func TestTokensOfAnSPA(t *testing.T) {
	url, s := listen(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/login":
			_, _ = fmt.Fprint(w, `{"access_token":"secret-old","refresh_token":"secret-rt1","expires_in":900}`)
		case "/refresh":
			_, _ = fmt.Fprint(w, `{"access_token":"secret-new","refresh_token":"secret-rt2","expires_in":900}`)
		default:
			if r.Header.Get("Authorization") != "Bearer secret-new" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			show("u1")(w, r)
		}
	})
	p := planned(t, "session: {kind: jwt}, client: {kind: spa, refresh: single_flight, refresh_on: unauthorized, pages: 1}", "users: 1, think: 2s, duration: 20s")
	events, load := driveAt(t, url, p)
	require.GreaterOrEqual(t, len(p.Slots()), 3)
	require.Equal(t, []string{
		"POST /login", "GET /page/1 Bearer secret-old", "POST /refresh  secret-rt1",
		"GET /page/1 Bearer secret-new", "GET /page/1 Bearer secret-new",
	}, s.reqs[:5])
	require.Equal(t, 1.0, load.SuccessRatio, "the user saw a page: the rejection between is not a hit")
	var second []string
	for _, e := range of(events, history.Response) {
		if e.Action == 2 {
			second = append(second, fmt.Sprintf("%s %d #%d %s", e.Op, e.Status, e.Replay, e.Body))
		}
	}
	require.Equal(t, []string{"page 401 #0 error", "refresh 200 #0 tokens", "page 200 #1 page"}, second)
	for _, e := range events {
		line, err := history.AppendLine(nil, &e)
		require.NoError(t, err)
		require.NotContains(t, string(line), "secret-")
	}
}

// TestInterruptedBeforeTheFirstAction: nothing happens, and the figures can be
// written all the same.
func TestInterruptedBeforeTheFirstAction(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	record := &history.Memory{}
	l := Drive(ctx, Options{Plan: planned(t, sessions, "users: 3"), URL: "http://127.0.0.1:1", Clock: func() time.Duration { return 0 }, Record: record})
	require.True(t, l.Interrupted)
	require.Zero(t, l.Hits)
	line, err := history.AppendLine(nil, &history.Event{Type: history.End, Load: &l})
	require.NoError(t, err)
	require.NotContains(t, string(line), "NaN")
	for range record.Events() {
		t.Fatal("somebody acted")
	}
}
