package loopback

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/bradfitz/gomemcache/memcache"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/store/minicached"
	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// up starts a cluster of the given architecture (YAML, flow style fields).
func up(t *testing.T, architecture string, faults ...string) (*Cluster, *history.Memory) {
	t.Helper()
	return upOn(t, &Substrate{}, architecture, faults...)
}

func upOn(t *testing.T, on *Substrate, architecture string, faults ...string) (*Cluster, *history.Memory) {
	t.Helper()
	src := "scenario: s\ntitle: S\narchitecture: {" + architecture + "}\nworkload: {users: 10, think: 2s, duration: 1m}\n" +
		"variants: {broken: {faults: [" + strings.Join(faults, ", ") + "], expect: [{spurious_logouts: 0}]}}\n"
	s, err := scenario.Parse("s.yaml", []byte(src))
	require.NoError(t, err)
	p, err := plan.Build(s, "broken", plan.Options{Seed: 1, Compress: 1})
	require.NoError(t, err)
	record := &history.Memory{}
	c, err := on.Start(context.Background(), p, substrate.NewClock(), record)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c.(*Cluster), record
}

// browser is a user agent with cookies that follows no redirects.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: tr, Timeout: 5 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func get(t *testing.T, b *http.Client, url string) (int, string) {
	t.Helper()
	res, err := b.Get(url)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(text)
}

func post(t *testing.T, b *http.Client, u string, form url.Values) int {
	t.Helper()
	res, err := b.PostForm(u, form)
	require.NoError(t, err)
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	return res.StatusCode
}

func logIn(t *testing.T, c *Cluster, b *http.Client) {
	t.Helper()
	require.Equal(t, http.StatusSeeOther, post(t, b, c.URL()+"/login", url.Values{"user": {"u3"}, "password": {app.Password(3)}}))
}

// TestLoginLifeInEveryArchitecture walks a browser through login, pages and
// logout on every kind of session.
func TestLoginLifeInEveryArchitecture(t *testing.T) {
	for name, arch := range map[string]string{
		"memory, one node": "nodes: 1, session: {kind: memory}",
		"memory, sticky":   "nodes: 3, session: {kind: memory}, balancer: {stickiness: lb_cookie}",
		"memory, app":      "nodes: 3, session: {kind: memory}, balancer: {stickiness: app_cookie, app_cookie: sid}",
		"redis":            "nodes: 3, session: {kind: redis}",
		"redis, h2c":       "nodes: 3, session: {kind: redis}, balancer: {protocol: h2c}",
		"redis, cached":    "nodes: 3, session: {kind: redis}, cache: {enabled: true}",
		"memcached":        "nodes: 3, session: {kind: memcached}",
		"memcached, JWT":   "nodes: 3, session: {kind: jwt, refresh_store: memcached, revocation: shared_blacklist}, client: {kind: browser}",
		"per connection":   "nodes: 3, session: {kind: redis}, balancer: {per: connection}",
		"HS256":            "nodes: 3, session: {kind: jwt, revocation: shared_blacklist}, client: {kind: browser}",
		"ES256":            "nodes: 3, session: {kind: jwt, alg: ES256, revocation: shared_blacklist}, client: {kind: browser}",
		"RS256":            "nodes: 2, session: {kind: jwt, alg: RS256, revocation: shared_blacklist}, client: {kind: browser}",
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := up(t, arch)
			b := browser(t)
			status, _ := get(t, b, c.URL()+"/page/1")
			require.Equal(t, http.StatusUnauthorized, status)
			require.Equal(t, http.StatusUnauthorized, post(t, b, c.URL()+"/login", url.Values{"user": {"u3"}, "password": {"guess"}}))
			logIn(t, c, b)
			for range 6 {
				status, text := get(t, b, c.URL()+"/page/1")
				require.Equal(t, http.StatusOK, status)
				require.Contains(t, text, `data-user="u3"`)
			}
			require.Less(t, post(t, b, c.URL()+"/logout", nil), 400)
			status, _ = get(t, b, c.URL()+"/page/1")
			require.Equal(t, http.StatusUnauthorized, status)
		})
	}
}

