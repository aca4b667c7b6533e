package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/app/apptest"
	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/store"
)

type counter struct{ n uint64 }

func (c *counter) NewID() uint64 { c.n++; return c.n }

// node is an application whose user 1 is logged in with the session 1.
func node(o app.Options) *app.App {
	a, _ := nodeWith(o)
	return a
}

// nodeWith is the same, with its store.
func nodeWith(o app.Options) (*app.App, *goneStore) {
	m := &goneStore{Sessions: store.NewMemory()}
	start := time.Now()
	o.Presentation = auth.Presentation{Cookies: true}
	o.Node = &auth.Node{Config: auth.Config{Kind: auth.Stateful}, Sessions: m, IDs: &counter{}}
	o.Clock = func() time.Duration { return time.Since(start) }
	a := app.New(o)
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader("user=u1&password=pw-1"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		panic(fmt.Sprint("the login was answered with ", w.Code))
	}
	return a, m
}

// ask opens a page, and returns its status; 0 if the connection was dropped.
func ask(ctx context.Context, a *app.App) (status int) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
			panic(p)
		}
	}()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/page/1", nil)
	r.AddCookie(&http.Cookie{Name: auth.SessionCookie, Value: app.FormatSession(1)})
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	if ctx.Err() != nil {
		return 0
	}
	return w.Code
}

// TestAdmission: the cases over net/http, in a time of their own.
func TestAdmission(t *testing.T) {
	for _, c := range apptest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := node(app.Options{Work: c.Work, WarmUp: c.WarmUp, Bounds: c.Bounds})
				start := time.Now()
				got := make([]apptest.Outcome, len(c.Arrive))
				var all sync.WaitGroup
				for i, at := range c.Arrive {
					all.Go(func() {
						time.Sleep(at)
						ctx, cancel := context.WithTimeout(t.Context(), c.Timeout)
						defer cancel()
						status := ask(ctx, a)
						got[i] = apptest.Outcome{Status: status, At: time.Since(start)}
					})
				}
				all.Wait()
				require.Equal(t, c.Want, got)
			})
		})
	}
}

// TestHangUpInTheQueue: who has gone leaves no gap, and takes no place.
func TestHangUpInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := node(app.Options{Work: time.Second, Bounds: app.Bounds{Capacity: 1, Queue: 1}})
		var all sync.WaitGroup
		all.Go(func() { require.Equal(t, 200, ask(t.Context(), a)) })
		synctest.Wait()
		impatient, hangUp := context.WithCancel(t.Context())
		all.Go(func() { require.Zero(t, ask(impatient, a)) })
		synctest.Wait()
		require.Equal(t, 503, ask(t.Context(), a))
		hangUp()
		synctest.Wait()
		start := time.Now()
		require.Equal(t, 200, ask(t.Context(), a))
		require.Equal(t, 2*time.Second, time.Since(start))
		all.Wait()
	})
}

// TestOverloadEndsTheProcess: once, and nobody who waits is served by it.
func TestOverloadEndsTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		died := 0
		var decisions []app.Record
		a := node(app.Options{
			Work: time.Second, Bounds: app.Bounds{Capacity: 1, Queue: 1}, OnOverload: func() { died++ },
			OnDecision: func(r app.Record) { decisions = append(decisions, r) },
		})
		var all sync.WaitGroup
		all.Go(func() { ask(t.Context(), a) })
		synctest.Wait()
		all.Go(func() { require.Zero(t, ask(t.Context(), a), "its connection is dropped") })
		synctest.Wait()
		before := len(decisions)
		for range 3 {
			ask(t.Context(), a)
		}
		all.Wait()
		require.Equal(t, 1, died)
		require.Len(t, decisions, before, "the login and the first page: the one that waited was not decided")
	})
}

// TestEnd: what waits is let go, and what comes after finds nobody.
func TestEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		a := node(app.Options{Work: time.Second, Bounds: app.Bounds{Capacity: 1, Queue: 5}, OnDecision: func(app.Record) { n++ }})
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { ask(t.Context(), a) })
		}
		synctest.Wait()
		a.End()
		a.End()
		all.Wait()
		ask(t.Context(), a)
		require.Equal(t, 2, n, "the login, and the page that was worked on")
	})
}

// TestLoginFormAndHealthTakeNoPlace: a full node shows its form, and passes the
// balancer's checks.
func TestLoginFormAndHealthTakeNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := node(app.Options{Work: time.Second, Bounds: app.Bounds{Capacity: 1}})
		var all sync.WaitGroup
		all.Go(func() { ask(t.Context(), a) })
		synctest.Wait()
		for path, want := range map[string]int{"/login": 200, "/healthz": 200, "/page/2": 503, "/": 503} {
			w := httptest.NewRecorder()
			a.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			require.Equal(t, want, w.Code, path)
		}
		for _, path := range []string{"/login", "/refresh", "/logout"} {
			w := httptest.NewRecorder()
			a.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, http.NoBody))
			require.Equal(t, 503, w.Code, path)
		}
		all.Wait()
	})
}

// goneStore is a store whose connection has been closed.
type goneStore struct {
	auth.Sessions
	gone bool
}

func (s *goneStore) Load(id auth.SessionID) (auth.Session, error) {
	if s.gone {
		return auth.Session{}, errors.New("closed")
	}
	return s.Sessions.Load(id)
}

// TestEndedStore: a process that is being ended lets go of its store, which is
// no word about the store; while it runs, it is.
func TestEndedStore(t *testing.T) {
	var why []auth.Reason
	a, s := nodeWith(app.Options{OnDecision: func(r app.Record) { why = append(why, r.Reason) }})
	s.gone = true
	require.Equal(t, 503, ask(t.Context(), a))
	a.End()
	require.Zero(t, ask(t.Context(), a), "its connection is dropped")
	require.Equal(t, []auth.Reason{auth.ReasonOK, auth.ReasonStoreDown}, why, "the login and the first page")
}
