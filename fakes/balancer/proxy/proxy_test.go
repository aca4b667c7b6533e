package proxy

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/balancer"
)

func roundRobin(nodes int) balancer.Config {
	return balancer.Config{Nodes: nodes, Policy: balancer.RoundRobin, Drain: time.Minute}
}

// TestStandby: a node on standby gets nothing, and is not missed, until Restore.
func TestStandby(t *testing.T) {
	r := newRig(t, roundRobin(2), func(o *Options) { o.Standby = 1 })
	for range 3 {
		resp, _ := r.do(t, http.MethodGet, "/", "")
		require.Equal(t, "0", resp.Header.Get("X-Node"))
	}
	require.Empty(t, r.take())
	r.Restore(1)
	seen := map[string]bool{}
	for range 2 {
		resp, _ := r.do(t, http.MethodGet, "/", "")
		seen[resp.Header.Get("X-Node")] = true
	}
	require.Len(t, seen, 2)
	_, err := New(Options{Config: roundRobin(1), Nodes: []string{"app-1"}, Addrs: []string{"x"}, Standby: 1, Epoch: r.options.Epoch})
	require.ErrorContains(t, err, "1 of 1 nodes on standby")
}

func TestNewNamesEveryFault(t *testing.T) {
	_, err := New(Options{
		Config: balancer.Config{Nodes: 2, Policy: "x", Stickiness: balancer.LBCookie},
		Nodes:  []string{"a"}, Per: PerConnection, KeepAlive: -1,
	})
	for _, part := range []string{`policy "x"`, "2 nodes with 1 names and 0 addresses", "needs balancing per request", "keep_alive -1ns", "Epoch"} {
		require.ErrorContains(t, err, part)
	}
	_, err = New(Options{Config: roundRobin(0), Per: "packet", Epoch: func() time.Duration { return 0 }})
	require.ErrorContains(t, err, `unknown layer "packet"`)
}

func TestForwardedHeaders(t *testing.T) {
	r := newRig(t, roundRobin(1))
	r.do(t, http.MethodGet, "/", "", "X-Forwarded-For", "10.1.1.1", "X-Forwarded-For", "10.2.2.2", "X-Request-Id", "abc")
	got := r.backends[0].last.Load()
	require.Equal(t, "10.1.1.1, 10.2.2.2, 127.0.0.1", got.Header.Get("X-Forwarded-For"))
	require.Equal(t, "abc", got.Header.Get("X-Request-Id"))
	require.Equal(t, r.url, "http://"+got.Host, "the client's Host")
	require.Empty(t, got.Header.Get("Accept-Encoding"), "nothing added")
}

func TestUpgradesAreNotPassedOn(t *testing.T) {
	r := newRig(t, roundRobin(1))
	r.do(t, http.MethodGet, "/", "", "Connection", "Upgrade", "Upgrade", "websocket")
	require.Empty(t, r.backends[0].last.Load().Header.Get("Upgrade"))
}

func TestSourceHashSource(t *testing.T) {
	c := balancer.Config{Nodes: 8, Policy: balancer.SourceHash}
	for name, trust := range map[string]bool{"remote address": false, "leftmost forwarded": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, c, func(o *Options) { o.TrustForwarded = trust })
			nodes := map[string]bool{}
			for i := range 20 {
				resp, _ := r.do(t, http.MethodGet, "/", "", "X-Forwarded-For", fmt.Sprintf("10.0.0.%d, 10.9.9.9", i))
				again, _ := r.do(t, http.MethodGet, "/", "", "X-Forwarded-For", fmt.Sprintf("10.0.0.%d", i))
				require.Equal(t, resp.Header.Get("X-Node"), again.Header.Get("X-Node"))
				nodes[resp.Header.Get("X-Node")] = true
			}
			require.Equal(t, trust, len(nodes) > 1)
		})
	}
}

func TestCutResetsRequestsUnderWay(t *testing.T) {
	for name, h2c := range map[string]bool{"http1": false, "h2c": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, roundRobin(1), func(o *Options) { o.H2C = h2c })
			r.do(t, http.MethodGet, "/", "") // leaves an idle connection
			require.Zero(t, r.Cut(0))
			g := newGate()
			r.backends[0].gate.Store(g)
			const n = 3
			statuses := make(chan int, n)
			for range n {
				go func() {
					resp, _, err := r.try(http.MethodGet, "/", "")
					if err != nil {
						statuses <- 0
						return
					}
					statuses <- resp.StatusCode
				}()
			}
			for range n {
				<-g.arrived
			}
			require.Equal(t, n, r.InFlight(0))
			require.Equal(t, n, r.Cut(0))
			for range n {
				require.Equal(t, http.StatusBadGateway, <-statuses)
				require.Equal(t, balancer.Reset, (<-r.came).Failure)
			}
			require.Zero(t, r.InFlight(0))
			require.Equal(t, int64(1+n), r.seen())
			close(g.open)
			resp, _ := r.do(t, http.MethodGet, "/", "")
			require.Equal(t, http.StatusOK, resp.StatusCode)
		})
	}
}

func TestCutInTheMiddleOfAnAnswer(t *testing.T) {
	r := newRig(t, roundRobin(1))
	const half = 64 << 10 // more than any buffer on the way
	r.backends[0].server.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(2*half))
		_, _ = w.Write(make([]byte, half))
		w.(http.Flusher).Flush()
		<-req.Context().Done()
	})
	resp, err := r.client.Get(r.url)
	require.NoError(t, err)
	defer resp.Body.Close()
	_, err = resp.Body.Read(make([]byte, 1))
	require.NoError(t, err)
	require.Equal(t, 1, r.Cut(0))
	_, err = io.Copy(io.Discard, resp.Body)
	require.Error(t, err)
	e := <-r.came
	require.Equal(t, balancer.Reset, e.Failure)
	require.False(t, e.Redispatched)
}

