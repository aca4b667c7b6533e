package workload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/fakes/balancer/proxy"
	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		header http.Header
		body   string
		want   client.Response
		event  history.Event
	}{
		"page": {200, http.Header{"Date": {"Thu, 01 Jan 1970 00:01:40 GMT"}}, `<body data-user="u12">`,
			client.Response{Status: 200, Body: client.BodyPage, Identity: 12},
			history.Event{Status: 200, Body: history.BodyPage, Identity: 12, Date: 100}},
		"login form under 200": {200, nil, `<form id="login">`,
			client.Response{Status: 200, Body: client.BodyLogin}, history.Event{Status: 200, Body: history.BodyLogin}},
		"redirect to the login page": {302, http.Header{"Location": {"https://other/login?next=/"}}, "",
			client.Response{Status: 302, ToLogin: true}, history.Event{Status: 302, Location: "https://other/login?next=/"}},
		"redirect elsewhere": {303, http.Header{"Location": {"/"}, "Set-Cookie": {"sid=x; Path=/", "old=; Max-Age=0", "="}}, "",
			client.Response{Status: 303, Set: []client.SetCookie{{Name: "sid", Path: "/", Value: client.Value{Text: "x"}}, {Name: "old", HasMaxAge: true}}},
			history.Event{Status: 303, Location: "/", Set: []string{"sid"}, Clear: []string{"old"}}},
		"tokens": {200, nil, `{"access_token":"a","refresh_token":"r","expires_in":0.25}`,
			client.Response{Status: 200, Body: client.BodyTokens, Access: client.Value{Text: "a"}, Refresh: client.Value{Text: "r"}, ExpiresIn: 250 * time.Millisecond},
			history.Event{Status: 200, Body: history.BodyTokens}},
		"not tokens": {200, nil, `{"hello":1}`, client.Response{Status: 200}, history.Event{Status: 200}},
		"cached rejection": {401, http.Header{"Age": {"7"}, "Cache-Status": {"edge; hit"}}, `{}`,
			client.Response{Status: 401}, history.Event{Status: 401, Age: 7, Hit: true, Body: history.BodyError}},
		"cached, another product": {200, http.Header{"X-Cache": {"HIT from squid"}}, "",
			client.Response{Status: 200}, history.Event{Status: 200, Hit: true}},
		"a hit behind a miss": {200, http.Header{"Cache-Status": {`edge; fwd=uri-miss`, `"CDN";ttl=3;hit, inner;fwd=miss`}}, "",
			client.Response{Status: 200}, history.Event{Status: 200, Hit: true}},
		"a cache of that name": {200, http.Header{"Cache-Status": {"hit; fwd=miss, edge;hitch"}, "X-Cache": {"Miss from edge"}}, "",
			client.Response{Status: 200}, history.Event{Status: 200}},
		"no age": {200, http.Header{"Age": {"-5"}, "Date": {"yesterday"}}, "", client.Response{Status: 200}, history.Event{Status: 200}},
		"no redirect": {201, http.Header{"Location": {"/login"}}, "",
			client.Response{Status: 201}, history.Event{Status: 201, Location: "/login"}},
		"cookies with a date": {200, http.Header{"Set-Cookie": {
			"gone=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT", "kept=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=60"}}, "",
			client.Response{Status: 200, Set: []client.SetCookie{
				{Name: "gone", Path: "/", Expires: time.Unix(1, 0).UTC()},
				{Name: "kept", Path: "/", Value: client.Value{Text: "1"}, Expires: time.Unix(1, 0).UTC(), MaxAge: time.Minute, HasMaxAge: true}}},
			history.Event{Status: 200, Set: []string{"kept"}, Clear: []string{"gone"}}},
		"login form under 403": {403, nil, `<p>No.</p><form id="login">`,
			client.Response{Status: 403, Body: client.BodyLogin}, history.Event{Status: 403, Body: history.BodyLogin}},
		"tokens that are refused":  {401, nil, `{"access_token":"a"}`, client.Response{Status: 401}, history.Event{Status: 401, Body: history.BodyError}},
		"tokens without the token": {200, nil, `{"access_token":1}`, client.Response{Status: 200}, history.Event{Status: 200}},
		"a mark beyond what is read": {200, nil, strings.Repeat(" ", maxBody) + `<body data-user="u12">`,
			client.Response{Status: 200}, history.Event{Status: 200}},
		"not from the cache": {502, http.Header{"Cache-Status": {"edge; fwd=miss"}}, "",
			client.Response{Status: 502}, history.Event{Status: 502, Body: history.BodyError}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.header == nil {
				c.header = http.Header{}
			}
			var e history.Event
			res := &http.Response{StatusCode: c.status, Header: c.header, Body: io.NopCloser(strings.NewReader(c.body))}
			got, err := read(res, client.Request{}, &e)
			require.NoError(t, err)
			if len(got.Set) == 0 {
				got.Set = nil
			}
			require.Equal(t, c.want, got)
			require.Equal(t, c.event, e)
		})
	}
}

