package workload

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// TestNamesLeadToTheFront: whatever the host, a request reaches the front, by
// TLS if it is at https, and names its host.
func TestNamesLeadToTheFront(t *testing.T) {
	var got []string
	note := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, _, _ := net.SplitHostPort(r.RemoteAddr)
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		got = append(got, from+" "+scheme+"://"+r.Host+r.URL.Path)
		_, _ = io.WriteString(w, "hello")
	})
	plain, secure := httptest.NewServer(note), httptest.NewUnstartedServer(note)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshake that fails
	secure.StartTLS()
	defer plain.Close()
	defer secure.Close()
	name := secure.Certificate().DNSNames[0] // example.com
	roots := secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs

	record := &history.Memory{}
	w := newWire(Options{
		Plan: planned(t, `session: {kind: redis}, balancer: {policy: source_hash}, hosts: {home: "https://`+name+`", other: "http://app.example.test"}`, "users: 2"),
		URL:  plain.URL, TLS: &TLS{Address: secure.Listener.Addr().String(), Roots: roots},
		Clock: func() time.Duration { return 0 }, Record: record,
	})
	defer w.close()
	via := w.transportOf(1)
	for _, way := range []*client.Way{
		{To: client.Origin{Secure: true, Host: name}},
		{To: client.Origin{Host: "app.example.test"}, Fates: []client.Fate{{Name: "sid", Why: client.WhyDomain}}},
		{To: client.Origin{Secure: true, Host: "not-in-the-certificate.test"}},
	} {
		w.exchange(via, 1, client.Request{Op: client.OpPage, Page: 3, Way: way})
	}
	require.Equal(t, []string{"127.1.0.1 https://" + name + "/page/3", "127.1.0.1 http://app.example.test/page/3"}, got)
	var told []history.Event
	for e := range record.Events() {
		told = append(told, history.Event{Origin: e.Origin, Cookies: e.Cookies, Status: e.Status, Err: e.Err})
	}
	require.Equal(t, []history.Event{
		{Origin: "https://" + name, Status: 200},
		{Origin: "http://app.example.test", Status: 200, Cookies: []history.Cookie{{Name: "sid", Why: history.CookieDomain}}},
		{Origin: "https://not-in-the-certificate.test", Err: history.ErrRefused}, // no request was sent
	}, told)
}

func TestEveryFateHasItsWord(t *testing.T) {
	for why := client.WhyDomain; why <= client.WhyShadowed; why++ {
		require.NotEmpty(t, fates([]client.Fate{{Name: "sid", Why: why}})[0].Why)
	}
	require.Nil(t, fates(nil))
}

func TestHosts(t *testing.T) {
	require.Zero(t, hosts(scenario.Hosts{OtherEvery: 4}))
	require.Equal(t, client.Hosts{Home: client.Origin{Secure: true, Host: "a.test"}, SignIn: client.Origin{Host: "b.test"}},
		hosts(scenario.Hosts{Home: "https://a.test", SignIn: "http://b.test", OtherEvery: 4}))
}

func TestEarlier(t *testing.T) {
	require.Nil(t, Earlier(scenario.Cookie{Path: "/"}, 1, true))
	seen := map[client.Value]bool{}
	for user := range 3 {
		wire, virtual := Earlier(scenario.Cookie{EarlierPath: "/page"}, user, true), Earlier(scenario.Cookie{EarlierPath: "/page"}, user, false)
		require.Equal(t, "/page", wire[0].Path)
		require.EqualValues(t, virtual[0].Value.Ref, app.ParseSession(wire[0].Value.Text), "one session in both")
		require.False(t, seen[wire[0].Value], "each user has one of their own")
		seen[wire[0].Value] = true
	}
}