func TestDrainWaitsForRequestsUnderWay(t *testing.T) {
	r := newRig(t, roundRobin(2))
	g := newGate()
	r.backends[0].gate.Store(g)
	status := make(chan int, 1)
	go func() {
		resp, _, err := r.try(http.MethodGet, "/", "")
		if err != nil {
			status <- 0
			return
		}
		status <- resp.StatusCode
	}()
	<-g.arrived
	drained := make(chan error, 1)
	go func() { drained <- r.Drain(t.Context(), 0) }()
	require.Equal(t, balancer.Draining, (<-r.came).State)
	for range 3 {
		resp, _ := r.do(t, http.MethodGet, "/", "")
		require.Equal(t, "1", resp.Header.Get("X-Node"))
	}
	require.Empty(t, drained)
	close(g.open)
	require.Equal(t, http.StatusOK, <-status)
	require.NoError(t, <-drained)
	r.Restore(0)
	require.Equal(t, balancer.Up, (<-r.came).State)
	resp, _ := r.do(t, http.MethodGet, "/", "")
	require.Equal(t, "0", resp.Header.Get("X-Node"))
}

func TestDrainGivesUp(t *testing.T) {
	c := roundRobin(1)
	c.Drain = 0
	r := newRig(t, c)
	g := newGate()
	r.backends[0].gate.Store(g)
	go func() { _, _, _ = r.try(http.MethodGet, "/", "") }()
	<-g.arrived
	require.ErrorContains(t, r.Drain(t.Context(), 0), "draining app-1: time is up with 1 requests under way")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	r.options.Config.Drain = time.Hour
	require.ErrorIs(t, r.Drain(over, 0), context.Canceled)
	drained := make(chan error, 1)
	go func() { drained <- r.Drain(context.Background(), 0) }()
	require.NoError(t, r.Close())
	require.NoError(t, <-drained, "nothing is under way any more")
}

func TestTimeoutIs504(t *testing.T) {
	r := newRig(t, roundRobin(1), func(o *Options) { o.Timeout = 20 * time.Millisecond })
	r.backends[0].gate.Store(newGate())
	resp, text := r.do(t, http.MethodGet, "/", "")
	require.Equal(t, http.StatusGatewayTimeout, resp.StatusCode)
	require.Contains(t, text, "app-1")
	require.Equal(t, balancer.Timeout, (<-r.came).Failure)
}

func TestClientThatLeavesIsNotAFailure(t *testing.T) {
	r := newRig(t, roundRobin(1))
	g := newGate()
	r.backends[0].gate.Store(g)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-g.arrived; cancel() }()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, nil)
	require.NoError(t, err)
	_, err = r.client.Do(req) //nolint:bodyclose // it fails
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, r.Drain(t.Context(), 0)) // waits until the proxy has noticed
	require.Equal(t, balancer.Draining, (<-r.came).State)
	require.Empty(t, r.take()[1:])
}

func TestHealthChecks(t *testing.T) {
	for name, h2c := range map[string]bool{"http1": false, "h2c": true} {
		t.Run(name, func(t *testing.T) {
			c := roundRobin(2)
			c.Health = balancer.Health{Interval: time.Millisecond, Timeout: time.Second, Rise: 2, Fall: 2}
			r := newRig(t, c, func(o *Options) { o.H2C = h2c })
			r.backends[0].sick.Store(true)
			require.Equal(t, balancer.Down, (<-r.came).State)
			for range 3 {
				resp, _ := r.do(t, http.MethodGet, "/", "")
				require.Equal(t, "1", resp.Header.Get("X-Node"))
			}
			r.backends[1].stop()
			e := <-r.came
			require.Equal(t, 1, e.Node)
			require.Equal(t, balancer.Down, e.State)
			resp, _ := r.do(t, http.MethodGet, "/", "")
			require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
			r.backends[0].sick.Store(false)
			e = <-r.came
			require.Equal(t, RouteEvent{At: e.At, State: balancer.Up}, e)
		})
	}
}

func TestBodyTooLargeToKeepIsNotRepeated(t *testing.T) {
	c := roundRobin(2)
	c.Retries = 1
	r := newRig(t, c)
	r.refuse(0)
	resp, _ := r.do(t, http.MethodPost, "/", string(make([]byte, maxKept+1)))
	require.Equal(t, http.StatusBadGateway, resp.StatusCode)
	resp, text := r.do(t, http.MethodPost, "/", string(make([]byte, maxKept+1)))
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Len(t, text, maxKept+1)
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	r := newRig(t, roundRobin(1))
	g := newGate()
	r.backends[0].gate.Store(g)
	failed := make(chan error, 1)
	go func() { _, _, err := r.try(http.MethodGet, "/", ""); failed <- err }()
	<-g.arrived
	require.NoError(t, r.Close())
	require.Error(t, <-failed)
	require.NoError(t, r.Close(), "again")
	require.NoError(t, r.Serve(listen(t, "127.0.0.1:0")), "too late")
}

func TestServeReportsABrokenListener(t *testing.T) {
	for _, per := range []Per{PerRequest, PerConnection} {
		p, err := New(Options{Config: roundRobin(1), Nodes: []string{"a"}, Addrs: []string{"127.0.0.1:1"},
			Per: per, Epoch: func() time.Duration { return 0 }})
		require.NoError(t, err)
		l := listen(t, "127.0.0.1:0")
		l.Close()
		require.ErrorIs(t, p.Serve(l), net.ErrClosed)
		require.NoError(t, p.Close())
	}
}