func TestEveryFaultFindsItsCapability(t *testing.T) {
	for _, spec := range scenario.FaultSpecs() {
		_, err := fault.All().Build(scenario.Fault{Name: spec.Name}, (*Cluster)(nil))
		if spec.Name == "partition" { // packets are the kernel's business
			require.ErrorContains(t, err, "use --substrate container")
			continue
		}
		require.NoError(t, err, spec.Name)
	}
	require.Len(t, fault.All().Names(), len(scenario.FaultSpecs()))
}

func TestKilledNodeLosesItsMemoryAndComesBack(t *testing.T) {
	c, record := up(t, "nodes: 1, session: {kind: memory}")
	b := browser(t)
	logIn(t, c, b)
	require.NoError(t, c.KillNode(0))
	status, _ := get(t, b, c.URL()+"/page/1")
	require.GreaterOrEqual(t, status, 502)
	require.NoError(t, c.StartNode(0))
	require.NoError(t, c.StartNode(0), "another fault may want it back too")
	status, _ = get(t, b, c.URL()+"/page/1")
	require.Equal(t, http.StatusUnauthorized, status, "the session died with the node")
	require.Equal(t, []string{"up 1", "up 2"}, lives(record))
	last := decisions(record)[len(decisions(record))-1]
	require.Equal(t, history.ReasonUnknownSess, last.Reason)
}

func TestStoreGoesAwayAndComesBackWithItsData(t *testing.T) {
	c, _ := up(t, "nodes: 2, session: {kind: redis}")
	b := browser(t)
	logIn(t, c, b)
	require.NoError(t, c.StopStore())
	status, _ := get(t, b, c.URL()+"/page/1")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.NoError(t, c.StartStore())
	status, _ = get(t, b, c.URL()+"/page/1")
	require.Equal(t, http.StatusOK, status, "the session is still there")
}

// TestFailoverForgetsTheLag: also in a Redis of the user's, where what is not
// this run's stays.
func TestFailoverForgetsTheLag(t *testing.T) {
	theirs := miniredis.RunT(t)
	require.NoError(t, theirs.Set("theirs", "x"))
	for name, sub := range map[string]*Substrate{"embedded": {}, "the user's": {Redis: "redis://" + theirs.Addr()}} {
		t.Run(name, func(t *testing.T) {
			c, _ := upOn(t, sub, "nodes: 1, session: {kind: jwt, alg: HS256, replica: true, revocation: shared_blacklist}, client: {kind: browser}")
			before, gone, during := browser(t), browser(t), browser(t)
			logIn(t, c, before)
			logIn(t, c, gone)
			require.Less(t, post(t, before, c.URL()+"/refresh", nil), 400)
			require.NoError(t, c.CutReplica(t.Context()))
			logIn(t, c, during)
			require.NoError(t, c.FailOver(t.Context()))
			for b, want := range map[*http.Client]int{before: 204, gone: 204, during: 401} { // of what the replica knows, all is as it was
				status := post(t, b, c.URL()+"/refresh", nil)
				for range 2 { // the old connections are cut
					if status == http.StatusServiceUnavailable {
						status = post(t, b, c.URL()+"/refresh", nil)
					}
				}
				require.Equal(t, want, status)
			}
			require.ErrorIs(t, c.FailOver(t.Context()), errNoReplica)
		})
	}
	require.True(t, theirs.Exists("theirs"))
	none, _ := up(t, "nodes: 1, session: {kind: redis}")
	require.ErrorIs(t, none.CutReplica(t.Context()), errNoReplica)
}