type broken struct{ io.Reader }

func (broken) Close() error { return nil }

func TestBodyThatBreaksOff(t *testing.T) {
	res := &http.Response{StatusCode: 200, Header: http.Header{}, Body: broken{io.MultiReader(strings.NewReader("<body"), errorReader{})}}
	_, err := read(res, client.Request{}, &history.Event{})
	require.Error(t, err)
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestFailures(t *testing.T) {
	for err, want := range map[error]client.Failure{
		context.DeadlineExceeded: client.Timeout,
		os.ErrDeadlineExceeded:   client.Timeout,
		syscall.ECONNREFUSED:     client.Refused,
		syscall.ECONNRESET:       client.Reset,
		io.EOF:                   client.Reset,
		errors.New("anything"):   client.Reset,

		&proxy.AttemptError{Failure: balancer.Refused, Err: errors.New("no route to host")}: client.Refused,
		&proxy.AttemptError{Failure: balancer.Refused, Err: os.ErrDeadlineExceeded}:         client.Refused, // while connecting
		&proxy.AttemptError{Failure: balancer.Reset, Err: io.EOF}:                           client.Reset,
		&proxy.AttemptError{Failure: balancer.Timeout, Err: context.DeadlineExceeded}:       client.Timeout,
		fmt.Errorf("read: %w", &proxy.AttemptError{Failure: balancer.Timeout, Err: io.EOF}): client.Timeout,
	} {
		require.Equal(t, want, failure(err), "%v", err)
	}
}

func TestCredentialsGoWhereTheyShould(t *testing.T) {
	s, err := scenario.Parse("s.yaml", []byte("scenario: s\ntitle: S\narchitecture: {session: {kind: jwt}}\nvariants: {broken: {expect: [{errors: 0}]}}\n"))
	require.NoError(t, err)
	p, err := plan.Build(s, "broken", plan.Options{})
	require.NoError(t, err)
	w := newWire(Options{Plan: p, URL: "http://127.0.0.1:1"})
	for name, c := range map[string]struct {
		req        client.Request
		line, auth string
		cookie     string
		form       string
	}{
		"login":   {client.Request{Op: client.OpLogin}, "POST /login", "", "", "password=pw-3&user=u3"},
		"page":    {client.Request{Op: client.OpPage, Page: 4, Part: 2, Bearer: client.Value{Text: "tok"}}, "GET /page/6", "Bearer tok", "", ""},
		"cookies": {client.Request{Op: client.OpPage, Page: 1, Cookies: []client.Cookie{{Name: "sid", Value: client.Value{Text: "x"}}, {Name: "LLB", Value: client.Value{Text: "2"}}, {Value: client.Value{Text: "nameless"}}}}, "GET /page/1", "", "sid=x; LLB=2; nameless", ""},
		"refresh": {client.Request{Op: client.OpRefresh, Refresh: client.Value{Text: "r"}}, "POST /refresh", "", "", "refresh_token=r"},
		"logout":  {client.Request{Op: client.OpLogout, Bearer: client.Value{Text: "a"}, Refresh: client.Value{Text: "r"}}, "POST /logout", "Bearer a", "", "refresh_token=r"},
		"form":    {client.Request{Op: client.OpLoginForm}, "GET /login", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.request(context.Background(), 3, 17, c.req, Sent(0, 3, 17, c.req).Path)
			require.Equal(t, c.line, r.Method+" "+r.URL.Path)
			require.Equal(t, "17", r.Header.Get("X-Request-Id"))
			require.Equal(t, c.auth, r.Header.Get("Authorization"))
			require.Equal(t, c.cookie, r.Header.Get("Cookie"))
			var form []byte
			if r.Body != nil {
				form, err = io.ReadAll(r.Body)
				require.NoError(t, err)
			}
			require.Equal(t, c.form, string(form))
		})
	}
}