// TestUsersMemcached: what is not this run's stays, whatever befalls the store;
// and nothing of this run's does.
func TestUsersMemcached(t *testing.T) {
	theirs, err := minicached.Run()
	require.NoError(t, err)
	t.Cleanup(theirs.Close)
	client := parts.MemcachedClient(theirs.Addr())
	defer client.Close()
	require.NoError(t, client.Set(&memcache.Item{Key: "theirs", Value: []byte("x")}))

	c, _ := upOn(t, &Substrate{Memcached: theirs.Addr()}, "nodes: 2, session: {kind: memcached}")
	for what, do := range map[string]func() error{
		"flushed":   func() error { return c.FlushStore(t.Context()) },
		"evicted":   func() error { return c.EvictStore(t.Context(), 50) }, // of one, none
		"restarted": func() error { return errors.Join(c.StopStore(), c.StartStore()) },
	} {
		b := browser(t)
		logIn(t, c, b)
		require.Len(t, theirs.Expiries(), 2)
		require.NoError(t, do())
		status := 0
		for range 8 { // until each node has met the connections that were cut
			status, _ = get(t, b, c.URL()+"/page/1")
		}
		require.Equal(t, http.StatusUnauthorized, status, what)
		require.Len(t, theirs.Expiries(), 1, what)
	}
	logIn(t, c, browser(t))
	require.NoError(t, c.Close())
	require.Contains(t, theirs.Expiries(), "theirs")
	require.Len(t, theirs.Expiries(), 1)
}

func TestSkewedClockIsInTheDecisions(t *testing.T) {
	c, record := up(t, "nodes: 1, session: {kind: jwt, access_ttl: 1m}, client: {kind: browser}")
	b := browser(t)
	logIn(t, c, b)
	require.NoError(t, c.SetClockOffset(0, 2*time.Minute))
	status, _ := get(t, b, c.URL()+"/page/1")
	require.Equal(t, http.StatusUnauthorized, status)
	last := decisions(record)[1]
	require.Equal(t, history.ReasonExpired, last.Reason)
	require.InDelta(t, float64(2*time.Minute), float64(last.Clock-last.At), float64(time.Second))
	require.InDelta(t, float64(-time.Minute), float64(last.ExpIn), float64(10*time.Second))
}

func TestKeys(t *testing.T) {
	t.Run("a node with a secret of its own", func(t *testing.T) {
		for _, kind := range []string{"random", "default", "empty"} {
			c, record := up(t, "nodes: 1, session: {kind: jwt}, client: {kind: browser}")
			b := browser(t)
			logIn(t, c, b)
			require.NoError(t, c.SetOwnKey(0, kind))
			status, _ := get(t, b, c.URL()+"/page/1")
			require.Equal(t, http.StatusUnauthorized, status, kind)
			require.Equal(t, history.ReasonBadSignature, decisions(record)[1].Reason, kind)
			require.NoError(t, c.SetCommonKey(0))
			status, _ = get(t, b, c.URL()+"/page/1")
			require.Equal(t, http.StatusOK, status, kind)
		}
	})
	t.Run("a node that is meant to have its own", func(t *testing.T) {
		c, _ := up(t, "nodes: 1, session: {kind: jwt, keys: per_node}, client: {kind: browser}")
		b := browser(t)
		logIn(t, c, b)
		require.NoError(t, c.SetOwnKey(0, "random"))
		status, _ := get(t, b, c.URL()+"/page/1")
		require.Equal(t, http.StatusUnauthorized, status)
		require.NoError(t, c.SetCommonKey(0))
		status, _ = get(t, b, c.URL()+"/page/1")
		require.Equal(t, http.StatusOK, status, "it has that one again")
	})
	t.Run("a key pair of its own, published", func(t *testing.T) {
		c, _ := up(t, "nodes: 2, session: {kind: jwt, alg: ES256, keys: jwks, jwks_refetch: true}, client: {kind: browser}")
		require.NoError(t, c.SetOwnKey(1, "random"))
		for range 4 { // logins on both nodes
			b := browser(t)
			logIn(t, c, b)
			for range 3 {
				status, _ := get(t, b, c.URL()+"/page/1")
				require.Equal(t, http.StatusOK, status)
			}
		}
	})
	t.Run("rotation", func(t *testing.T) {
		c, record := up(t, "nodes: 1, session: {kind: jwt}, client: {kind: browser}")
		b := browser(t)
		logIn(t, c, b)
		require.NoError(t, c.RotateKey())
		status, _ := get(t, b, c.URL()+"/page/1")
		require.Equal(t, http.StatusOK, status, "the old key is still trusted")
		require.NoError(t, c.RetireOldKeys())
		status, _ = get(t, b, c.URL()+"/page/1")
		require.Equal(t, http.StatusUnauthorized, status)
		require.Equal(t, history.ReasonUnknownKey, decisions(record)[2].Reason)
	})
}

// TestNothingSecretIsRecorded looks for what was on the wire in the history.
func TestNothingSecretIsRecorded(t *testing.T) {
	for _, arch := range []string{"nodes: 1, session: {kind: redis}", "nodes: 1, session: {kind: jwt}, client: {kind: browser}"} {
		c, record := up(t, arch)
		b := browser(t)
		logIn(t, c, b)
		get(t, b, c.URL()+"/page/1")
		u, err := url.Parse(c.URL())
		require.NoError(t, err)
		cookies := b.Jar.Cookies(u)
		require.NotEmpty(t, cookies)
		var lines strings.Builder
		for e, err := range record.Events() {
			require.NoError(t, err)
			line, err := history.AppendLine(nil, &e)
			require.NoError(t, err)
			lines.Write(line)
		}
		for _, k := range cookies {
			require.NotContains(t, lines.String(), k.Value)
		}
	}
}

func decisions(m *history.Memory) []history.Event { return only(m, history.Decision) }

func only(m *history.Memory, typ history.Type) []history.Event {
	var out []history.Event
	for e := range m.Events() {
		if e.Type == typ {
			out = append(out, e)
		}
	}
	return out
}

func lives(m *history.Memory) []string {
	var out []string
	for _, e := range only(m, history.Node) {
		out = append(out, e.State+" "+string(rune('0'+e.Boot)))
	}
	return out
}

func TestReload(t *testing.T) {
	c, record := up(t, "nodes: 3, session: {kind: memory}, balancer: {stickiness: app_cookie, app_cookie: sid, drain: 1m}")
	b := browser(t)
	logIn(t, c, b)
	require.NoError(t, c.StopNode(context.Background(), 2, true))
	require.NoError(t, c.ReloadBalancer(context.Background()))
	b.CloseIdleConnections()
	for range 6 {
		status, _ := get(t, b, c.URL()+"/page/1")
		require.Equal(t, http.StatusOK, status, "the cookie says where the user is")
	}
	var states []string
	for e := range record.Events() {
		if e.Type == history.Route {
			states = append(states, e.Node+e.State)
		}
	}
	require.Equal(t, []string{"app-3draining", history.StateReloading, history.StateReloaded}, states, "and nothing was tried on app-3")
}

// TestScale: nodes come with the keys that are current by then, and go.
func TestScale(t *testing.T) {
	c, record := up(t, "nodes: 2, session: {kind: jwt, revocation: shared_blacklist}, client: {kind: browser}, balancer: {drain: 5s}", "{scale: {to: 4}, at: 10s}")
	b := browser(t)
	asked := func() map[string]bool {
		var last []string
		for range 8 {
			status, _ := get(t, b, c.URL()+"/page/1")
			require.Equal(t, http.StatusOK, status)
		}
		for e := range record.Events() {
			if e.Type == history.Decision {
				last = append(last, e.Node)
			}
		}
		nodes := map[string]bool{}
		for _, n := range last[len(last)-8:] {
			nodes[n] = true
		}
		return nodes
	}
	require.NoError(t, c.RotateKey())
	require.NoError(t, c.RetireOldKeys())
	logIn(t, c, b)
	require.Len(t, asked(), 2, "the others have not come yet")
	more, err := fault.All().Build(scenario.Fault{Name: "scale", Params: scenario.Params{To: 4, Drain: true}}, c)
	require.NoError(t, err)
	require.NoError(t, more.Inject(context.Background()))
	require.Len(t, asked(), 4)
	require.NoError(t, more.Recover(context.Background()))
	require.Len(t, asked(), 2)
	require.ErrorContains(t, c.StartNode(4), "app-5: this system has room for 4 nodes")
}
